// From an append to its event at a program that follows, over one link and over three; beside it hypercore's live
// replication, which does not flush, and the disk's own part.

import type { Actor } from '../frame/actor.js'
import { cpuMs } from '../frame/process-facts.js'
import { settleDisk } from '../frame/quiet.js'
import { type Contender, contender, type Outcome, type Scenario } from '../frame/scenario.js'
import { percentile } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'
import { DiskFlush } from '../objects/disk-flush.js'
import { HypercorePeer } from '../peers/hypercore.js'
import { runnelContenders, type Village } from '../runnel/village.js'
import { startLive } from './start.js'

const bytes = 100

const lower = { unit: 'ms', better: 'lower' } as const
const hypercore = (measure: string, goal?: number) => [
  { peer: 'hypercore', measure, ...(goal === undefined ? {} : { goal }) },
]

export const appendScenario: Scenario = {
  name: 'append',
  title: 'an append of 100 B and its event elsewhere (Runnel: flushed before it leaves; hypercore: not)',
  costS: 16,
  sizes: ['liveEntries', 'liveGapMs', 'single'],
  rows: [
    { title: 'one link, p50', measure: 'one50', ...lower, against: hypercore('one50') },
    { title: 'one link, p99', measure: 'one99', ...lower, against: hypercore('one99') },
    { title: 'one link, less the flush, p50', measure: 'oneNet50', ...lower, against: hypercore('one50', 1) },
    { title: 'one link, less the flush, p99', measure: 'oneNet99', ...lower, against: hypercore('one99', 1) },
    { title: 'three links, less the flush, p50', measure: 'threeNet50', ...lower },
    { title: 'three links, less the flush, p99', measure: 'threeNet99', ...lower, goal: 5 },
    {
      title: 'the flush, p50',
      measure: 'flush50',
      ...lower,
      against: [{ peer: 'fdatasync', measure: 'flushMs', isBound: true }],
    },
    { title: 'the flush, p99', measure: 'flush99', ...lower },
    { title: 'an append until it resolves, p50', measure: 'append50', ...lower, against: hypercore('append50') },
    { title: 'processors an entry, one link: both', measure: 'oneCpu', ...lower, against: hypercore('oneCpu') },
    { title: 'processors an entry, three links: all four', measure: 'threeCpu', ...lower },
  ],
  open: async (surroundings) => {
    const contenders: Contender[] = runnelContenders(surroundings, 'append', (village) =>
      runnelAppends(village, surroundings),
    )
    if (surroundings.peers.has('hypercore'))
      contenders.push(
        contender(
          'hypercore',
          () => new HypercorePeer(surroundings, 'append'),
          (peer) => hypercoreAppends(peer, surroundings),
        ),
      )
    contenders.push(new DiskFlush(surroundings, bytes))
    return contenders
  },
}

/** Of each entry, in order: milliseconds until it was seen, until its append resolved, and of the flush in between. */
interface Times {
  readonly seen: readonly number[]
  readonly appended: readonly number[]
  readonly flushed: readonly number[]
  /** Milliseconds of processors that all processes took for one entry. */
  readonly entryCpuMs: number
}

async function runnelAppends(village: Village, surroundings: Surroundings): Promise<Outcome> {
  const one = await overOne(village, surroundings)
  const three = await overThree(village, surroundings)
  return {
    values: {
      one50: percentile(one.seen, 0.5),
      one99: percentile(one.seen, 0.99),
      oneNet50: percentile(netOf(one), 0.5),
      oneNet99: percentile(netOf(one), 0.99),
      threeNet50: percentile(netOf(three), 0.5),
      threeNet99: percentile(netOf(three), 0.99),
      flush50: percentile(one.flushed, 0.5),
      flush99: percentile(one.flushed, 0.99),
      append50: percentile(one.appended, 0.5),
      oneCpu: one.entryCpuMs,
      threeCpu: three.entryCpuMs,
    },
    counters: { 'one.count': one.seen.length, 'three.count': three.seen.length },
    costs: {},
  }
}

function netOf({ seen, flushed }: Times): number[] {
  return seen.map((time, index) => time - (flushed[index] ?? 0))
}

async function overOne(village: Village, surroundings: Surroundings): Promise<Times> {
  const writer = await startLive(surroundings, village, 'writer', { listens: true })
  const reader = await startLive(surroundings, village, 'reader', { upstream: writer.upstream })
  try {
    return await appendsOf(surroundings, writer, reader, [])
  } finally {
    await reader.stop()
    await writer.stop()
  }
}

/** Writer, two routers and reader. */
async function overThree(village: Village, surroundings: Surroundings): Promise<Times> {
  const root = await village.router()
  const router = await village.up('router2', ['--listen', '127.0.0.1:0', '--upstream', root.upstream ?? ''])
  const writer = await startLive(surroundings, village, 'writer3', { upstream: root.upstream })
  const reader = await startLive(surroundings, village, 'reader3', { upstream: router.upstream })
  try {
    return await appendsOf(surroundings, writer, reader, [root.child.pid, router.child.pid])
  } finally {
    await reader.stop()
    await writer.stop()
  }
}

interface Live {
  readonly actor: Actor
}

async function appendsOf(
  surroundings: Surroundings,
  writer: Live,
  reader: Live,
  routers: readonly number[],
): Promise<Times> {
  const { link } = await writer.actor.call<{ link: string }>('create')
  await reader.actor.call('follow', { link })
  const pids = [writer.actor.pid, reader.actor.pid, ...routers]
  return paced<{ appended: number[]; flushed: number[] }>(surroundings, writer, reader, pids)
}

/** Appends and follows; what was seen before is left out. */
async function paced<T extends object>(
  surroundings: Surroundings,
  writer: Live,
  reader: Live,
  pids: readonly number[],
  before = 0,
): Promise<T & { seen: number[]; entryCpuMs: number }> {
  const { liveEntries: count, liveGapMs: gapMs } = surroundings.sizes
  const taken = (): number => pids.reduce((sum, pid) => sum + cpuMs(pid), 0)
  await settleDisk(surroundings)
  const takenMs = taken()
  const following = reader.actor.call<number[]>('followed', { count: before + count })
  const appended = await writer.actor.call<T>('appendPaced', { count, bytes, gapMs })
  const seen = (await following).slice(before)
  return { ...appended, seen, entryCpuMs: (taken() - takenMs) / count }
}

async function hypercoreAppends(peer: HypercorePeer, surroundings: Surroundings): Promise<Outcome> {
  const writer = await peer.open('writer')
  const port = await writer.actor.call<number>('listen')
  await writer.actor.call('appendPaced', { count: 1, bytes, gapMs: 0 })
  const reader = await peer.open('reader', writer.key)
  await reader.actor.call('follow', { port })
  const pids = [writer.actor.pid, reader.actor.pid]
  // One was there before anybody followed.
  const { seen, appended, entryCpuMs } = await paced<{ appended: number[] }>(surroundings, writer, reader, pids, 1)
  return {
    values: {
      one50: percentile(seen, 0.5),
      one99: percentile(seen, 0.99),
      append50: percentile(appended, 0.5),
      oneCpu: entryCpuMs,
    },
    counters: { 'one.count': seen.length },
    costs: {},
  }
}
