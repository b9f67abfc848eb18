// kubo (IPFS) on the line: no router of it passes on what a reader asks for, packets pass as the kernel routes them. A reader
// is connected with the publisher and with the readers before it, whose addresses it is given; nobody looks for anybody. A
// copy at a router is one that a daemon there has fetched and keeps.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Actor, startActor } from '../frame/actor.js'
import type { Child } from '../frame/children.js'
import type { Surroundings } from '../frame/surroundings.js'
import { goProgram } from '../peers/go.js'
import { until } from '../tun/until.js'
import { type Distribution, type Program, type Published, placesOf, type Reader } from './distribution.js'
import type { Place, ReaderLine, ReaderPlace, Router, WriterPlace } from './network.js'

const port = 4001
const gatewayPort = 8080

const program = new URL('../peers/http-actor.js', import.meta.url)

/** What makes a daemon know nobody but whom it is told of: no list from outside, no search, no way through a router. */
const alone = {
  Addresses: {
    Swarm: [`/ip4/0.0.0.0/tcp/${port}`],
    API: '/ip4/127.0.0.1/tcp/5001',
    Gateway: `/ip4/127.0.0.1/tcp/${gatewayPort}`,
  },
  AutoConf: { Enabled: false },
  AutoNAT: { ServiceMode: 'disabled' },
  AutoTLS: { Enabled: false },
  Bootstrap: [],
  DNS: { Resolvers: {} },
  Discovery: { MDNS: { Enabled: false } },
  HTTPRetrieval: { Enabled: false },
  Ipns: { DelegatedPublishers: [] },
  Plugins: { Plugins: { telemetry: { Disabled: true } } },
  Provide: { Enabled: false },
  Routing: { Type: 'none', DelegatedRouters: [] },
  Swarm: { DisableNatPortMap: true, RelayClient: { Enabled: false }, RelayService: { Enabled: false } },
}

interface Daemon {
  readonly child: Child
  /** Its key, as others name it. */
  readonly peer: string
}

export class KuboLine implements Distribution {
  readonly #surroundings: Surroundings
  readonly #line: ReaderLine
  readonly #directory: string
  readonly #daemons = new Map<Place, Daemon>()
  readonly #actors = new Set<Actor>()

  constructor(surroundings: Surroundings, line: ReaderLine, directory: string) {
    this.#surroundings = surroundings
    this.#line = line
    this.#directory = directory
  }

  async publish(folder: string, paths: readonly string[], at: WriterPlace = 'publisher'): Promise<Published> {
    await this.#daemon(at)
    const root = await this.#tell(at, ['add', '--recursive', '--quieter', '--progress=false', folder])
    return { at, where: root.trim(), paths }
  }

  async reader(place: ReaderPlace, { at }: Published): Promise<Reader> {
    const before = place === 'other' && this.#daemons.has('reader') ? (['reader'] as const) : []
    await this.#daemon(place)
    for (const from of [at, ...before]) await this.#connect(place, from)
    return {
      keeps: true,
      fetch: async (published, output, some) => {
        const all = placesOf(published, output, some)
        await Promise.all(
          all.map(({ from, to }) => this.#tell(place, ['get', '--progress=false', `--output=${to}`, from])),
        )
        return {}
      },
    }
  }

  async warm(router: Router, published: Published, paths: readonly string[]): Promise<void> {
    await this.#daemon(router)
    await this.#connect(router, published.at)
    const warming = await this.#programAt(router)
    await warming.read(published, paths)
    await warming.close()
  }

  async program(from: Router): Promise<Program> {
    await this.#daemon('reader')
    await this.#connect('reader', from)
    return this.#programAt('reader')
  }

  endPublisher(): Promise<void> {
    return this.#end('publisher')
  }

  /** No daemon at a router has a part in what others read. */
  async end(): Promise<void> {}

  async start(): Promise<void> {}

  pids(): number[] {
    return [...[...this.#daemons.values()].map(({ child }) => child.pid), ...[...this.#actors].map(({ pid }) => pid)]
  }

  async close(): Promise<void> {
    await Promise.all([...this.#actors].map((actor) => actor.stop()))
    await Promise.all([...this.#daemons.keys()].map((place) => this.#end(place)))
    this.#surroundings.remove(this.#directory)
  }

  /** One that runs there, with an empty store when it is the first time. */
  async #daemon(place: Place): Promise<void> {
    if (this.#daemons.has(place)) return
    await this.#tell(place, ['init'])
    const file = join(this.#home(place), 'config')
    const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, object> & { Identity: { PeerID: string } }
    writeFileSync(file, JSON.stringify({ ...config, ...alone }))
    const environment = this.#environment(place)
    const child = this.#line.start(place, `kubo (${place})`, goProgram('ipfs'), ['daemon'], environment)
    this.#daemons.set(place, { child, peer: config.Identity.PeerID })
    await until(() => child.output.includes('Daemon is ready'), child)
  }

  async #connect(from: Place, to: Place): Promise<void> {
    const peer = this.#daemons.get(to)?.peer
    await this.#tell(from, ['swarm', 'connect', `/ip4/${this.#line.reachableAddress(to)}/tcp/${port}/p2p/${peer}`])
  }

  /** Runs a command there to its end; gives what it says. */
  #tell(place: Place, args: readonly string[]): Promise<string> {
    const env = { ...process.env, ...this.#environment(place) }
    return this.#line.at(place).finish(`ipfs ${args[0]} at ${place}`, goProgram('ipfs'), args, { env })
  }

  #environment(place: Place): NodeJS.ProcessEnv {
    return { IPFS_PATH: this.#home(place), IPFS_TELEMETRY: 'off' }
  }

  #home(place: Place): string {
    return join(this.#directory, place)
  }

  async #end(place: Place): Promise<void> {
    const daemon = this.#daemons.get(place)
    this.#daemons.delete(place)
    await daemon?.child.stop()
  }

  /** Objects come from the daemon at the same place, over HTTP and one connection that is kept. */
  async #programAt(place: Place): Promise<Program> {
    const actor = startActor(this.#line.at(place), `HTTP client at ${place}`, program)
    this.#actors.add(actor)
    return {
      read: async ({ where }, paths) => {
        const asked = { port: gatewayPort, paths: paths.map((path) => `ipfs/${where}/${path}`) }
        return (await actor.call<{ times: number[] }>('readPaths', asked)).times
      },
      close: async () => {
        this.#actors.delete(actor)
        await actor.stop()
      },
    }
  }
}
