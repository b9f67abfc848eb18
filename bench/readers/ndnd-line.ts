// NDN on the line: ndnd's forwarder everywhere, each with a connection over TCP and a route to the next; objects are made,
// announced and read with ndnd's own library (bench/peers/go/ndnd/objects). Packets carry a digest and no signature.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../frame/children.js'
import type { Surroundings } from '../frame/surroundings.js'
import { goProgram } from '../peers/go.js'
import { until } from '../tun/until.js'
import type { Distribution, Program, Published, Reader } from './distribution.js'
import { above, type Place, type ReaderLine, type ReaderPlace, type Router, type WriterPlace } from './network.js'

const port = 6363
const prefix = '/bench'

/** As many files as Runnel reads at once. */
const parallel = 16

/** Threads of a forwarder, and packets that each one's store keeps: the most that its 16 bits count. */
const threads = 4
const storePackets = 65_535

export class NdndLine implements Distribution {
  readonly #surroundings: Surroundings
  readonly #line: ReaderLine
  readonly #directory: string
  readonly #forwarders = new Map<Place, Child>()
  readonly #makers = new Map<Place, Child>()

  private constructor(surroundings: Surroundings, line: ReaderLine, directory: string) {
    this.#surroundings = surroundings
    this.#line = line
    this.#directory = directory
  }

  /** Forwarders run at the publisher's and at the routers. */
  static async open(surroundings: Surroundings, line: ReaderLine, directory: string): Promise<NdndLine> {
    const opened = new NdndLine(surroundings, line, directory)
    for (const place of ['publisher', 'first', 'second', 'third'] as const) await opened.#forward(place)
    return opened
  }

  async publish(folder: string, paths: readonly string[], at: WriterPlace = 'publisher'): Promise<Published> {
    const maker = this.#run(at, 'NDN objects', ['serve', prefix, folder])
    this.#makers.set(at, maker)
    while (!maker.output.includes('ready')) {
      if (!maker.alive) throw new Error(`the objects were not made:\n${maker.output}`)
      await sleep(10)
    }
    return { at, where: prefix, paths }
  }

  async reader(place: ReaderPlace): Promise<Reader> {
    await this.#forward(place)
    return {
      // Its forwarder does.
      keeps: true,
      fetch: async ({ paths }, output, some) => {
        await this.#fetch(place, some ?? paths, output, parallel)
        return {}
      },
    }
  }

  async warm(router: Router, _published: Published, paths: readonly string[]): Promise<void> {
    await this.#fetch(router, paths, '-', 1)
  }

  async program(): Promise<Program> {
    if (!this.#forwarders.has('reader')) await this.#forward('reader')
    return {
      read: async (_published, paths) => (await this.#fetch('reader', paths, '-', 1)).times,
      close: async () => {},
    }
  }

  async endPublisher(): Promise<void> {
    await this.#makers.get('publisher')?.stop()
    this.#makers.delete('publisher')
  }

  async end(router: Router): Promise<void> {
    await this.#forwarders.get(router)?.stop()
    this.#forwarders.delete(router)
  }

  start(router: Router): Promise<void> {
    return this.#forward(router)
  }

  pids(): number[] {
    return [...this.#forwarders.values(), ...this.#makers.values()].map(({ pid }) => pid)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#makers.values()].map((maker) => maker.stop()))
    await Promise.all([...this.#forwarders.values()].map((forwarder) => forwarder.stop()))
    this.#surroundings.remove(this.#directory)
  }

  /** A forwarder with a route to the next one on the way to the publisher. */
  async #forward(place: Place): Promise<void> {
    const file = join(this.#directory, `${place}.yml`)
    // JSON is YAML.
    writeFileSync(
      file,
      JSON.stringify({
        core: { log_level: 'ERROR' },
        faces: {
          udp: { enabled_unicast: false, enabled_multicast: false },
          tcp: { enabled: true, port_unicast: port, reconnect_interval: 1 },
          unix: { enabled: true, socket_path: this.#socket(place) },
          websocket: { enabled: false },
        },
        fw: { threads },
        tables: { content_store: { capacity: storePackets, admit: true, serve: true, replacement_policy: 'lru' } },
      }),
    )
    const forwarder = this.#line.start(place, `ndnd (${place})`, goProgram('ndnd'), ['fw', 'run', file])
    this.#forwarders.set(place, forwarder)
    const next = place === 'first' ? 'publisher' : above[place]
    if (place === 'publisher' || place === 'rival' || next === undefined) {
      await until(() => this.#control(place, 'face-list'), forwarder)
      return
    }
    const face = `face=tcp4://${this.#line.address(next, place)}:${port}`
    await until(() => this.#control(place, 'route-add', `prefix=${prefix}`, 'persistency=permanent', face), forwarder)
  }

  #socket(place: Place): string {
    return join(this.#directory, `${place}.sock`)
  }

  /** Whether a forwarder did what it was told. */
  #control(place: Place, ...args: string[]): boolean {
    try {
      const all = ['netns', 'exec', this.#line.namespace(place), goProgram('ndnd'), 'fw', ...args]
      const env = { ...process.env, NDN_CLIENT_TRANSPORT: `unix://${this.#socket(place)}` }
      execFileSync('ip', all, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      return true
    } catch {
      return false
    }
  }

  #run(place: Place, name: string, args: readonly string[]): Child {
    return this.#line.at(place).start(name, goProgram('ndn-objects'), args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NDN_CLIENT_TRANSPORT: `unix://${this.#socket(place)}` },
    })
  }

  async #fetch(place: Place, paths: readonly string[], output: string, atOnce: number): Promise<Fetched> {
    const fetching = this.#run(place, `NDN reader at ${place}`, ['fetch', prefix, output, String(atOnce)])
    fetching.process.stdin?.end(paths.map((path) => `${path}\n`).join(''))
    await fetching.ended
    if (fetching.process.exitCode !== 0) throw new Error(`${fetching.name}:\n${fetching.output}`)
    return JSON.parse(fetching.output) as Fetched
  }
}

interface Fetched {
  readonly times: readonly number[]
  readonly bytes: number
}
