// Runnel on the line: `runnel up` everywhere, each router the upstream of the next.

import { join } from 'node:path'
import { type Actor, startActor } from '../frame/actor.js'
import type { Surroundings } from '../frame/surroundings.js'
import { BenchNode, profiling } from '../runnel/node.js'
import { type Distribution, type Program, type Published, placesOf, type Reader } from './distribution.js'
import { above, type Place, type ReaderLine, type ReaderPlace, type Router, type WriterPlace } from './network.js'

const port = 7254
const program = new URL('../runnel/embedded-actor.js', import.meta.url)

export class RunnelLine implements Distribution {
  readonly #surroundings: Surroundings
  readonly #provider: string
  readonly #line: ReaderLine
  readonly #directory: string
  readonly #nodes = new Map<Place, BenchNode>()
  readonly #actors = new Set<Actor>()
  readonly #devices = new Map<Place, string>()

  private constructor(surroundings: Surroundings, provider: string, line: ReaderLine, directory: string) {
    this.#surroundings = surroundings
    this.#provider = provider
    this.#line = line
    this.#directory = directory
  }

  /** The routers run, each a neighbour of the next. */
  static async open(
    surroundings: Surroundings,
    provider: string,
    line: ReaderLine,
    directory: string,
  ): Promise<RunnelLine> {
    const opened = new RunnelLine(surroundings, provider, line, directory)
    for (const router of ['first', 'second', 'third'] as const) await opened.start(router)
    return opened
  }

  async publish(folder: string, paths: readonly string[], at: WriterPlace = 'publisher'): Promise<Published> {
    const node = this.#nodes.get(at) ?? (await this.#up(at))
    const { link } = await node.client.publish(folder)
    return { at, where: link, paths }
  }

  async reader(place: ReaderPlace): Promise<Reader> {
    const { client } = await this.#up(place)
    return {
      keeps: true,
      fetch: async (published, output, some) => {
        const all = placesOf(published, output, some)
        const got = await Promise.all(all.map(({ from, to }) => client.get({ link: from, output: to })))
        return { verified: got.every(({ verified }) => verified) ? 1 : 0 }
      },
    }
  }

  async warm(router: Router, published: Published, paths: readonly string[]): Promise<void> {
    const warming = await this.#programAt(router, router)
    await warming.read(published, paths)
    await warming.close()
  }

  program(): Promise<Program> {
    return this.#programAt('reader', 'third')
  }

  endPublisher(): Promise<void> {
    return this.#end('publisher')
  }

  end(router: Router): Promise<void> {
    return this.#end(router)
  }

  async start(router: Router): Promise<void> {
    await this.#up(router, router === 'first' ? ['--root'] : [])
  }

  pids(): number[] {
    return [...[...this.#nodes.values()].map(({ child }) => child.pid), ...[...this.#actors].map(({ pid }) => pid)]
  }

  /** As what somebody at a place has a router as upstream. */
  upstreamOf(place: Place, router: Router): string {
    const address = place === router ? '127.0.0.1' : this.#line.address(router, place)
    return `${this.#devices.get(router)}@${address}:${port}`
  }

  async close(): Promise<void> {
    await Promise.all([...this.#actors].map((actor) => actor.stop()))
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()))
    this.#surroundings.remove(this.#directory)
  }

  async #end(place: Place): Promise<void> {
    const node = this.#nodes.get(place)
    this.#nodes.delete(place)
    await node?.stop()
  }

  async #up(place: Place, role: readonly string[] = []): Promise<BenchNode> {
    const surroundings = { ...this.#surroundings, children: this.#line.at(place) }
    const upstream = above[place]
    const args = [
      ...(place === 'first' || place === 'second' || place === 'third' ? ['--listen', `0.0.0.0:${port}`] : []),
      ...(upstream === undefined ? [] : ['--upstream', this.upstreamOf(place, upstream)]),
      ...role,
    ]
    const node = await BenchNode.up(surroundings, this.#provider, place, join(this.#directory, place), args)
    this.#nodes.set(place, node)
    this.#devices.set(place, (await node.client.status()).device)
    if (upstream !== undefined) await node.client.wait({ for: 'neighbour', timeoutMs: 30_000 })
    return node
  }

  /** A node inside of a program at a place, behind that router. */
  async #programAt(place: Place, router: Router): Promise<Program> {
    const actor = startActor(this.#line.at(place), `program at ${place} (embedded)`, program, {
      environment: { RUNNEL_CRYPTO: this.#provider },
      nodeOptions: profiling(this.#surroundings, `program-${place}`),
    })
    this.#actors.add(actor)
    const home = join(this.#directory, `program-${place}`)
    await actor.call('open', { home, upstream: this.upstreamOf(place, router) })
    return {
      read: async ({ where }, paths) =>
        (await actor.call<{ times: number[] }>('readPaths', { link: where, paths })).times,
      close: async () => {
        this.#actors.delete(actor)
        await actor.stop()
      },
    }
  }
}
