// One large file: published, published again, read over one hop, read cold through a router, and read by a second reader
// from the router's cache. Everybody writes what they read to a file on the same disk.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeRandomFile } from '../frame/material.js'
import { cpuMs } from '../frame/process-facts.js'
import { megabytesPerSecond, settleDisk, timed } from '../frame/quiet.js'
import { type Contender, contender, type Outcome, type Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { fetchFile } from '../peers/curl.js'
import { HypercorePeer } from '../peers/hypercore.js'
import { NginxPeer } from '../peers/nginx.js'
import type { BenchNode } from '../runnel/node.js'
import { countersOf, runnelContenders, type Village } from '../runnel/village.js'

const blockBytes = 64 * 1024

/** What all processes together take of the processors for 10^6 bytes: a figure that other load does not change much. */
const cpuRow = { unit: 'ms/MB', better: 'lower' } as const

export const fileScenario: Scenario = {
  name: 'file',
  title: 'one large file',
  costS: 15,
  sizes: ['fileBytes'],
  rows: [
    {
      title: 'publish',
      measure: 'publish',
      unit: 'MB/s',
      better: 'higher',
      goal: 300,
      against: [{ peer: 'hypercore' }],
    },
    { title: 'publish again, unchanged', measure: 'again', unit: 'ms', better: 'lower' },
    {
      title: 'read over one hop',
      measure: 'oneHop',
      unit: 'MB/s',
      better: 'higher',
      against: [{ peer: 'hypercore', goal: 4 }, { peer: 'nginx' }],
    },
    {
      title: 'read cold through a router that verifies and keeps it',
      measure: 'cold',
      unit: 'MB/s',
      better: 'higher',
      against: [
        { peer: 'hypercore', measure: 'oneHop', goal: 2 },
        { peer: 'nginx', goal: 0.8 },
      ],
    },
    {
      title: 'second reader, from the router’s cache',
      measure: 'cached',
      unit: 'MB/s',
      better: 'higher',
      goal: 500,
      against: [{ peer: 'nginx' }],
    },
    { ...cpuRow, title: 'processors, one hop: all processes', measure: 'oneHopCpu', against: [{ peer: 'hypercore' }] },
    {
      ...cpuRow,
      title: 'processors, cold through a router: all three',
      measure: 'coldCpu',
      against: [{ peer: 'hypercore', measure: 'oneHopCpu' }],
    },
    { ...cpuRow, title: 'processors, from the router’s cache: both', measure: 'cachedCpu' },
    { title: 'router’s memory at its peak, cold read', measure: 'routerPeak', unit: 'MB', better: 'lower', goal: 200 },
  ],
  open: async (surroundings) => {
    const { peers, sizes, directory } = surroundings
    const source = join(directory, 'source.bin')
    writeRandomFile(source, sizes.fileBytes, 'file')
    const contenders: Contender[] = runnelContenders(surroundings, 'file', (village) =>
      runnelFile(village, surroundings, source),
    )
    if (peers.has('hypercore'))
      contenders.push(
        contender(
          'hypercore',
          () => new HypercorePeer(surroundings, 'file'),
          (peer) => hypercoreFile(peer, surroundings, source),
        ),
      )
    if (peers.has('nginx'))
      contenders.push(
        contender(
          'nginx',
          () => new NginxPeer(surroundings, 'file'),
          (peer) => nginxFile(peer, surroundings, directory),
        ),
      )
    return contenders
  },
}

async function runnelFile(village: Village, surroundings: Surroundings, source: string): Promise<Outcome> {
  const { fileBytes } = surroundings.sizes
  const router = await village.router()
  const publisher = await village.publisher(router)
  const costs: Record<string, number> = {}
  const counters: Record<string, number> = {}
  const speeds: Record<string, number> = {}

  publisher.beginCosts()
  const published = await timed(() => publisher.client.publish(source))
  Object.assign(costs, publisher.costs('publish'))
  const again = await timed(() => publisher.client.publish(source))
  counters['publish.bytes'] = published.result.bytes
  counters['again.newBytes'] = again.result.newBytes
  counters['again.unchanged'] = again.result.unchanged ? 1 : 0

  const { link } = published.result
  const read = async (phase: string, upstream: BenchNode, others: readonly BenchNode[]): Promise<void> => {
    const reader = await village.reader(upstream)
    const output = village.path('copy.bin')
    await settleDisk(surroundings)
    for (const node of [reader, ...others]) node.beginCosts()
    const got = await timed(() => reader.client.get({ link, output }))
    for (const node of [reader, ...others]) Object.assign(costs, node.costs(phase))
    Object.assign(counters, countersOf(phase, got.result))
    speeds[phase] = megabytesPerSecond(fileBytes, got.milliseconds)
    const roles = [reader, ...others].map(({ role }) => costs[`${phase}.${role}.cpuMs`] ?? Number.NaN)
    speeds[`${phase}Cpu`] = roles.reduce((sum, ms) => sum + ms, 0) / (fileBytes / 1e6)
    rmSync(output)
    await village.end(reader)
  }
  await read('oneHop', publisher, [publisher])
  await read('cold', router, [publisher, router])
  await read('cached', router, [router])
  const values = {
    publish: megabytesPerSecond(fileBytes, published.milliseconds),
    again: again.milliseconds,
    ...speeds,
    routerPeak: (costs['cold.router.peakBytes'] ?? Number.NaN) / 1e6,
  }
  return { values, counters, costs }
}

async function hypercoreFile(peer: HypercorePeer, surroundings: Surroundings, source: string): Promise<Outcome> {
  const { fileBytes } = surroundings.sizes
  const writer = await peer.open('writer')
  const publishMs = await writer.actor.call<number>('appendFile', { path: source, blockBytes })
  const port = await writer.actor.call<number>('listen')
  const reader = await peer.open('reader', writer.key)
  await settleDisk(surroundings)
  const length = Math.ceil(fileBytes / blockBytes)
  const pids = [writer.actor.pid, reader.actor.pid]
  const before = pids.map(cpuMs)
  const got = await reader.actor.call<{ milliseconds: number; bytes: number }>('download', { port, length })
  const taken = pids.map((pid, index) => cpuMs(pid) - (before[index] ?? 0))
  const values = {
    oneHopCpu: taken.reduce((sum, ms) => sum + ms, 0) / (fileBytes / 1e6),
    publish: megabytesPerSecond(fileBytes, publishMs),
    oneHop: megabytesPerSecond(fileBytes, got.milliseconds),
  }
  return { values, counters: { 'oneHop.bytes': got.bytes }, costs: {} }
}

async function nginxFile(peer: NginxPeer, surroundings: Surroundings, folder: string): Promise<Outcome> {
  const origin = await peer.origin(folder)
  const cache = await peer.cache(origin)
  const output = peer.path('copy.bin')
  const values: Record<string, number> = {}
  const counters: Record<string, number> = {}
  for (const [phase, port] of [
    ['oneHop', origin],
    ['cold', cache],
    ['cached', cache],
  ] as const) {
    await settleDisk(surroundings)
    const got = await fetchFile(surroundings, `http://127.0.0.1:${port}/source.bin`, output)
    values[phase] = megabytesPerSecond(got.bytes, got.milliseconds)
    counters[`${phase}.bytes`] = got.bytes
    counters[`${phase}.hit`] = got.hit ? 1 : 0
    rmSync(output)
  }
  return { values, counters, costs: {} }
}
