// nginx on the line: an origin at the publisher's, a caching proxy at each router, each before the next; `curl` reads 16
// files at once, a program one after the other over a connection that is kept. Nothing is sealed or verified.

import { join } from 'node:path'
import { type Actor, startActor } from '../frame/actor.js'
import type { Child } from '../frame/children.js'
import type { Surroundings } from '../frame/surroundings.js'
import { fetchFolder } from '../peers/curl.js'
import { cache, origin, startNginx } from '../peers/nginx-server.js'
import type { Distribution, Program, Published, Reader } from './distribution.js'
import { above, type Place, type ReaderLine, type ReaderPlace, type Router, type WriterPlace } from './network.js'

const port = 8080

/** Of curl: as many files as Runnel reads at once. */
const parallel = 16

const program = new URL('../peers/http-actor.js', import.meta.url)

export interface NginxLineOptions {
  /** Whether readers ask the origin over one connection from end to end, which the routers only pass on. */
  readonly direct?: boolean
}

export class NginxLine implements Distribution {
  readonly #surroundings: Surroundings
  readonly #line: ReaderLine
  readonly #directory: string
  readonly #direct: boolean
  readonly #servers = new Map<Place, Child>()
  readonly #actors = new Set<Actor>()

  constructor(surroundings: Surroundings, line: ReaderLine, directory: string, options: NginxLineOptions = {}) {
    this.#surroundings = surroundings
    this.#line = line
    this.#directory = directory
    this.#direct = options.direct === true
  }

  async publish(folder: string, paths: readonly string[], at: WriterPlace = 'publisher'): Promise<Published> {
    await this.#serve(at, origin(`0.0.0.0:${port}`, folder))
    if (this.#servers.has('first') || this.#direct) return { at, where: '', paths }
    for (const router of ['first', 'second', 'third'] as const) await this.start(router)
    return { at, where: '', paths }
  }

  async reader(place: ReaderPlace): Promise<Reader> {
    return {
      keeps: false,
      fetch: async ({ at, paths }, output, some) => {
        const base = `http://${this.#direct ? this.#line.address(at, 'first') : this.#line.routerOf(place)}:${port}`
        await fetchFolder({ children: this.#line.at(place) }, base, some ?? paths, output, parallel)
        return {}
      },
    }
  }

  async warm(router: Router, published: Published, paths: readonly string[]): Promise<void> {
    const warming = await this.#programAt(router)
    await warming.read(published, paths)
    await warming.close()
  }

  program(): Promise<Program> {
    return this.#programAt('reader')
  }

  endPublisher(): Promise<void> {
    return this.#end('publisher')
  }

  end(router: Router): Promise<void> {
    return this.#end(router)
  }

  async start(router: Router): Promise<void> {
    const next = above[router]
    const from = next === undefined ? this.#line.address('publisher', 'first') : this.#line.address(next, router)
    await this.#serve(router, cache(`0.0.0.0:${port}`, `${from}:${port}`), true)
  }

  pids(): number[] {
    return [...[...this.#servers.values()].map(({ pid }) => pid), ...[...this.#actors].map(({ pid }) => pid)]
  }

  async close(): Promise<void> {
    await Promise.all([...this.#actors].map((actor) => actor.stop()))
    await Promise.all([...this.#servers.values()].map((server) => server.stop()))
    this.#surroundings.remove(this.#directory)
  }

  async #serve(place: Place, serves: (directory: string) => string, again = false): Promise<void> {
    const directory = join(this.#directory, place)
    this.#servers.set(place, await startNginx(this.#line.at(place), place, directory, serves, { again }))
  }

  async #end(place: Place): Promise<void> {
    const server = this.#servers.get(place)
    this.#servers.delete(place)
    await server?.stop()
  }

  async #programAt(place: Place): Promise<Program> {
    const actor = startActor(this.#line.at(place), `HTTP client at ${place}`, program)
    this.#actors.add(actor)
    return {
      read: async (_published, paths) => {
        const server = { host: this.#line.routerOf(place), port }
        return (await actor.call<{ times: number[] }>('readPaths', { ...server, paths })).times
      },
      close: async () => {
        this.#actors.delete(actor)
        await actor.stop()
      },
    }
  }
}
