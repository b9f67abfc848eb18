// From an append at the publisher's to its event at a program behind three routers, which each keep it and pass it on; beside
// it hypercore's live replication from end to end, which does not flush.

import { join } from 'node:path'
import { type Actor, startActor } from '../frame/actor.js'
import { settleDisk } from '../frame/quiet.js'
import type { Contender, Outcome, Scenario } from '../frame/scenario.js'
import { percentile } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'
import { HypercorePeer } from '../peers/hypercore.js'
import { lineContender, runnelLines, type Setting } from './contenders.js'
import type { ReaderLine } from './network.js'
import type { RunnelLine } from './runnel-line.js'

const entryBytes = 100
const program = new URL('../live/live-actor.js', import.meta.url)
const lower = { unit: 'ms', better: 'lower' } as const
const against = [{ peer: 'hypercore' }]

export const liveTailScenario: Scenario = {
  name: 'line-live',
  title: 'an append of 100 B and its event behind three routers (Runnel: flushed before it leaves; hypercore: not)',
  costS: 15,
  sizes: ['liveEntries', 'liveGapMs'],
  rows: [
    { title: 'p50', measure: 'seen50', ...lower, against },
    { title: 'p99', measure: 'seen99', ...lower, against },
    { title: 'less the flush, p50', measure: 'net50', ...lower, against: [{ peer: 'hypercore', measure: 'seen50' }] },
    { title: 'less the flush, p99', measure: 'net99', ...lower, against: [{ peer: 'hypercore', measure: 'seen99' }] },
  ],
  open: async (surroundings): Promise<Contender[]> => [
    ...runnelLines(surroundings, 'line-live', runnelTail),
    ...(surroundings.peers.has('hypercore')
      ? [lineContender(surroundings, 'line-live', 'hypercore', openHypercore, hypercoreTail)]
      : []),
  ],
}

async function runnelTail({ surroundings, line, distribution, path }: Setting<RunnelLine>): Promise<Outcome> {
  const start = async (place: 'publisher' | 'reader', router: 'first' | 'third'): Promise<Actor> => {
    const actor = startActor(line.at(place), `${place} (embedded)`, program)
    await actor.call('open', { home: path(place), upstream: distribution.upstreamOf(place, router) })
    return actor
  }
  const writer = await start('publisher', 'first')
  const reader = await start('reader', 'third')
  try {
    const { link } = await writer.call<{ link: string }>('create')
    await writer.call('appendPaced', { count: 1, bytes: entryBytes, gapMs: 0 })
    await reader.call('follow', { link })
    const { seen, flushed } = await tailOf(surroundings, writer, reader)
    const net = seen.map((time, index) => time - (flushed?.[index] ?? 0))
    return {
      values: { ...figures('seen', seen), ...figures('net', net) },
      counters: { entries: seen.length },
      costs: {},
    }
  } finally {
    await reader.stop()
    await writer.stop()
  }
}

class HypercoreLine {
  readonly writer: HypercorePeer
  readonly reader: HypercorePeer

  constructor(surroundings: Surroundings, line: ReaderLine, directory: string) {
    const at = (place: 'publisher' | 'reader'): HypercorePeer =>
      new HypercorePeer({ ...surroundings, children: line.at(place), directory: join(directory, place) }, 'line-live')
    this.writer = at('publisher')
    this.reader = at('reader')
  }

  async close(): Promise<void> {
    await this.reader.close()
    await this.writer.close()
  }
}

async function openHypercore(surroundings: Surroundings, line: ReaderLine, directory: string): Promise<HypercoreLine> {
  return new HypercoreLine(surroundings, line, directory)
}

async function hypercoreTail({ surroundings, line, distribution }: Setting<HypercoreLine>): Promise<Outcome> {
  const writer = await distribution.writer.open('writer')
  await writer.actor.call('appendPaced', { count: 1, bytes: entryBytes, gapMs: 0 })
  const host = line.address('publisher', 'first')
  const port = await writer.actor.call<number>('listen', { host })
  const reader = await distribution.reader.open('reader', writer.key)
  await reader.actor.call('follow', { host, port })
  const { seen } = await tailOf(surroundings, writer.actor, reader.actor)
  return { values: figures('seen', seen), counters: { entries: seen.length }, costs: {} }
}

/** Milliseconds until each entry was seen, less the one that was there before; and of each append's flush, where one is told. */
async function tailOf(
  surroundings: Surroundings,
  writer: Actor,
  reader: Actor,
): Promise<{ seen: number[]; flushed: readonly number[] | undefined }> {
  const { liveEntries, liveGapMs } = surroundings.sizes
  await settleDisk(surroundings)
  const given = { count: liveEntries, bytes: entryBytes, gapMs: liveGapMs }
  const { flushed } = await writer.call<{ flushed?: readonly number[] }>('appendPaced', given)
  const seen = await reader.call<number[]>('followed', { count: 1 + liveEntries })
  return { seen: seen.slice(1), flushed }
}

function figures(name: string, times: readonly number[]): Record<string, number> {
  return { [`${name}50`]: percentile(times, 0.5), [`${name}99`]: percentile(times, 0.99) }
}
