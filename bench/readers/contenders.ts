// Runnel and its peers as contenders on the line: each run has a line of its own, which is gone when it ends.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, contender, type Outcome } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { type Impairment, impair } from '../impaired/index.js'
import type { Distribution } from './distribution.js'
import { HyperdriveLine } from './hyperdrive-line.js'
import { KuboLine } from './kubo-line.js'
import { NdndLine } from './ndnd-line.js'
import { ReaderLine } from './network.js'
import { NginxLine } from './nginx-line.js'
import { RunnelLine } from './runnel-line.js'

export type PeerName = 'nginx' | 'ndnd' | 'hyperdrive' | 'kubo' | 'curl'

/** What a run of one contender works with. */
export interface Setting<D = Distribution> {
  readonly surroundings: Surroundings
  readonly line: ReaderLine
  readonly distribution: D
  /** A path in a directory of its own. */
  path(name: string): string
}

type Open<D> = (surroundings: Surroundings, line: ReaderLine, directory: string) => Promise<D>
type Measure<D> = (setting: Setting<D>) => Promise<Outcome>

interface Closable {
  close(): Promise<void>
}

const opening: Readonly<Record<PeerName, { readonly needs: string; readonly open: Open<Distribution> }>> = {
  nginx: { needs: 'nginx', open: async (...given) => new NginxLine(...given) },
  /** From end to end, with nothing between but routers of the kernel's. */
  curl: { needs: 'nginx', open: async (...given) => new NginxLine(...given, { direct: true }) },
  ndnd: { needs: 'ndnd', open: (...given) => NdndLine.open(...given) },
  hyperdrive: { needs: 'hyperdrive', open: async (...given) => new HyperdriveLine(...given) },
  kubo: { needs: 'kubo', open: async (...given) => new KuboLine(...given) },
}

/** Runnel with each provider, and those of the peers that are there. */
export function lineContenders(
  surroundings: Surroundings,
  name: string,
  peers: readonly PeerName[],
  measure: Measure<Distribution>,
): Contender[] {
  return [
    ...runnelLines(surroundings, name, measure),
    ...peers
      .filter((peer) => surroundings.peers.has(opening[peer].needs))
      .map((peer) => lineContender(surroundings, name, peer, opening[peer].open, measure)),
  ]
}

/** Runnel with each provider. */
export function runnelLines(surroundings: Surroundings, name: string, measure: Measure<RunnelLine>): Contender[] {
  return surroundings.providers.map((provider) => {
    const open: Open<RunnelLine> = (given, line, directory) => RunnelLine.open(given, provider, line, directory)
    return { ...lineContender(surroundings, `${name}-${provider}`, 'runnel', open, measure), provider }
  })
}

/** Each has a number in the name of its directory: sockets of nodes there have short names. */
let directories = 0

export function lineContender<D extends Closable>(
  surroundings: Surroundings,
  name: string,
  who: string,
  open: Open<D>,
  measure: Measure<D>,
): Contender {
  return contender(
    who,
    () => new Opened<D>(surroundings, join(surroundings.directory, `${name}-${++directories}`)),
    async (opened) => measure(await opened.open(open)),
  )
}

class Opened<D extends Closable> {
  readonly #surroundings: Surroundings
  readonly #directory: string
  #line: ReaderLine | undefined
  #distribution: D | undefined
  #impairment: Impairment | undefined

  constructor(surroundings: Surroundings, directory: string) {
    this.#surroundings = surroundings
    this.#directory = directory
  }

  async open(openDistribution: Open<D>): Promise<Setting<D>> {
    const surroundings = this.#surroundings
    const line = new ReaderLine(surroundings)
    this.#line = line
    const { link, children } = surroundings
    // Before anything uses it.
    if (link !== undefined) this.#impairment = await impair(line.uplink, link, children)
    const directory = join(this.#directory, 'd')
    mkdirSync(directory, { recursive: true })
    const distribution = await openDistribution(surroundings, line, directory)
    this.#distribution = distribution
    return { surroundings, line, distribution, path: (name) => join(this.#directory, name) }
  }

  async close(): Promise<void> {
    try {
      await this.#distribution?.close()
    } finally {
      await this.#impairment?.close()
      this.#line?.close()
      this.#surroundings.remove(this.#directory)
    }
  }
}
