// Floods: it asks its neighbours for what does not exist, as fast as it was told, or slowly more and more.
//
// Manners: names, heads, chunks (below real logs, so that they travel all the way), refresh (real heads and names, always
// fresher than they can be), greedy (names whose answers may have 2 MiB), live (logs that it follows, every second one of
// them real), mixed; with "ramp " in front the rate grows from a hundredth to all of it within 20 s.

import {
  encodeInterest,
  FrameType,
  InterestFlag,
  type Question,
  type QuestionName,
} from '../../../stack/forward/index.js'
import type { Random } from '../random.js'
import type { KnownKey } from './attack.js'
import type { Tap } from './tap.js'

const sorts = ['names', 'heads', 'chunks', 'refresh', 'greedy', 'live', 'mixed'] as const
export const floodManners = [...sorts, ...sorts.map((sort) => `ramp ${sort}`)] as const

const TICK_US = 10_000
const RAMP_US = 20_000_000

/** Most bytes that wait in a link's queue before it asks no more over it: it wants the neighbour to work, not itself. */
const ENOUGH_BYTES = 1_048_576

export function flood(
  tap: Tap,
  manner: string,
  random: Random,
  keys: () => Iterable<KnownKey>,
  ratePerSecond: number,
): void {
  const begunUs = tap.world.time.nowUs
  const ramps = manner.startsWith('ramp ')
  const sort = ramps ? manner.slice(5) : manner
  let token = random.next() | 1
  let owed = 0
  const tick = (): void => {
    const grown = Math.min(1, 0.01 + (tap.world.time.nowUs - begunUs) / RAMP_US)
    owed += (ratePerSecond * (ramps ? grown : 1) * TICK_US) / 1_000_000
    const known = [...keys()]
    const links = tap.links().filter((link) => {
      const open = tap.node.carrier.links.get(link)
      return open !== undefined && open.connection.link.queuedBytes < ENOUGH_BYTES
    })
    for (; owed >= 1; owed--) {
      for (const link of links) {
        token = (token + 1) >>> 0 || 1
        const { key, question, isLive } = questionFor(sort, random, known)
        const body = encodeInterest({
          token,
          lifetimeMs: isLive ? 60_000 : 16_000,
          hops: 32,
          // The least that counts, so that an allowance lasts for many; or so much that it alone fills any window.
          answerBytes: isLive || sort === 'greedy' ? 2_097_152 : 1,
          rank: Math.min(254, tap.node.hub.rank + random.between(0, 3)),
          key,
          question,
        })
        const flags = (random.chance(0.1) ? InterestFlag.staleOk : 0) | (isLive ? InterestFlag.live : 0)
        tap.node.carrier.send(link, FrameType.interest, flags, body)
        tap.count('interests')
      }
    }
    for (const link of links) tap.node.carrier.links.get(link)?.connection.flush()
    tap.after(TICK_US, tick)
  }
  tap.after(TICK_US, tick)
}

function questionFor(
  sort: string,
  random: Random,
  known: readonly KnownKey[],
): { readonly key: Uint8Array; readonly question: Question; readonly isLive: boolean } {
  const chosen = sort === 'mixed' ? random.pick(sorts.slice(0, 6)) : sort
  const isLive = chosen === 'live'
  const real = known.length > 0 ? random.pick(known) : undefined
  const zeros = new Uint8Array(32)
  const kinds: Record<QuestionName, Question> = {
    name: { kind: 'name', have: { k: 0, serial: 0, versions: [] }, maxAgeS: 0 },
    head: { kind: 'head', have: { length: 0, openPage: zeros }, maxAgeS: 0 },
    chunk: { kind: 'chunk', via: real?.key ?? zeros },
  }
  if (chosen === 'refresh' && real !== undefined) {
    return { key: real.key, question: real.kind === 'name' ? kinds.name : kinds.head, isLive }
  }
  if (isLive && real?.kind === 'log' && random.chance(0.5)) return { key: real.key, question: kinds.head, isLive }
  if (chosen === 'heads' || isLive) return { key: random.bytes(32), question: kinds.head, isLive }
  if (chosen === 'chunks') return { key: random.bytes(32), question: kinds.chunk, isLive }
  return { key: random.bytes(32), question: kinds.name, isLive }
}
