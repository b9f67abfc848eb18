// Router, publisher and readers of one run, each with a home of its own that is deleted with it.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../api/index.js'
import { type Contender, contender, type Outcome } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { BenchNode } from './node.js'

const anyPort = ['--listen', '127.0.0.1:0']

export class Village {
  readonly #surroundings: Surroundings
  readonly provider: string
  readonly #directory: string
  readonly #nodes = new Set<BenchNode>()

  constructor(surroundings: Surroundings, provider: string, name: string) {
    this.#surroundings = surroundings
    this.provider = provider
    this.#directory = join(surroundings.directory, `${name}-${provider}`)
    rmSync(this.#directory, { recursive: true, force: true })
    mkdirSync(this.#directory, { recursive: true })
  }

  path(name: string): string {
    return join(this.#directory, name)
  }

  /** A root that others start with. */
  router(args: readonly string[] = []): Promise<BenchNode> {
    return this.up('router', [...anyPort, '--root', ...args])
  }

  /** Has an upstream, and listens, so that a reader can be its only neighbour. */
  publisher(router: BenchNode | undefined): Promise<BenchNode> {
    return this.up('publisher', [...anyPort, ...upstreamArgs(router)])
  }

  reader(upstream: BenchNode, role = 'reader', args: readonly string[] = []): Promise<BenchNode> {
    return this.up(role, [...upstreamArgs(upstream), ...args])
  }

  async up(role: string, args: readonly string[]): Promise<BenchNode> {
    const node = await BenchNode.up(this.#surroundings, this.provider, role, this.path(role), args)
    this.#nodes.add(node)
    if (args.includes('--upstream')) await node.client.wait({ for: 'neighbour', timeoutMs: 10_000 })
    return node
  }

  /** Stops a node and deletes what it had. */
  async end(node: BenchNode): Promise<void> {
    this.#nodes.delete(node)
    await node.stop()
    this.#surroundings.remove(node.home)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#nodes].map((node) => node.stop()))
    this.#nodes.clear()
    this.#surroundings.remove(this.#directory)
  }
}

/** Runnel with each provider; every run has a village of its own. */
export function runnelContenders(
  surroundings: Surroundings,
  name: string,
  measure: (village: Village) => Promise<Outcome>,
): Contender[] {
  return surroundings.providers.map((provider) => ({
    ...contender('runnel', () => new Village(surroundings, provider, name), measure),
    provider,
  }))
}

function upstreamArgs(node: BenchNode | undefined): string[] {
  return node?.upstream === undefined ? [] : ['--upstream', node.upstream]
}

/** What a `get` must have counted, and where the bytes came from. */
export function countersOf(phase: string, got: Result<'get'>): Record<string, number> {
  const counters: Record<string, number> = {
    [`${phase}.files`]: got.files,
    [`${phase}.bytes`]: got.bytes,
    [`${phase}.verified`]: got.verified ? 1 : 0,
    [`${phase}.reusedBytes`]: got.reusedBytes,
  }
  for (const { hop, cached, bytes } of got.sources) {
    const place = hop === 0 ? 'own' : `hop${hop}${cached ? 'Cached' : 'Writer'}`
    counters[`${phase}.${place}Bytes`] = (counters[`${phase}.${place}Bytes`] ?? 0) + bytes
  }
  return counters
}
