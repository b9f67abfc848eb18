// An uplink that gets another address: what hangs on the old one is cut at once, the rest stays, and nobody waits to dial.

import { EventEmitter } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import type { ByteSocket, HostPort, Time } from '../outside.js'
import { Carrier } from './carrier.js'
import { hangingDialMs, redialFirstMs, redialGrowth } from './limits.js'

const crypto = await openTestCrypto()
const test = suite('carrier/moving')
const oldAddress = Uint8Array.of(10, 0, 0, 2)

class DialledSocket extends EventEmitter implements ByteSocket {
  readonly to: HostPort
  localAddress: string | undefined
  destroyed = false
  readonly writableLength = 0

  constructor(to: HostPort) {
    super()
    this.to = to
  }

  open(localAddress: string): void {
    this.localAddress = localAddress
    this.emit('connect')
  }

  destroy(error?: Error): void {
    if (this.destroyed) return
    this.destroyed = true
    if (error !== undefined) this.emit('error', error)
    this.emit('close')
  }

  destroySoon(): void {
    this.destroy()
  }

  write(): void {}
  cork(): void {}
  uncork(): void {}
  setNoDelay(): void {}
}

/** A node that dials two upstreams, on a clock that the test moves; its timers go off when the test says so. */
function dialling() {
  const dialled: DialledSocket[] = []
  const timers = new Set<{ delayMs: number; callback: () => void }>()
  const clock = { nowMs: 0 }
  const time: Time = {
    now: () => ({ nowUs: clock.nowMs * 1000, nowMs: clock.nowMs }),
    after: (delayMs, callback) => {
      const timer = { delayMs, callback }
      timers.add(timer)
      return { cancel: () => timers.delete(timer) }
    },
    turn: () => Promise.resolve(),
  }
  const sockets = {
    connect: (to: HostPort) => {
      const socket = new DialledSocket(to)
      dialled.push(socket)
      return socket
    },
    listen: () => Promise.reject(new Error('is not asked')),
  }
  const randomBytes = (count: number): Uint8Array => new Uint8Array(count)
  const ignore = (): void => {}
  const deviceSeed = new Uint8Array(32).fill(9)
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  const carrier = new Carrier(
    {
      outside: { time, sockets, randomBytes },
      crypto,
      device,
      deviceSeed,
      admit: undefined,
      log: ignore,
      handleEnded: ignore,
    },
    {
      rank: 0,
      handleUp: ignore,
      handleFrame: ignore,
      handleDelivered: ignore,
      settle: ignore,
      handleDown: ignore,
    },
  )
  for (const [host, seed] of [
    ['192.0.2.1', 1],
    ['192.0.2.2', 2],
  ] as const) {
    carrier.addUpstream({ device: crypto.ed25519.publicKeyFromSeed(new Uint8Array(32).fill(seed)), host, port: 7254 })
  }
  return { carrier, dialled, timers, clock }
}

test('a connection from an address that is gone is cut at once, and one from another stays', () => {
  const { carrier, dialled } = dialling()
  const [first, second] = dialled
  first?.open('10.0.0.2')
  second?.open('10.0.0.9')
  carrier.handleAddresses([Uint8Array.of(10, 0, 0, 5)])
  assert.equal([first?.destroyed, second?.destroyed], [false, false])
  carrier.handleAddresses([oldAddress])
  assert.equal([first?.destroyed, second?.destroyed], [true, false])
  assert.equal(
    dialled.slice(2).map(({ to }) => to.host),
    ['192.0.2.1'],
    'and is dialled again without waiting',
  )
})

test('an address of IPv4 counts also where a socket has it as one of IPv6', () => {
  const { carrier, dialled } = dialling()
  dialled[0]?.open('::ffff:10.0.0.2')
  carrier.handleAddresses([oldAddress])
  assert.is(dialled[0]?.destroyed, true)
})

test('an upstream that waits for its next try is dialled at once, and from its shortest wait again', () => {
  const { carrier, dialled, timers } = dialling()
  for (let round = 0; round < 4; round += 1) {
    dialled.at(-1)?.destroy(new Error('no way'))
    const waits = [...timers].filter(({ delayMs }) => delayMs === redialFirstMs * redialGrowth ** round)
    assert.is(waits.length, 1)
    if (round < 3) for (const wait of waits) wait.callback()
  }
  const before = dialled.length
  carrier.handleAddresses([])
  assert.is(dialled.length, before + 1)
  dialled.at(-1)?.destroy(new Error('no way'))
  assert.ok([...timers].some(({ delayMs }) => delayMs === redialFirstMs))
})

test('an attempt that hangs is begun anew, and a fresh one goes on', () => {
  const { carrier, dialled, clock } = dialling()
  carrier.handleAddresses([])
  assert.equal(
    dialled.map(({ destroyed }) => destroyed),
    [false, false],
  )
  clock.nowMs = hangingDialMs
  carrier.handleAddresses([])
  assert.equal(
    dialled.map(({ destroyed }) => destroyed),
    [true, true],
  )
})

test.run()
