// A cache hit one, two and three hops away: objects of 16 KiB that only that router has kept (and those before it), read by a
// program one after the other when their publisher is gone.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeRandomFolder } from '../frame/material.js'
import type { Row } from '../frame/row.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import { percentile } from '../frame/statistics.js'
import { lineContenders, type PeerName, type Setting } from './contenders.js'
import type { Router } from './network.js'

const objectBytes = 16 * 1024

const peers: readonly PeerName[] = ['nginx', 'ndnd', 'hyperdrive', 'kubo']
const against = peers.map((peer) => ({ peer }))

/** Where the copy is, the nearest last: what is read from afar leaves copies nearer by. */
const routers: ReadonlyArray<readonly [hop: number, router: Router]> = [
  [3, 'first'],
  [2, 'second'],
  [1, 'third'],
]

const rows: readonly Row[] = [1, 2, 3].flatMap((hop): Row[] =>
  [50, 99].map((share) => ({
    title: `hop ${hop}, p${share}`,
    measure: `hop${hop}.p${share}`,
    unit: 'ms',
    better: 'lower',
    against,
  })),
)

export const hopsScenario: Scenario = {
  name: 'line-hops',
  title: '16 KiB by path from the cache of a router one, two or three hops away',
  costS: 16,
  sizes: ['lineObjects'],
  rows,
  open: async (surroundings) => {
    const folder = join(surroundings.directory, 'line-hops')
    mkdirSync(folder, { recursive: true })
    const paths = writeRandomFolder(folder, routers.length * surroundings.sizes.lineObjects, objectBytes, 'line-hops')
    return lineContenders(surroundings, 'line-hops', peers, (setting) => readHops(setting, folder, paths))
  },
}

async function readHops(setting: Setting, folder: string, paths: readonly string[]): Promise<Outcome> {
  const { surroundings, line, distribution } = setting
  const count = surroundings.sizes.lineObjects
  const published = await distribution.publish(folder, paths)
  const shares = routers.map(([hop, router], index) => ({
    hop,
    router,
    paths: paths.slice(index * count, (index + 1) * count),
  }))
  for (const { router, paths } of shares) await distribution.warm(router, published, paths)
  await distribution.endPublisher()
  const before = line.bytes('first', 'second').sent
  const values: Record<string, number> = {}
  const counters: Record<string, number> = {}
  for (const { hop, router, paths } of shares) {
    const program = await distribution.program(router, published)
    const times = await program.read(published, paths)
    await program.close()
    values[`hop${hop}.p50`] = percentile(times, 0.5)
    values[`hop${hop}.p99`] = percentile(times, 0.99)
    counters[`hop${hop}.objects`] = times.length
    // What has left the first router until now, in copies of such a share.
    counters[`hop${hop}.copies`] = Math.round((line.bytes('first', 'second').sent - before) / (count * objectBytes))
  }
  return { values, counters, costs: {} }
}
