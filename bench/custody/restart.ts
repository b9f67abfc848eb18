// A custodian with a million chunks restarts: how soon its API answers, and how soon a reader has a file that it keeps for
// a publisher who is gone. The chunks are small, so that the disk has room; a start reads none of them, whatever their size.

import { writeFileSync } from 'node:fs'
import { openStore } from '../../node/store/index.js'
import { openSystem } from '../../node/system.js'
import { ChunkKind } from '../../stack/data/index.js'
import { settleDisk, timed } from '../frame/quiet.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { runnelContenders, type Village } from '../runnel/village.js'

const custodianArgs = ['--listen', '127.0.0.1:0', '--root', '--cache', '64M', '--custody', '1G']

const fileBytes = 2_000_000

/** Bytes of each of the other chunks, and how many are written together. */
const chunkBytes = 256
const batchChunks = 5_000

export const restartScenario: Scenario = {
  name: 'restart',
  title: 'a custodian that keeps 1,000,000 chunks restarts',
  costS: 12,
  sizes: ['keptChunks'],
  rows: [
    { title: 'until its API answers', measure: 'up', unit: 'ms', better: 'lower', goal: 5_000 },
    { title: 'processors until then', measure: 'upCpu', unit: 'ms', better: 'lower' },
    {
      title: 'until a reader has 2 MB that it keeps, with the start of the reader',
      measure: 'served',
      unit: 'ms',
      better: 'lower',
    },
  ],
  open: async (surroundings) => runnelContenders(surroundings, 'restart', (village) => restart(village, surroundings)),
}

async function restart(village: Village, surroundings: Surroundings): Promise<Outcome> {
  const before = await village.up('custodian', custodianArgs)
  const publisher = await village.publisher(before)
  const file = village.path('file')
  writeFileSync(file, patternOf(fileBytes))
  const { link, custody = [] } = await publisher.client.publish(file, { keep: '30d' })
  const promised = custody.filter(({ state }) => state === 'kept').length
  await village.end(publisher)
  await before.stop()
  await fill(before.home, surroundings.sizes.keptChunks)
  await settleDisk(surroundings)
  const started = await timed(() => village.up('custodian', custodianArgs))
  const custodian = started.result
  const costs = custodian.costs('up')
  const read = await timed(async () => {
    const reader = await village.reader(custodian)
    return reader.client.get({ link, output: village.path('out') })
  })
  const { kept } = await custodian.client.status()
  return {
    values: {
      up: started.milliseconds,
      upCpu: costs['up.custodian.cpuMs'] ?? 0,
      served: started.milliseconds + read.milliseconds,
    },
    counters: { promised, bytes: read.result.bytes, isFilled: Number(kept.chunks > surroundings.sizes.keptChunks) },
    costs: {},
  }
}

/** Puts so many chunks beside what a home keeps. */
async function fill(home: string, chunks: number): Promise<void> {
  const { files, time, randomBytes, segmentBytes, openCrypto } = openSystem()
  const { crypto } = await openCrypto('auto')
  const store = await openStore({ home, files, crypto, randomBytes, cacheBytes: 2 ** 26, time, segmentBytes })
  try {
    for (let first = 0; first < chunks; first += batchChunks) {
      const count = Math.min(batchChunks, chunks - first)
      const items = Array.from({ length: count }, (_, index) => {
        const bytes = new Uint8Array(chunkBytes)
        bytes[0] = ChunkKind.part
        new DataView(bytes.buffer).setUint32(4, first + index)
        return { type: 'chunk', name: crypto.hash(bytes), bytes } as const
      })
      await store.keep(items)
    }
  } finally {
    await store.close()
  }
}

function patternOf(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 2_654_435_761) >>> 24)
}
