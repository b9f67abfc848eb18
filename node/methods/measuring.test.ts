// `ping` and `trace` over what they ask: which way is told, what silence is, and where it ends.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PingAnswer, TraceHop } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import { openTestCrypto } from '../../test/provider.js'
import type { MeasuredWay } from '../packets/index.js'
import type { Measured } from '../sessions/index.js'
import { measuringMethods } from './measuring.js'

const crypto = await openTestCrypto()
const test = suite('node/measuring')
const key = (byte: number) => new Uint8Array(32).fill(byte)
const [device, other, router] = [key(1), key(2), key(3)]
const text = (device: Uint8Array) => encodeText(crypto, TextKind.device, device)

interface World {
  /** What a channel over so many links to a device comes to, and after how long; undefined: nothing. */
  readonly channel: (device: Uint8Array, hops: number) => readonly [Measured, number] | undefined
  readonly packets?: (MeasuredWay | undefined)[]
}

function lab({ channel, packets = [] }: World) {
  let nowMs = 0
  const timers: { atMs: number; act: () => void }[] = []
  const after = (delayMs: number, act: () => void) => {
    const timer = { atMs: nowMs + delayMs, act }
    timers.push(timer)
    return { cancel: () => void timers.splice(timers.indexOf(timer) >>> 0, 1) }
  }
  const time = { now: () => ({ nowMs, nowUs: nowMs * 1_000 }), after, turn: async () => {} }
  const asked: number[] = []
  const methods = measuringMethods({
    ...{ crypto, time, petnames: () => undefined },
    sessions: {
      measure: (to, hops, done) => {
        asked.push(hops)
        const outcome = channel(to, hops)
        if (outcome !== undefined) after(outcome[1], () => done(outcome[0]))
        return () => {}
      },
    },
    devicesOf: async () => [other, device],
    tunnel: { measure: async () => packets.shift() },
  })
  /** Runs a call to its end: the clock goes on when nothing else does. */
  const run = async <T>(call: Promise<T>): Promise<T> => {
    let isDone = false
    const ended = call.finally(() => {
      isDone = true
    })
    ended.catch(() => {})
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) continue
      timers.splice(timers.indexOf(next), 1)
      nowMs = next.atMs
      next.act()
    }
    return ended
  }
  return { methods, run, asked }
}

function call<T>(items: T[]) {
  const item = async (one: T) => void items.push(one)
  return { signal: new AbortController().signal, item, progress: () => {}, readInput: async () => undefined }
}

const reached = (through: Uint8Array | undefined): Measured => ({ reached: true, through })
const ended: Measured = { reached: false, reason: 'Hops' }
const away = { to: { address: Uint8Array.of(192, 0, 2, 1), port: 7 }, rttUs: 1_500 }

test('packets tell their way, and one that is lost is no reason to ask by another', async () => {
  const packets = [{ ...away, isDirect: false }, undefined, { ...away, isDirect: true }]
  const { methods, run } = lab({ channel: () => [reached(router), 20], packets })
  const items: PingAnswer[] = []
  const total = await run(methods.ping({ to: text(device), count: 3 }, call(items)))
  const to = '192.0.2.1:7'
  assert.equal(items, [
    { sequence: 1, way: 'packets', rttMs: 1.5, direct: false, through: text(router), to },
    { sequence: 2, way: 'packets' },
    { sequence: 3, way: 'packets', rttMs: 1.5, direct: true, to },
  ])
  assert.equal([total.device, total.sent, total.received], [text(device), 3, 2])
  assert.match(total.address, /^2001:20:/)
})

test('without packets each answer is a channel, and the device of a name that answers is the one', async () => {
  let answers = 0
  const { methods, run } = lab({
    channel: (to) => {
      if (to === other) return [{ reached: false, reason: 'NoRoute' }, 5]
      return ++answers === 2 ? undefined : [reached(device), 20]
    },
  })
  const items: PingAnswer[] = []
  const name = encodeText(crypto, TextKind.name, key(9))
  const total = await run(methods.ping({ to: name, count: 2, intervalMs: 100, timeoutMs: 50 }, call(items)))
  assert.equal(items, [
    { sequence: 1, way: 'channel' },
    { sequence: 2, way: 'channel', rttMs: 20 },
  ])
  assert.equal([total.device, total.received], [text(device), 1])
})

test('each node on the way is the least of three answers, and the device ends the trace', async () => {
  const delays = [30, 10, 20]
  const { methods, run, asked } = lab({
    channel: (_, hops) =>
      hops === 1 ? [ended, delays.shift() ?? 0] : hops === 2 ? [ended, 40] : [reached(router), 60],
  })
  const items: TraceHop[] = []
  const result = await run(methods.trace({ to: text(device) }, call(items)))
  assert.equal(items, [
    { hop: 1, rttMs: 10, device: text(router), reached: false },
    { hop: 2, rttMs: 40, reached: false },
    { hop: 3, rttMs: 60, device: text(device), reached: true },
  ])
  assert.equal(result, { device: text(device), hops: 3 })
  assert.equal(asked, [32, 1, 1, 1, 2, 2, 2, 3, 3, 3])
})

test('a node that does not answer is shown as that, and three in a row end the trace', async () => {
  const silentAt = (silent: readonly number[]) => {
    return lab({
      channel: (_, hops) => (silent.includes(hops) ? undefined : hops < 5 ? [ended, 1] : [reached(router), 1]),
    })
  }
  const items: TraceHop[] = []
  const one = silentAt([2, 3])
  await one.run(one.methods.trace({ to: text(device) }, call(items)))
  assert.equal(items[1], { hop: 2, reached: false })
  assert.equal(items.length, 5)
  const lost = silentAt([2, 3, 4])
  try {
    await lost.run(lost.methods.trace({ to: text(device) }, call([])))
    assert.unreachable()
  } catch (error) {
    assert.ok(error instanceof RunnelError && error.code === 'NO_ROUTE')
  }
})

test('who cannot be reached is told why, and who is nobody at all is refused', async () => {
  const { methods, run } = lab({ channel: () => [{ reached: false, reason: 'Busy' }, 1] })
  for (const [to, code] of [
    [text(device), 'NO_ROUTE'],
    ['nobody', 'BAD_NAME'],
  ] as const) {
    for (const method of [methods.ping, methods.trace]) {
      try {
        await run<unknown>(method({ to }, call<PingAnswer & TraceHop>([])))
        assert.unreachable()
      } catch (error) {
        assert.ok(error instanceof RunnelError && error.code === code, String(error))
      }
    }
  }
})

test.run()
