// Runnel on the ladder: `runnel up` at each place. A read is a call of the API at the reader's node, which has nothing of it.

import { join } from 'node:path'
import type { OpenStreamOptions } from '../../api/index.js'
import type { Surroundings } from '../frame/surroundings.js'
import { BenchNode } from '../runnel/node.js'
import type { Distribution, Reading } from './distribution.js'
import { type LadderLine, type ReaderPlace, readers } from './ladder-line.js'

const port = 7254

/** Longer than this no read of the ladder takes that goes on at all. */
const limitMs = 180_000

const dayS = 86_400

export async function openRunnel(
  surroundings: Surroundings,
  provider: string,
  line: LadderLine,
  directory: string,
  file: string,
): Promise<Distribution> {
  const up = async (place: Parameters<LadderLine['at']>[0], args: readonly string[]): Promise<BenchNode> => {
    const node = await BenchNode.up(
      { ...surroundings, children: line.at(place) },
      provider,
      place,
      join(directory, place),
      args,
    )
    nodes.push(node)
    if (args.includes('--upstream')) await node.client.wait({ for: 'neighbour', timeoutMs: limitMs })
    return node
  }
  const nodes: BenchNode[] = []
  const router = await up('router', ['--listen', `0.0.0.0:${port}`, '--root'])
  const { device } = await router.client.status()
  const upstream = (place: 'publisher' | ReaderPlace): string[] => [
    '--upstream',
    `${device}@${line.address('router', place)}:${port}`,
  ]
  const publisher = await up('publisher', upstream('publisher'))
  const { link } = await publisher.client.publish(file)
  const waiting = new Map<ReaderPlace, BenchNode>()
  for (const place of readers) waiting.set(place, await up(place, upstream(place)))
  return {
    read: async (place, wants) =>
      read(waiting.get(place) as BenchNode, link, wants === 'newest' ? {} : { maxAgeS: dayS }),
    close: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

async function read({ client }: BenchNode, link: string, options: OpenStreamOptions): Promise<Reading> {
  const startedMs = performance.now()
  const signal = AbortSignal.timeout(limitMs)
  const stream = await client.openStream(link, { ...options, signal })
  let firstMs = Number.NaN
  let bytes = 0
  for await (const piece of stream.read()) {
    if (bytes === 0) firstMs = performance.now() - startedMs
    bytes += piece.length
  }
  const { source } = stream
  return { firstMs, allMs: performance.now() - startedMs, bytes, verified: source.verified, cached: source.cached }
}
