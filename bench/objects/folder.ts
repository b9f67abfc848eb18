// A folder of many small files: published, published again, and read by a second reader from a router's cache when its
// publisher is gone.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeRandomFolder } from '../frame/material.js'
import { perSecond, settleDisk, timed, withoutRemoval } from '../frame/quiet.js'
import { type Contender, contender, type Outcome, type Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { fetchFolder } from '../peers/curl.js'
import { NginxPeer } from '../peers/nginx.js'
import { countersOf, runnelContenders, type Village } from '../runnel/village.js'

const fileBytes = 4096

export const folderScenario: Scenario = {
  name: 'folder',
  title: 'many files of 4 KiB',
  costS: 10,
  sizes: ['files'],
  rows: [
    { title: 'publish', measure: 'publish', unit: 'files/s', better: 'higher' },
    { title: 'publish again, unchanged', measure: 'again', unit: 'files/s', better: 'higher' },
    {
      title: 'read cold through a router',
      measure: 'cold',
      unit: 'files/s',
      better: 'higher',
      against: [{ peer: 'nginx' }],
    },
    {
      title: 'second reader, from the router’s cache',
      measure: 'cached',
      unit: 'files/s',
      better: 'higher',
      goal: 3_000,
      against: [{ peer: 'nginx' }],
    },
  ],
  open: async (given) => {
    const surroundings = withoutRemoval(given)
    const { directory, sizes, peers } = surroundings
    const folder = join(directory, 'folder')
    mkdirSync(folder, { recursive: true })
    const paths = writeRandomFolder(folder, sizes.files, fileBytes, 'folder')
    const contenders: Contender[] = runnelContenders(surroundings, 'folder', (village) =>
      runnelFolder(village, surroundings, folder),
    )
    if (peers.has('nginx'))
      contenders.push(
        contender(
          'nginx',
          () => new NginxPeer(surroundings, 'folder'),
          (peer) => nginxFolder(peer, surroundings, folder, paths),
        ),
      )
    return contenders
  },
}

async function runnelFolder(village: Village, surroundings: Surroundings, folder: string): Promise<Outcome> {
  const { sizes } = surroundings
  const router = await village.router()
  const publisher = await village.publisher(router)
  const published = await timed(() => publisher.client.publish(folder))
  const again = await timed(() => publisher.client.publish(folder))
  const { link } = published.result
  const counters: Record<string, number> = {
    'publish.bytes': published.result.bytes,
    'again.newBytes': again.result.newBytes,
  }
  const costs: Record<string, number> = {}
  const speeds: Record<string, number> = {}
  for (const phase of ['cold', 'cached']) {
    if (phase === 'cached') await village.end(publisher)
    const reader = await village.reader(router)
    const output = village.path('copy')
    await settleDisk(surroundings)
    reader.beginCosts()
    router.beginCosts()
    const got = await timed(() => reader.client.get({ link, output }))
    Object.assign(costs, reader.costs(phase), router.costs(phase))
    Object.assign(counters, countersOf(phase, got.result))
    speeds[phase] = perSecond(sizes.files, got.milliseconds)
    surroundings.remove(output)
    await village.end(reader)
  }
  const values = {
    publish: perSecond(sizes.files, published.milliseconds),
    again: perSecond(sizes.files, again.milliseconds),
    ...speeds,
  }
  return { values, counters, costs }
}

async function nginxFolder(
  peer: NginxPeer,
  surroundings: Surroundings,
  folder: string,
  paths: readonly string[],
): Promise<Outcome> {
  const port = await peer.cache(await peer.origin(folder))
  const values: Record<string, number> = {}
  for (const phase of ['cold', 'cached']) {
    const output = peer.path('copy')
    mkdirSync(output)
    await settleDisk(surroundings)
    const base = `http://127.0.0.1:${port}`
    const { milliseconds } = await timed(() => fetchFolder(surroundings, base, paths, output))
    values[phase] = perSecond(paths.length, milliseconds)
    surroundings.remove(output)
  }
  return { values, counters: {}, costs: {} }
}
