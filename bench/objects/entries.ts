// Logs: entries of 1 KB read in order over one hop, entries of 100 B appended in batches, and one by one, each on disk
// before the next. Both are libraries inside of a program here. Beside it the time of the disk's own flush.

import { rmSync } from 'node:fs'
import { perSecond, settleDisk } from '../frame/quiet.js'
import { type Contender, contender, type Outcome, type Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { HypercorePeer } from '../peers/hypercore.js'
import { startEmbedded } from '../runnel/embedded.js'
import { runnelContenders, type Village } from '../runnel/village.js'
import { DiskFlush } from './disk-flush.js'

const readBytes = 1_000
const appendBytes = 100
const batch = 1_000

export const entriesScenario: Scenario = {
  name: 'entries',
  title: 'entries of a log',
  costS: 8,
  sizes: ['entries', 'batched', 'single'],
  rows: [
    {
      title: 'read 1 KB entries over one hop',
      measure: 'read',
      unit: 'entries/s',
      better: 'higher',
      against: [{ peer: 'hypercore', goal: 10 }],
    },
    {
      title: 'append 100 B, 1,000 at once',
      measure: 'batched',
      unit: 'entries/s',
      better: 'higher',
      against: [{ peer: 'hypercore', goal: 3 }],
    },
    {
      title: 'append 100 B one by one (Runnel: flushed; hypercore: not)',
      measure: 'single',
      unit: 'entries/s',
      better: 'higher',
      against: [
        { peer: 'hypercore', goal: 1 },
        { peer: 'fdatasync', isBound: true },
      ],
    },
  ],
  open: async (surroundings) => {
    const { peers } = surroundings
    const contenders: Contender[] = runnelContenders(surroundings, 'entries', (village) =>
      runnelEntries(village, surroundings),
    )
    if (peers.has('hypercore'))
      contenders.push(
        contender(
          'hypercore',
          () => new HypercorePeer(surroundings, 'entries'),
          (peer) => hypercoreEntries(peer, surroundings),
        ),
      )
    contenders.push(new DiskFlush(surroundings, appendBytes))
    return contenders
  },
}

async function runnelEntries(village: Village, surroundings: Surroundings): Promise<Outcome> {
  const { sizes } = surroundings
  try {
    const appended = await appendEntries(village, surroundings)
    // The writer whose log is read is a node of its own, which another program reads over one hop.
    const publisher = await village.publisher(undefined)
    const own = await publisher.client.createStream({ label: 'log' })
    const entry = new Uint8Array(readBytes).fill(7)
    for (let at = 0; at < sizes.entries; at += batch) {
      const count = Math.min(batch, sizes.entries - at)
      await own.append(Array.from({ length: count }, () => entry))
    }
    const home = village.path('reader')
    const reader = await startEmbedded(surroundings, village.provider, 'reader', home, publisher)
    try {
      await settleDisk(surroundings)
      publisher.beginCosts()
      const read = await reader.call<Read>('readEntries', { link: own.link })
      return {
        values: { ...appended.values, read: perSecond(read.count, read.milliseconds) },
        counters: {
          ...appended.counters,
          'read.count': read.count,
          'read.bytes': read.bytes,
          'read.hop': read.hop,
          'read.verified': read.verified ? 1 : 0,
        },
        costs: publisher.costs('read'),
      }
    } finally {
      await reader.stop()
    }
  } finally {
  }
}

async function appendEntries(
  village: Village,
  surroundings: Surroundings,
): Promise<Pick<Outcome, 'values' | 'counters'>> {
  const { sizes } = surroundings
  const home = village.path('writer')
  const writer = await startEmbedded(surroundings, village.provider, 'writer', home)
  try {
    const size = { bytes: appendBytes }
    const batched = await writer.call<Appended>('append', { label: 'batched', count: sizes.batched, batch, ...size })
    const single = await writer.call<Appended>('append', { label: 'single', count: sizes.single, batch: 1, ...size })
    return {
      values: {
        batched: perSecond(sizes.batched, batched.milliseconds),
        single: perSecond(sizes.single, single.milliseconds),
      },
      counters: { 'batched.length': batched.length, 'single.length': single.length },
    }
  } finally {
    await writer.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

async function hypercoreEntries(peer: HypercorePeer, surroundings: Surroundings): Promise<Outcome> {
  const { sizes } = surroundings
  const append = async (role: string, count: number, bytes: number, atOnce: number): Promise<number> => {
    const { actor } = await peer.open(role)
    const milliseconds = await actor.call<number>('appendBlocks', { count, bytes, batch: atOnce })
    await actor.stop()
    return perSecond(count, milliseconds)
  }
  const batched = await append('batched', sizes.batched, appendBytes, batch)
  const single = await append('single', sizes.single, appendBytes, 1)
  const writer = await peer.open('writer')
  await writer.actor.call('appendBlocks', { count: sizes.entries, bytes: readBytes, batch })
  const port = await writer.actor.call<number>('listen')
  const reader = await peer.open('reader', writer.key)
  await settleDisk(surroundings)
  const read = await reader.actor.call<Read>('readBlocks', { port, length: sizes.entries })
  return {
    values: { batched, single, read: perSecond(read.count, read.milliseconds) },
    counters: { 'read.count': read.count, 'read.bytes': read.bytes },
    costs: {},
  }
}

interface Read {
  readonly milliseconds: number
  readonly count: number
  readonly bytes: number
  readonly hop: number
  readonly verified: boolean
}

interface Appended {
  readonly milliseconds: number
  readonly length: number
}
