// Objects of 16 KiB from a router's cache over a link that is warm, one after the other: through the API by path, as a
// program reads them (one in eight is cut in two, so it has three chunks), and the question for a chunk alone. Beside
// nginx: GETs over one connection that is kept.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startActor } from '../frame/actor.js'
import { writeRandomFolder } from '../frame/material.js'
import { type Contender, contender, type Outcome, type Scenario } from '../frame/scenario.js'
import { percentile } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'
import { NginxPeer } from '../peers/nginx.js'
import { startEmbedded } from '../runnel/embedded.js'
import { runnelContenders, type Village } from '../runnel/village.js'

const objectBytes = 16 * 1024
const latency = { unit: 'ms', better: 'lower' } as const

export const objectScenario: Scenario = {
  name: 'object',
  title: '16 KiB from the router’s cache, warm link',
  costS: 9,
  sizes: ['objects'],
  rows: [
    { title: 'read by path, p50', measure: 'read50', ...latency, goal: 0.3, against: [{ peer: 'nginx' }] },
    { title: 'read by path, p99', measure: 'read99', ...latency, goal: 1, against: [{ peer: 'nginx' }] },
    { title: 'the chunk alone, p50', measure: 'ask50', ...latency, against: [{ peer: 'nginx', measure: 'read50' }] },
    { title: 'the chunk alone, p99', measure: 'ask99', ...latency, against: [{ peer: 'nginx', measure: 'read99' }] },
  ],
  open: async (surroundings) => {
    const { directory, sizes, peers } = surroundings
    const folder = join(directory, 'objects')
    mkdirSync(folder, { recursive: true })
    const material = { folder, paths: writeRandomFolder(folder, 2 * sizes.objects, objectBytes, 'objects') }
    const contenders: Contender[] = runnelContenders(surroundings, 'object', (village) =>
      runnelObject(village, surroundings, material),
    )
    if (peers.has('nginx'))
      contenders.push(
        contender(
          'nginx',
          () => new NginxPeer(surroundings, 'object'),
          (peer) => nginxObject(peer, surroundings, material),
        ),
      )
    return contenders
  },
}

interface Material {
  readonly folder: string
  readonly paths: readonly string[]
}

async function runnelObject(village: Village, surroundings: Surroundings, material: Material): Promise<Outcome> {
  const { folder, paths } = material
  const half = paths.length / 2
  try {
    const router = await village.router()
    const publisher = await village.publisher(router)
    const { link } = await publisher.client.publish(folder)
    const first = await village.reader(router, 'first')
    await first.client.get({ link, output: village.path('copy') })
    await village.end(first)
    await village.end(publisher)
    const reader = await startEmbedded(surroundings, village.provider, 'reader', village.path('reader'), router)
    try {
      router.beginCosts()
      const read = await reader.call<Read>('readPaths', { link, paths: paths.slice(0, half) })
      const files = paths.slice(half).map((path) => join(folder, path))
      const asked = await reader.call<Asked>('askChunks', { link, files })
      return {
        values: { ...figures('read', read.times), ...figures('ask', asked.times) },
        counters: {
          bytes: read.bytes,
          hop: read.hop,
          cached: read.cached ? 1 : 0,
          verified: read.verified ? 1 : 0,
          asked: asked.count,
          askedBytes: asked.bytes,
          askedHops: asked.hops,
        },
        costs: router.costs('all'),
      }
    } finally {
      await reader.stop()
    }
  } finally {
  }
}

async function nginxObject(peer: NginxPeer, surroundings: Surroundings, material: Material): Promise<Outcome> {
  const { folder, paths } = material
  const actor = startActor(surroundings.children, 'HTTP client', new URL('../peers/http-actor.js', import.meta.url))
  try {
    const port = await peer.cache(await peer.origin(folder))
    const some = paths.slice(0, paths.length / 2)
    await actor.call<Read>('readPaths', { port, paths: some })
    const read = await actor.call<{ times: number[]; bytes: number; hits: number }>('readPaths', {
      port,
      paths: some,
    })
    return {
      values: figures('read', read.times),
      counters: { bytes: read.bytes, hits: read.hits },
      costs: {},
    }
  } finally {
    await actor.stop()
  }
}

interface Read {
  readonly times: number[]
  readonly bytes: number
  readonly hop: number
  readonly cached: boolean
  readonly verified: boolean
}

interface Asked {
  readonly times: number[]
  readonly bytes: number
  readonly hops: number
  readonly count: number
}

function figures(name: string, times: readonly number[]): Record<string, number> {
  return { [`${name}50`]: percentile(times, 0.5), [`${name}99`]: percentile(times, 0.99) }
}
