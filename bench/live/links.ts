// Many links of one process behind one router, all of which follow one log: how often it crosses the router's own link, and
// what that takes of the router; and a log that is written fast.

import { residentBytes } from '../frame/process-facts.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import { percentile } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'
import type { BenchNode } from '../runnel/node.js'
import { runnelContenders, type Village } from '../runnel/village.js'
import { startLinks, startLive } from './start.js'

const bytes = 100
const perSecond = 1_000

/** What all the followers of one process have time to verify. */
const slowPerSecond = 10

export const linksScenario: Scenario = {
  name: 'links',
  title: 'one log, many links behind one router',
  rows: [
    { title: '200 links, resident memory of the router', measure: 'resident', unit: 'MB', better: 'lower', goal: 200 },
    { title: '200 links, append to the event at each, p99', measure: 'many99', unit: 'ms', better: 'lower' },
    { title: '100 links, 1,000 entries/s: appended', measure: 'rate', unit: 'entries/s', better: 'higher', goal: 990 },
    {
      title: '100 links, 1,000 entries/s: append to the event at each, p50',
      measure: 'fast50',
      unit: 'ms',
      better: 'lower',
    },
    { title: '100 links, 1,000 entries/s: the same, p99', measure: 'fast99', unit: 'ms', better: 'lower' },
  ],
  open: async (surroundings) => runnelContenders(surroundings, 'links', (village) => manyLinks(village, surroundings)),
}

interface Seen {
  readonly length: number
  readonly atUs: number
}

async function manyLinks(village: Village, surroundings: Surroundings): Promise<Outcome> {
  const { sizes } = surroundings
  const router = await village.router()
  const writer = await startLive(surroundings, village, 'writer', { upstream: router.upstream })
  const many = startLinks(surroundings, village)
  const few = startLinks(surroundings, village)
  try {
    const { log } = await writer.actor.call<{ log: string }>('create')
    await many.call('follow', { upstream: router.upstream, log, links: sizes.liveLinks })
    const slow = await writer.actor.call<Appended>('appendRate', {
      count: sizes.linkEntries,
      bytes,
      perSecond: slowPerSecond,
    })
    const seenByMany = await many.call<Seen[][]>('reach', { length: sizes.linkEntries })
    const resident = residentBytes(router.child.pid) / 1e6
    const copies = await counted(router, 'liveCopiesSent')
    await many.stop()
    await few.call('follow', { upstream: router.upstream, log, links: sizes.fastLinks })
    router.beginCosts()
    const fast = await writer.actor.call<Appended>('appendRate', { count: sizes.fastEntries, bytes, perSecond })
    const all = sizes.linkEntries + sizes.fastEntries
    const seenByFew = await few.call<Seen[][]>('reach', { length: all })
    const slowDelays = delaysOf(seenByMany, 0, slow.madeUs)
    const fastDelays = delaysOf(seenByFew, sizes.linkEntries, fast.madeUs)
    return {
      values: {
        resident,
        many99: percentile(slowDelays, 0.99),
        rate: (1_000 * sizes.fastEntries) / fast.tookMs,
        fast50: percentile(fastDelays, 0.5),
        fast99: percentile(fastDelays, 0.99),
      },
      counters: {
        upstreamCopies: copies,
        links: seenByMany.length,
        followed: seenByMany.filter((seen) => seen.at(-1)?.length === sizes.linkEntries).length,
        fastFollowed: seenByFew.filter((seen) => seen.at(-1)?.length === all).length,
      },
      costs: router.costs('fast'),
    }
  } finally {
    await few.stop()
    await writer.stop()
  }
}

interface Appended {
  readonly madeUs: readonly number[]
  readonly tookMs: number
}

/** Milliseconds from when the newest entry of a head was made to when the head was there. */
function delaysOf(followers: readonly (readonly Seen[])[], first: number, madeUs: readonly number[]): number[] {
  return followers.flatMap((seen) =>
    seen.flatMap(({ length, atUs }) => {
      const made = madeUs[length - 1 - first]
      return made === undefined ? [] : [(atUs - made) / 1000]
    }),
  )
}

async function counted(node: BenchNode, name: string): Promise<number> {
  return (await node.client.status()).counters[name] ?? Number.NaN
}
