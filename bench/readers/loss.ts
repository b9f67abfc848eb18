// One cable of four loses packets. Hop by hop the loss is made good over that cable; from end to end (curl from the origin
// over one connection, hyperdrive) over the whole way.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeRandomFile } from '../frame/material.js'
import { megabytesPerSecond } from '../frame/quiet.js'
import type { Row } from '../frame/row.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import { lineContenders, type PeerName, type Setting } from './contenders.js'
import { contentOf, watchReading } from './measure.js'

const peers: readonly PeerName[] = ['nginx', 'curl', 'ndnd', 'hyperdrive']
const against = peers.map((peer) => ({ peer }))

/** Of a hundred packets, each way. */
const losses = [0, 1, 5] as const

const rows: readonly Row[] = losses.map((percent) => ({
  title: percent === 0 ? 'without loss' : `${percent} % lost between the first and the second router`,
  measure: `loss${percent}`,
  unit: 'MB/s',
  better: 'higher',
  against,
}))

export const lossScenario: Scenario = {
  name: 'line-loss',
  title: 'a file behind three routers while one cable of four loses packets',
  costS: 20,
  sizes: ['lossBytes'],
  rows,
  open: async (surroundings) => {
    const folder = join(surroundings.directory, 'line-loss')
    mkdirSync(folder, { recursive: true })
    const paths = losses.map((percent) => `loss${percent}.bin`)
    for (const path of paths) writeRandomFile(join(folder, path), surroundings.sizes.lossBytes, path)
    const close = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
    const all = lineContenders(surroundings, 'line-loss', peers, (setting) => readWithLoss(setting, folder, paths))
    return all.map((one) => ({ ...one, close }))
  },
}

async function readWithLoss(setting: Setting, folder: string, paths: readonly string[]): Promise<Outcome> {
  const { surroundings, line, distribution } = setting
  const published = await distribution.publish(folder, paths)
  const reader = await distribution.reader('reader', published)
  const values: Record<string, number> = {}
  const counters: Record<string, number> = {}
  for (const [index, percent] of losses.entries()) {
    line.lose('first', 'second', percent)
    const output = setting.path(`loss${percent}`)
    const path = paths[index] ?? ''
    const { counted, allMs } = await watchReading(output, () => reader.fetch(published, output, [path]))
    const { bytes } = contentOf(output)
    if (bytes !== surroundings.sizes.lossBytes) throw new Error(`${path}: ${bytes} B came`)
    values[`loss${percent}`] = megabytesPerSecond(bytes, allMs)
    counters[`loss${percent}.bytes`] = bytes
    for (const [name, count] of Object.entries(counted)) counters[`loss${percent}.${name}`] = count
    surroundings.remove(output)
  }
  return { values, counters, costs: {} }
}
