// Forks: it writes a log of which it shows two states that contradict each other.
//
// Manners: sides (every second neighbour is shown the other one), turns (who asks again is shown the other one), restored (all are
// shown one, and after a while the other one, as a restored backup would).

import { KeyMap } from '../../../stack/bytes/index.js'
import { encodeHeadAnswer } from '../../../stack/data/index.js'
import { formatLink } from '../../../stack/name/index.js'
import type { Computer } from '../computer.js'
import type { Random } from '../random.js'
import type { Published } from './attack.js'
import { HandLog } from './hand-log.js'
import type { Tap } from './tap.js'

export const forkManners = ['sides', 'turns', 'restored'] as const

export interface Forked {
  readonly branches: readonly [HandLog, HandLog]
  readonly published: Published
  readonly chunks: KeyMap<Uint8Array>
}

/** The log of a computer's attacker outlives its node. */
const forks = new WeakMap<Computer, Forked>()

/** When a restored one changes sides, µs after it began. */
const RESTORE_US = 5_000_000

export function fork(tap: Tap, manner: string, random: Random, computer: Computer): Published {
  const { nowMs } = tap.node.parts.outside.time.now()
  const forked = forks.get(computer) ?? forkedLog(tap, random, nowMs)
  forks.set(computer, forked)
  for (const [name, chunk] of forked.chunks) tap.extra.set(name, chunk)
  const [one, other] = forked.branches
  tap.logs.set(one.log, one)
  tap.node.hub.announce('log', one.log)
  const begunUs = tap.world.time.nowUs
  const turns = new Map<number, number>()
  const showsOther = (link: number): boolean => {
    if (manner === 'turns') {
      const turn = (turns.get(link) ?? 0) + 1
      turns.set(link, turn)
      return turn % 2 === 1
    }
    if (manner === 'restored') return tap.world.time.nowUs - begunUs > RESTORE_US
    return link % 2 === 1
  }
  tap.handleAsked = (asked) => {
    const { key, question } = asked.interest
    if (question.kind !== 'head' || !one.isOf(key) || !showsOther(asked.link)) return false
    tap.count('other branch')
    const held = other.refreshed(tap.node.parts.outside.time.now().nowMs)
    tap.answerFitting(asked, encodeHeadAnswer(tap.world.crypto, held, question.have))
    return true
  }
  return forked.published
}

/** Two branches that begin alike: some entries, then what only one of them has. */
export function forkedLog(tap: Pick<Tap, 'world'>, random: Random, nowMs: number): Forked {
  const { crypto } = tap.world
  const chunks = new KeyMap<Uint8Array>(new Uint8Array(8))
  const one = new HandLog(crypto, { seed: random.bytes(32), chunks })
  const some = (most: number): Uint8Array[] =>
    Array.from({ length: random.between(1, most) }, () => random.bytes(random.skewed(1, 8_000)))
  const entriesOf = (list: readonly Uint8Array[]) => list.map((bytes) => ({ bytes }))
  const [common, ofOne, ofOther] = [some(40), some(20), some(20)]
  // In several commits, so that there are runs to tell apart.
  for (let at = 0; at < common.length; at += 5) one.append(nowMs, entriesOf(common.slice(at, at + 5)))
  const other = one.twin()
  one.append(nowMs, entriesOf(ofOne))
  other.append(nowMs, entriesOf(ofOther))
  const link = formatLink(crypto, { target: 'log', key: one.log, label: undefined, secret: undefined, path: [] })
  const branches = [
    [...common, ...ofOne],
    [...common, ...ofOther],
  ]
  return { branches: [one, other], published: { link, log: one.log, branches, common: common.length }, chunks }
}
