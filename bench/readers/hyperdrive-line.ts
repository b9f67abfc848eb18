// hyperdrive on the line: no router of it keeps anything, packets pass as the kernel routes them. Readers are connected with
// the publisher and with the readers before them, as its swarm would do; a copy at a router is one that was made there.

import { join } from 'node:path'
import { type Actor, startActor } from '../frame/actor.js'
import type { Surroundings } from '../frame/surroundings.js'
import type { Distribution, Program, Published, Reader } from './distribution.js'
import type { Place, ReaderLine, ReaderPlace, Router, WriterPlace } from './network.js'

const port = 4977
const file = new URL('../peers/hyperdrive-actor.js', import.meta.url)

export class HyperdriveLine implements Distribution {
  readonly #surroundings: Surroundings
  readonly #line: ReaderLine
  readonly #directory: string
  readonly #actors = new Map<string, Actor>()
  #opened = 0

  constructor(surroundings: Surroundings, line: ReaderLine, directory: string) {
    this.#surroundings = surroundings
    this.#line = line
    this.#directory = directory
  }

  async publish(folder: string, paths: readonly string[], at: WriterPlace = 'publisher'): Promise<Published> {
    const { actor, key } = await this.#drive(at)
    await actor.call('put', { folder, paths })
    await actor.call('listen', { host: '0.0.0.0', port })
    return { at, where: Buffer.from(key).toString('hex'), paths }
  }

  async reader(place: ReaderPlace, { at, where }: Published): Promise<Reader> {
    const before = place === 'other' && this.#actors.has('reader') ? (['reader'] as const) : []
    const { actor } = await this.#drive(place, where)
    for (const from of [at, ...before]) await actor.call('dial', { host: this.#line.reachableAddress(from), port })
    await actor.call('listen', { host: '0.0.0.0', port })
    return {
      keeps: true,
      fetch: async ({ paths }, output, some) => {
        await actor.call('fetch', { output, paths: some ?? paths })
        return {}
      },
    }
  }

  async warm(router: Router, { at, where }: Published, paths: readonly string[]): Promise<void> {
    const { actor } = await this.#drive(router, where)
    await actor.call('dial', { host: this.#line.reachableAddress(at), port })
    await actor.call('readPaths', { paths })
    await actor.call('listen', { host: '0.0.0.0', port })
  }

  async program(from: Router, { where }: Published): Promise<Program> {
    const { actor } = await this.#drive('reader', where)
    await actor.call('dial', { host: this.#line.reachableAddress(from), port })
    return {
      read: (_published, paths) => actor.call<number[]>('readPaths', { paths }),
      close: () => actor.stop(),
    }
  }

  async endPublisher(): Promise<void> {
    await this.#actors.get('publisher')?.stop()
    this.#actors.delete('publisher')
  }

  /** No process of it is at a router. */
  async end(): Promise<void> {}

  async start(): Promise<void> {}

  pids(): number[] {
    return [...this.#actors.values()].map(({ pid }) => pid)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#actors.values()].map((actor) => actor.stop()))
    this.#surroundings.remove(this.#directory)
  }

  async #drive(place: Place, key?: string): Promise<{ actor: Actor; key: Uint8Array }> {
    this.#opened += 1
    const actor = startActor(this.#line.at(place), `hyperdrive at ${place}`, file)
    this.#actors.set(place, actor)
    const directory = join(this.#directory, `${place}-${this.#opened}`)
    const wanted = key === undefined ? {} : { key: Uint8Array.from(Buffer.from(key, 'hex')) }
    return { actor, key: await actor.call('open', { directory, ...wanted }) }
  }
}
