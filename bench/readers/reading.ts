// The first, the second and the third reading of the same: by a reader when nobody has it yet, by another one at the same
// router, and by the first one again.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeRandomFile, writeRandomFolder } from '../frame/material.js'
import { settleDisk, withoutRemoval } from '../frame/quiet.js'
import type { Row } from '../frame/row.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import type { Sizes } from '../frame/sizes.js'
import { lineContenders, type PeerName, type Setting } from './contenders.js'
import { contentOf, countUse, watchReading } from './measure.js'

const peers: readonly PeerName[] = ['nginx', 'ndnd', 'hyperdrive', 'kubo']

const against = peers.map((peer) => ({ peer }))

const readings = [
  ['first', 'first reader'],
  ['second', 'second reader, at the same router'],
  ['third', 'first reader again'],
] as const

const rows: readonly Row[] = readings.flatMap(([reading, who]): Row[] => [
  { title: `${who}: first byte`, measure: `${reading}.firstByte`, unit: 's', better: 'lower', against },
  { title: `${who}: all`, measure: `${reading}.all`, unit: 's', better: 'lower', against },
  { title: `${who}: uplink`, measure: `${reading}.uplink`, unit: 'MB', better: 'lower', against },
  { title: `${who}: processors, all processes`, measure: `${reading}.cpu`, unit: 's', better: 'lower', against },
])

const memory: Row = {
  title: 'resident memory at its peak, the largest process',
  measure: 'first.resident',
  unit: 'MB',
  better: 'lower',
  against,
}

interface Fixed {
  readonly name: string
  readonly title: string
  readonly costS: number
  readonly size: keyof Sizes
  /** Whether there are so many files that removing them would slow down the next run. */
  readonly leavesFiles?: true
}

/** `write` makes what is published and gives the paths inside of the folder. */
function readingScenario(
  { size, leavesFiles, ...fixed }: Fixed,
  write: (folder: string, count: number) => readonly string[],
): Scenario {
  return {
    ...fixed,
    sizes: [size],
    rows: [...rows, memory],
    open: async (given) => {
      const surroundings = leavesFiles === true ? withoutRemoval(given) : given
      const folder = join(surroundings.directory, fixed.name)
      mkdirSync(folder, { recursive: true })
      const paths = write(folder, surroundings.sizes[size])
      const close = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
      const all = lineContenders(surroundings, fixed.name, peers, (setting) => readThrice(setting, folder, paths))
      return all.map((one) => ({ ...one, close }))
    },
  }
}

async function readThrice(setting: Setting, folder: string, paths: readonly string[]): Promise<Outcome> {
  const { surroundings, line, distribution } = setting
  const wanted = contentOf(folder)
  const published = await distribution.publish(folder, paths)
  const values: Record<string, number> = {}
  const counters: Record<string, number> = {}
  const costs: Record<string, number> = {}
  const first = await distribution.reader('reader', published)
  for (const [reading] of readings) {
    if (reading === 'third' && !first.keeps) continue
    const reader = reading === 'second' ? await distribution.reader('other', published) : first
    const output = setting.path(reading)
    await settleDisk(surroundings)
    const used = countUse(line, published.at, distribution.pids())
    const { counted, firstMs, allMs } = await watchReading(output, () => reader.fetch(published, output))
    const { uplink = Number.NaN, cables, cpu, resident } = used()
    Object.assign(values, named(reading, { firstByte: firstMs / 1e3, all: allMs / 1e3, uplink, cpu, resident }))
    Object.assign(costs, named(reading, { cables, cpu, resident }))
    const got = contentOf(output)
    if (got.files !== wanted.files || got.bytes !== wanted.bytes) {
      throw new Error(`${reading}: ${got.files} files, ${got.bytes} B instead of ${wanted.files}, ${wanted.bytes} B`)
    }
    Object.assign(counters, named(reading, counted))
    counters[`${reading}.files`] = got.files
    counters[`${reading}.bytes`] = got.bytes
    counters[`${reading}.copies`] = Math.round((1e6 * uplink) / wanted.bytes)
    surroundings.remove(output)
  }
  return { values, counters, costs }
}

function named(reading: string, figures: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [`${reading}.${name}`, value ?? Number.NaN] as const),
  )
}

export const folderReading = readingScenario(
  {
    name: 'line-folder',
    title: 'a folder of files of 64 KiB, behind three routers',
    costS: 18,
    size: 'lineFolderFiles',
  },
  (folder, count) => writeRandomFolder(folder, count, 65_536, 'line-folder'),
)

export const filesReading = readingScenario(
  {
    name: 'line-files',
    title: 'many files of 4 KiB, behind three routers',
    costS: 22,
    size: 'lineFiles',
    leavesFiles: true,
  },
  (folder, count) => writeRandomFolder(folder, count, 4_096, 'line-files'),
)

export const fileReading = readingScenario(
  { name: 'line-file', title: 'one large file, behind three routers', costS: 22, size: 'lineFileBytes' },
  (folder, bytes) => {
    writeRandomFile(join(folder, 'file.bin'), bytes, 'line-file')
    return ['file.bin']
  },
)
