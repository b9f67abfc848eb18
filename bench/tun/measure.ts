// What is measured of a tunnel: one TCP stream with its processors and a ping beside it, datagrams without loss, an idle
// ping, and how soon the first ping is answered.

import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMs, peakBytes } from '../frame/process-facts.js'
import type { Figures } from '../frame/scenario.js'
import { percentile } from '../frame/statistics.js'
import type { Surroundings } from '../frame/surroundings.js'
import type { TunnelLine } from './line.js'
import type { Tunnel } from './tunnel.js'

/** Of the stream inside, for all: the ranks depend on it, and BBR flatters a ping beside a download. */
const congestionControl = 'cubic'

const datagramBytes = 1200

/** Lost datagrams that count as none: a socket's buffer that filled once. */
const noLoss = 0.001

/** Datagrams a second with which the search begins, and how often it halves what is between the last good and bad rate. */
const firstRate = 8_000
const halvings = 3

/** After which a first ping is given up. */
const firstPingMs = 60_000

/** Gbit/s, CPU seconds a GB, and a ping beside it. */
export async function measureStream(surroundings: Surroundings, line: TunnelLine, tunnel: Tunnel): Promise<Figures> {
  const seconds = surroundings.sizes.tunnelS
  await iperf(line, tunnel, ['-t', '1'])
  const before = processors(tunnel)
  const pinging = ping(line, tunnel.address, Math.max(10, Math.round((seconds - 1) * 20)), 0.05)
  const { end } = await iperf(line, tunnel, ['-t', String(seconds)])
  const used = processors(tunnel) - before
  const times = await pinging
  const bytes = end.sum_received.bytes
  return {
    speed: end.sum_received.bits_per_second / 1e6,
    cpu: used / 1e3 / (bytes / 1e9),
    loaded50: percentile(times, 0.5),
    loaded99: percentile(times, 0.99),
    resident: Math.max(...tunnel.processes().map(({ pid }) => peakBytes(pid))) / 1e6,
  }
}

/** Thousands of datagrams a second, the most that lose nothing: doubled until one rate loses twice, then halved between. */
export async function measureDatagrams(surroundings: Surroundings, line: TunnelLine, tunnel: Tunnel): Promise<Figures> {
  const seconds = Math.max(1, Math.round(surroundings.sizes.tunnelS / 3))
  let good = 0
  let rate = firstRate
  while ((await passes(line, tunnel, rate, seconds)) && rate < 1_000_000) {
    good = rate
    rate *= 2
  }
  let bad = rate
  for (let halved = 0; halved < halvings; halved += 1) {
    const middle = (good + bad) / 2
    if (await passes(line, tunnel, middle, seconds)) good = middle
    else bad = middle
  }
  return { datagrams: good / 1e3 }
}

/** Whether so many a second arrive, in one of two attempts; not when the sender does not reach the rate. */
async function passes(line: TunnelLine, tunnel: Tunnel, rate: number, seconds: number): Promise<boolean> {
  const bits = String(Math.round(rate * datagramBytes * 8))
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const args = ['-u', '-b', bits, '-l', String(datagramBytes), '-t', String(seconds), '-w', '1M']
    const { packets, seconds: took, lost_percent: lost } = (await iperf(line, tunnel, args)).end.sum
    if (packets / took < 0.95 * rate) return false
    if (lost / 100 <= noLoss) return true
  }
  return false
}

/** Milliseconds of a ping with nothing beside it. */
export async function measurePing(surroundings: Surroundings, line: TunnelLine, tunnel: Tunnel): Promise<Figures> {
  const times = await ping(line, tunnel.address, surroundings.sizes.pings, 0.02)
  return { idle50: percentile(times, 0.5), idle99: percentile(times, 0.99) }
}

/** Milliseconds from `begin`, which starts a process, to the first answer. */
export async function untilFirstPing(line: TunnelLine, tunnel: Tunnel, begin: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await begin()
  for (;;) {
    if ((await ping(line, tunnel.address, 1, 1)).length > 0) return performance.now() - startMs
    if (performance.now() - startMs > firstPingMs) throw new Error(`no ping was answered within ${firstPingMs} ms`)
    await sleep(5)
  }
}

function processors(tunnel: Tunnel): number {
  return tunnel.processes().reduce((sum, { pid }) => sum + cpuMs(pid), 0)
}

/** Round trip times of what was answered. */
async function ping(line: TunnelLine, address: string, count: number, intervalS: number): Promise<number[]> {
  const wait = count === 1 ? ['-W', '0.1'] : ['-W', '1']
  const args = ['-6', '-n', '-c', String(count), '-i', String(intervalS), ...wait, address]
  const child = line.start('a', 'ping', 'ping', args)
  await child.ended
  return [...child.output.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time))
}

interface Report {
  readonly error?: string
  readonly end: {
    readonly sum: { readonly packets: number; readonly seconds: number; readonly lost_percent: number }
    readonly sum_received: { readonly bytes: number; readonly bits_per_second: number }
  }
}

async function iperf(line: TunnelLine, tunnel: Tunnel, args: readonly string[]): Promise<Report> {
  const server = line.start('b', 'iperf3', 'iperf3', ['-s', '-1', '-B', tunnel.address])
  try {
    // It says nothing when it listens.
    await sleep(300)
    const stream = args.includes('-u') ? [] : ['-C', congestionControl]
    const client = line.start('a', 'iperf3', 'iperf3', ['-c', tunnel.address, '-J', ...stream, ...args])
    await client.ended
    const report = JSON.parse(client.output) as Report
    if (report.error !== undefined) throw new Error(`iperf3: ${report.error}`)
    return report
  } finally {
    await server.stop()
  }
}
