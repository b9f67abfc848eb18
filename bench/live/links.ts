// Many links of one process behind one router, all of which follow one log: how often it crosses the router's own link, and
// what that takes of the router; and a log that is written fast, whose followers are two processes, because each of them
// verifies everything for itself.

import { cpuMs, residentBytes } from '../frame/process-facts.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import type { BenchNode } from '../runnel/node.js'
import { runnelContenders, type Village } from '../runnel/village.js'
import { startLinks, startLive } from './start.js'

const bytes = 100
const fastPerSecond = 1_000

/** What all the followers of one process have time to verify. */
const slowPerSecond = 10

export const linksScenario: Scenario = {
  name: 'links',
  title: 'one log, many links behind one router',
  costS: 10,
  sizes: ['liveLinks', 'linkEntries', 'fastLinks', 'fastEntries'],
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
    { title: 'processors of the router, an entry to 100 links', measure: 'routerCpu', unit: 'ms', better: 'lower' },
    { title: 'processors of the writer, an entry', measure: 'writerCpu', unit: 'ms', better: 'lower' },
  ],
  open: async (surroundings) => runnelContenders(surroundings, 'links', (village) => manyLinks(village, surroundings)),
}

interface Reached {
  /** Followers that have every entry, and none twice. */
  readonly exact: number
  readonly p50: number
  readonly p99: number
}

async function manyLinks(village: Village, surroundings: Surroundings): Promise<Outcome> {
  const { linkEntries, liveLinks, fastLinks, fastEntries } = surroundings.sizes
  const router = await village.router()
  const writer = await startLive(surroundings, village, 'writer', { upstream: router.upstream })
  const many = startLinks(surroundings, village)
  const halves = [startLinks(surroundings, village), startLinks(surroundings, village)]
  const write = (count: number, perSecond: number): Promise<number> =>
    writer.actor.call('appendRate', { count, bytes, perSecond })
  try {
    const { log } = await writer.actor.call<{ log: string }>('create')
    const following = { upstream: router.upstream, log }
    await many.call('follow', { ...following, links: liveLinks, count: 0 })
    await write(linkEntries, slowPerSecond)
    const slow = await many.call<Reached>('reach', { count: linkEntries })
    const resident = residentBytes(router.child.pid) / 1e6
    const copies = await counted(router, 'liveCopiesSent')
    await many.stop()
    const half = { ...following, links: fastLinks / halves.length, count: linkEntries }
    await Promise.all(halves.map((few) => few.call('follow', half)))
    const processes = [router.child, writer.actor, ...halves]
    const before = processes.map(({ pid }) => cpuMs(pid))
    const tookMs = await write(fastEntries, fastPerSecond)
    const count = linkEntries + fastEntries
    const fast = await Promise.all(halves.map((few) => few.call<Reached>('reach', { count })))
    const costs = processes.map(({ pid }, index) => cpuMs(pid) - (before[index] ?? 0))
    const [routerMs = 0, writerMs = 0, ...linksMs] = costs
    return {
      values: {
        resident,
        many99: slow.p99,
        rate: (1_000 * fastEntries) / tookMs,
        fast50: Math.max(...fast.map(({ p50 }) => p50)),
        fast99: Math.max(...fast.map(({ p99 }) => p99)),
        routerCpu: routerMs / fastEntries,
        writerCpu: writerMs / fastEntries,
      },
      counters: {
        upstreamCopies: copies,
        followed: slow.exact,
        fastFollowed: fast.reduce((sum, { exact }) => sum + exact, 0),
      },
      costs: {
        'fast.routerMs': routerMs,
        'fast.writerMs': writerMs,
        'fast.linksMs': linksMs.reduce((sum, ms) => sum + ms, 0),
      },
    }
  } finally {
    await Promise.all(halves.map((few) => few.stop()))
    await writer.stop()
  }
}

async function counted(node: BenchNode, name: string): Promise<number> {
  return (await node.client.status()).counters[name] ?? Number.NaN
}
