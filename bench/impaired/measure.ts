// What a link really does, measured by programs that know nothing of its profile: ping for the way there and back, iperf3 and
// the kernel's counters for the rate each way.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Child, Children } from '../frame/children.js'
import type { Row } from '../frame/row.js'
import type { Sizes } from '../frame/sizes.js'
import { addressOf, type Cable, entering, type Plug, receivedBytes } from './inside.js'
import type { LinkProfile } from './profiles.js'

export interface LinkFacts {
  readonly pings: number
  /** Of pings, there and back; NaN where none came back. */
  readonly rttMedianMs: number
  readonly rttP99Ms: number
  readonly lostPercent: number
  /** Of UDP, with all headers, in the best second while more was sent than fits; NaN where it was not asked for, or iperf3 could not begin. */
  readonly downKilobitsPerSecond: number
  readonly upKilobitsPerSecond: number
}

/** How long it is looked at; `linkS` of each direction, 0 or at least 2. */
export type MeasureSizes = Partial<Pick<Sizes, 'linkPings' | 'linkS'>>

/** Every 25 ms: little beside 256 kbit/s. */
const gapS = 0.025
/** Longer than any round trip of the ladder with its buffers full. */
const patienceS = 5
/** For iperf3 to agree with its server, over the link itself. */
const agreeingS = 15
const sampleMs = 100
/** How much more is sent than the profile lets through. */
const excess = 1.2

/** Takes some seconds. */
export async function measureLink(
  { near, far }: Cable,
  { down, up }: LinkProfile,
  children: Children,
  { linkPings: pings = 100, linkS: seconds = 2 }: MeasureSizes = {},
): Promise<LinkFacts> {
  // The first one asks for link addresses too.
  await startAt(children, near, 'ping', ['-c', '1', '-W', String(patienceS), addressOf(far)]).ended
  const asked = ['-n', '-c', String(pings), '-i', String(gapS), '-W', String(patienceS), addressOf(far)]
  const ping = startAt(children, near, 'ping', asked)
  await ping.ended
  const times = [...ping.output.matchAll(/time=([\d.]+) ms/g)].map(([, ms]) => Number(ms)).sort((a, b) => a - b)
  return {
    pings,
    rttMedianMs: times[Math.floor(times.length / 2)] ?? Number.NaN,
    rttP99Ms: times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN,
    lostPercent: (100 * (pings - times.length)) / pings,
    downKilobitsPerSecond: await measureRate(children, far, near, down.kilobitsPerSecond, seconds),
    upKilobitsPerSecond: await measureRate(children, near, far, up.kilobitsPerSecond, seconds),
  }
}

async function measureRate(
  children: Children,
  from: Plug,
  to: Plug,
  expected: number,
  seconds: number,
): Promise<number> {
  if (seconds === 0) return Number.NaN
  const server = startAt(children, to, 'iperf3', ['-s', '-1', '--forceflush', '-B', addressOf(to)])
  await listening(server)
  const flow = ['-u', '-l', '1400', '-b', `${Math.ceil(expected * excess)}k`, '-t', String(seconds)]
  const sender = startAt(children, from, 'iperf3', ['-c', addressOf(to), '--forceflush', ...flow])
  const samples: { readonly atMs: number; readonly bytes: number }[] = []
  const endMs = performance.now() + 1000 * (agreeingS + seconds)
  while (sender.alive && performance.now() < endMs) {
    samples.push({ atMs: performance.now(), bytes: receivedBytes(to) })
    await sleep(sampleMs)
  }
  await Promise.all([sender.stop(), server.stop()])
  // It tells of a second that has passed only when both had agreed, and datagrams followed.
  return /bits\/sec/.test(sender.output) ? bestSecond(samples) : Number.NaN
}

/** kbit/s between two samples that are a second apart. */
function bestSecond(samples: readonly { readonly atMs: number; readonly bytes: number }[]): number {
  const rates = samples.flatMap(({ atMs, bytes }) => {
    const later = samples.find((other) => other.atMs >= atMs + 1000)
    return later === undefined ? [] : [(8 * (later.bytes - bytes)) / (later.atMs - atMs)]
  })
  return rates.length === 0 ? Number.NaN : Math.max(...rates)
}

function startAt(children: Children, { namespace }: Plug, command: string, args: readonly string[]): Child {
  const [enter = '', ...entered] = entering(namespace)
  return children.start(command, enter, [...entered, command, ...args])
}

function listening(server: Child): Promise<void> {
  return new Promise((resolve) => {
    server.process.stdout?.on('data', () => server.output.includes('listening') && resolve())
    void server.ended.then(resolve)
  })
}

/** As figures of a run, by the names of `linkRows`. */
export function figuresOf(facts: LinkFacts): Record<string, number> {
  return {
    'link.rtt50': facts.rttMedianMs,
    'link.rtt99': facts.rttP99Ms,
    'link.lost': facts.lostPercent,
    'link.down': facts.downKilobitsPerSecond / 1000,
    'link.up': facts.upKilobitsPerSecond / 1000,
  }
}

/** What stands beside the figures of whatever ran over the link. */
export const linkRows: readonly Row[] = [
  { title: 'the link as measured: ping, median', measure: 'link.rtt50', unit: 'ms', better: 'lower' },
  { title: 'the link as measured: ping, p99', measure: 'link.rtt99', unit: 'ms', better: 'lower' },
  { title: 'the link as measured: pings lost', measure: 'link.lost', unit: '%', better: 'lower' },
  { title: 'the link as measured: down', measure: 'link.down', unit: 'Mbit/s', better: 'higher' },
  { title: 'the link as measured: up', measure: 'link.up', unit: 'Mbit/s', better: 'higher' },
]
