// The questions, each asked of every tunnel: over one cable, over one cable without UDP segmentation, and through the middle.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from '../frame/row.js'
import { type Contender, contender, type Outcome, type Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { TunnelLine, type Way } from './line.js'
import { measureDatagrams, measurePing, measureStream, untilFirstPing } from './measure.js'
import { openNebula } from './nebula.js'
import { openRunnel } from './runnel.js'
import type { OpenTunnel, Tunnel } from './tunnel.js'
import { openWireguard } from './wireguard.js'
import { openYggdrasil } from './yggdrasil.js'

const peers: Readonly<Record<string, OpenTunnel>> = {
  'wireguard-go': openWireguard,
  yggdrasil: openYggdrasil,
  nebula: openNebula,
}

/** Of the scenarios in which it is the same for all. */
const commonMtuBytes = 1420

/** Bytes of the largest packet: the same for all, or what each takes without being told. */
type Mtu = 'common' | 'own'

type Measure = (surroundings: Surroundings, line: TunnelLine, tunnel: Tunnel) => Promise<Outcome>

/** A row beside all peers, with goals against some. */
function row(title: string, measure: string, unit: string, better: Row['better'], goals: Goals = {}): Row {
  const { goal, ...times } = goals
  const against = Object.keys(peers).map((peer) => {
    const factor = times[peer as keyof typeof times]
    return factor === undefined ? { peer } : { peer, goal: factor }
  })
  return { title, measure, unit, better, against, ...(goal === undefined ? {} : { goal }) }
}

interface Goals {
  readonly goal?: number
  readonly 'wireguard-go'?: number
  readonly yggdrasil?: number
}

function scenario(
  fixed: Pick<Scenario, 'name' | 'title' | 'costS' | 'sizes' | 'rows' | 'long'>,
  way: Way,
  measure: Measure,
  mtu: Mtu = 'common',
): Scenario {
  const open = async (surroundings: Surroundings): Promise<Contender[]> => {
    const of = (peer: string, openTunnel: OpenTunnel): Contender =>
      contender(
        peer,
        () => new Opened(surroundings, way, mtu, `${fixed.name}-${peer}`),
        async (opened) => measure(surroundings, opened.line, await opened.open(openTunnel)),
      )
    const present = Object.entries(peers).filter(([peer]) => surroundings.peers.has(peer))
    return [
      { ...of('runnel', openRunnel), provider: surroundings.providers[0] ?? 'native' },
      ...present.map(([peer, openTunnel]) => of(peer, openTunnel)),
    ]
  }
  return { ...fixed, open }
}

/** A line and the tunnel on it, both gone at the end. */
class Opened {
  readonly #surroundings: Surroundings
  readonly #way: Way
  readonly #mtu: Mtu
  readonly #directory: string
  readonly line: TunnelLine
  #tunnel: Tunnel | undefined

  constructor(surroundings: Surroundings, way: Way, mtu: Mtu, name: string) {
    this.#surroundings = surroundings
    this.#way = way
    this.#mtu = mtu
    this.#directory = join(surroundings.directory, name)
    this.line = new TunnelLine(surroundings, way)
  }

  /** Open, and once answered. */
  async open(openTunnel: OpenTunnel): Promise<Tunnel> {
    const [surroundings, line, way, directory] = [this.#surroundings, this.line, this.#way, this.#directory]
    const mtuBytes = this.#mtu === 'common' ? commonMtuBytes : undefined
    mkdirSync(directory, { recursive: true })
    this.#tunnel = await openTunnel({ surroundings, line, way, directory, mtuBytes })
    await untilFirstPing(line, this.#tunnel, async () => {})
    return this.#tunnel
  }

  async close(): Promise<void> {
    await this.#tunnel?.close()
    this.line.close()
    this.#surroundings.remove(this.#directory)
  }
}

const streams: Measure = async (surroundings, line, tunnel) => {
  const values = {
    ...(await measurePing(surroundings, line, tunnel)),
    ...(await measureStream(surroundings, line, tunnel)),
    ...(await measureDatagrams(surroundings, line, tunnel)),
  }
  return { values, counters: { answered: 1 }, costs: {} }
}

const speed = (goals: Goals): Row => row('one TCP stream', 'speed', 'Mbit/s', 'higher', goals)
const processors = (goals: Goals): Row => row('CPU seconds a GB, all processes', 'cpu', 's', 'lower', goals)
const sizes = ['tunnelS', 'pings'] as const

/** All that is asked of a way. */
function rows(goals: Goals): Row[] {
  return [
    speed(goals),
    processors({ 'wireguard-go': 1.67 }),
    row('datagrams of 1200 B without loss', 'datagrams', 'thousand/s', 'higher', { 'wireguard-go': 1.5 }),
    row('ping, idle, p50', 'idle50', 'ms', 'lower', { 'wireguard-go': 1 }),
    row('ping, idle, p99', 'idle99', 'ms', 'lower'),
    row('ping beside the stream, p50', 'loaded50', 'ms', 'lower', { goal: 2 }),
    row('ping beside the stream, p99', 'loaded99', 'ms', 'lower'),
    row('resident memory at its peak, the largest process', 'resident', 'MB', 'lower', { goal: 100 }),
  ]
}

export const directScenario = scenario(
  {
    name: 'tun-direct',
    title: 'packets between two machines, over one cable',
    costS: 68,
    sizes,
    rows: rows({ 'wireguard-go': 2, yggdrasil: 3 }),
  },
  'direct',
  streams,
)

export const middleScenario = scenario(
  {
    name: 'tun-middle',
    title: 'packets through a third machine that passes them on',
    costS: 68,
    sizes,
    rows: rows({ 'wireguard-go': 2 }),
  },
  'middle',
  streams,
)

export const unsegmentedScenario = scenario(
  {
    name: 'tun-unsegmented',
    title: 'over one cable that takes each datagram by itself (`tx-udp-segmentation off`)',
    costS: 24,
    sizes,
    rows: [speed({ 'wireguard-go': 1 }), processors({})],
  },
  'direct',
  async (surroundings, line, tunnel) => {
    line.withoutSegmentation()
    const { speed, cpu } = await measureStream(surroundings, line, tunnel)
    return { values: { speed: speed as number, cpu: cpu as number }, counters: { answered: 1 }, costs: {} }
  },
)

export const ownMtuScenario = scenario(
  {
    name: 'tun-own-mtu',
    title: 'over one cable, each with the largest packet that it has by itself',
    costS: 24,
    long: true,
    sizes,
    rows: [
      speed({}),
      processors({}),
      row('ping beside the stream, p50', 'loaded50', 'ms', 'lower'),
      row('ping beside the stream, p99', 'loaded99', 'ms', 'lower'),
    ],
  },
  'direct',
  async (surroundings, line, tunnel) => {
    const values = await measureStream(surroundings, line, tunnel)
    return { values, counters: { answered: 1 }, costs: {} }
  },
  'own',
)

export const startScenario = scenario(
  {
    name: 'tun-start',
    title: 'the first ping, through a third machine',
    costS: 12,
    sizes,
    rows: [
      row('after a start of one end', 'near', 'ms', 'lower', { goal: 300 }),
      row('after a restart of the machine between', 'middle', 'ms', 'lower', { goal: 1_000 }),
    ],
  },
  'middle',
  async (_surroundings, line, tunnel) => {
    await tunnel.stop('a')
    const near = await untilFirstPing(line, tunnel, () => tunnel.start('a'))
    const middle = await untilFirstPing(line, tunnel, async () => {
      await tunnel.stop('middle')
      await tunnel.start('middle')
    })
    return { values: { near, middle }, counters: { answered: 1 }, costs: {} }
  },
)
