// Who gets how much of a bottleneck: a reader with 100 streams beside one with a single one, and two publishers' readers.
// Counted by the kernel for a while, from a moment after both began; Jain's index of the two shares.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeRandomFile } from '../frame/material.js'
import type { Row } from '../frame/row.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { lineContenders, type PeerName, type Setting } from './contenders.js'
import { jainsIndex } from './measure.js'
import type { ReaderLine } from './network.js'

/** Of the cable between the first and the second router. */
const megabits = 40

const streams = 100

/** Before the counting begins. */
const beginMs = 1_000

const shares = { unit: 'of 1', better: 'higher' } as const

function rows(peers: readonly PeerName[], modest: string): readonly Row[] {
  const against = peers.map((peer) => ({ peer }))
  return [
    { title: 'Jain’s index', measure: 'index', ...shares, against },
    { title: modest, measure: 'share', ...shares, against },
    { title: 'both together', measure: 'speed', unit: 'Mbit/s', better: 'higher', against },
  ]
}

interface Material {
  /** One file that the bottleneck is busy with all of the time. */
  readonly large: string
  /** A hundred that together are as large. */
  readonly many: readonly string[]
  readonly folder: string
}

function writeMaterial(surroundings: Surroundings, name: string): Material {
  const folder = join(surroundings.directory, name)
  mkdirSync(folder, { recursive: true })
  const bytes = Math.round(((megabits * 1e6) / 8) * (beginMs / 1e3 + surroundings.sizes.sharedS) * 1.5)
  const write = (path: string, size: number): string => {
    writeRandomFile(join(folder, path), size, `${name}-${path}`)
    return path
  }
  const many = Array.from({ length: streams }, (_, index) => write(`many${index}.bin`, Math.round(bytes / streams)))
  return { large: write('large.bin', bytes), many, folder }
}

function scenario(
  fixed: Pick<Scenario, 'name' | 'title' | 'costS' | 'rows'>,
  peers: readonly PeerName[],
  measure: (setting: Setting, material: Material) => Promise<Outcome>,
): Scenario {
  return {
    ...fixed,
    sizes: ['sharedS'],
    open: async (surroundings) => {
      const material = writeMaterial(surroundings, fixed.name)
      const close = async (): Promise<void> => rmSync(material.folder, { recursive: true, force: true })
      const all = lineContenders(surroundings, fixed.name, peers, (setting) => measure(setting, material))
      return all.map((one) => ({ ...one, close }))
    },
  }
}

const readerPeers: readonly PeerName[] = ['nginx', 'curl', 'ndnd', 'hyperdrive']

export const fairReaders = scenario(
  {
    name: 'line-fair-readers',
    title: `a reader with ${streams} streams and one with a single one, at a router behind ${megabits} Mbit/s`,
    costS: 12,
    rows: rows(readerPeers, 'the modest reader’s share'),
  },
  readerPeers,
  async ({ surroundings, line, distribution, path }, { folder, large, many }) => {
    const published = await distribution.publish(folder, [...many, large])
    const [greedy, modest] = [
      await distribution.reader('reader', published),
      await distribution.reader('other', published),
    ]
    line.narrow('first', 'second', megabits)
    const asking = [
      greedy.fetch(published, made(path('greedy')), many),
      modest.fetch(published, made(path('modest')), [large]),
    ]
    return sharedBy(surroundings, line, asking)
  },
)

const publisherPeers: readonly PeerName[] = ['curl']

export const fairPublishers = scenario(
  {
    name: 'line-fair-publishers',
    title: `two publishers, each with a reader, over one cable of ${megabits} Mbit/s`,
    costS: 8,
    rows: rows(publisherPeers, 'the second publisher’s share'),
  },
  publisherPeers,
  async ({ surroundings, line, distribution, path }, { folder, large }) => {
    const published = await distribution.publish(folder, [large])
    const rival = join(surroundings.directory, 'line-fair-rival')
    mkdirSync(rival, { recursive: true })
    try {
      const bytes = Math.round(((megabits * 1e6) / 8) * (beginMs / 1e3 + surroundings.sizes.sharedS) * 1.5)
      writeRandomFile(join(rival, large), bytes, 'rival')
      const other = await distribution.publish(rival, [large], 'rival')
      const readers = [await distribution.reader('reader', published), await distribution.reader('other', other)]
      line.narrow('first', 'second', megabits)
      const asking = [
        readers[0]?.fetch(published, made(path('one')), [large]),
        readers[1]?.fetch(other, made(path('two')), [large]),
      ]
      return await sharedBy(surroundings, line, asking)
    } finally {
      rmSync(rival, { recursive: true, force: true })
    }
  },
)

function made(directory: string): string {
  mkdirSync(directory, { recursive: true })
  return directory
}

/** What each of the two readers got while the clock ran; what asks ends with the processes, when the run is over. */
async function sharedBy(
  surroundings: Surroundings,
  line: ReaderLine,
  asking: ReadonlyArray<Promise<unknown> | undefined>,
): Promise<Outcome> {
  const received = (): number[] => (['reader', 'other'] as const).map((place) => line.bytes(place, 'third').received)
  const failed = new Promise<never>((_, reject) => {
    for (const one of asking) one?.catch(reject)
  })
  failed.catch(() => {})
  await Promise.race([sleep(beginMs), failed])
  const before = received()
  await Promise.race([sleep(1e3 * surroundings.sizes.sharedS), failed])
  const got = received().map((bytes, index) => bytes - (before[index] ?? 0))
  const all = got.reduce((sum, bytes) => sum + bytes, 0)
  return {
    values: {
      index: jainsIndex(got),
      share: (got[1] ?? Number.NaN) / all,
      speed: (8 * all) / 1e6 / surroundings.sizes.sharedS,
    },
    counters: { shares: got.filter((bytes) => bytes > 0).length },
    costs: {},
  }
}
