// Keys: both sides get the same ones, whoever begins; and whoever says what cannot be is found out.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { toHex } from '../bytes/index.js'
import { type AgreementStep, type Generation, KeyAgreement } from './key-agreement.js'
import { REKEY_LEAST_US } from './limits.js'
import type { PacketMessage } from './wire/message.js'

const crypto = await openTestCrypto()
const test = suite('packet/key-agreement')
const devices = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const

class Side {
  readonly agreement: KeyAgreement
  readonly generations: Generation[] = []
  readonly sendable: number[] = []
  readonly used: number[] = []
  readonly sent: PacketMessage[] = []
  readonly log: AgreementStep['kind'][] = []

  constructor(own: Uint8Array, peer: Uint8Array, seed: number) {
    let drawn = seed
    const randomBytes = (count: number) => new Uint8Array(count).fill(++drawn)
    let index = seed
    this.agreement = new KeyAgreement({ crypto, own, peer, randomBytes, takeIndex: () => ++index })
  }

  drain(): void {
    for (let step = this.agreement.pollStep(); step !== undefined; step = this.agreement.pollStep()) {
      this.log.push(step.kind)
      if (step.kind === 'send') this.sent.push(step.message)
      if (step.kind === 'agreed') this.generations.push(step.generation)
      if (step.kind === 'sendable') this.sendable.push(step.number)
      if (step.kind === 'used') this.used.push(step.number)
    }
  }

  say(nowUs: number, message: PacketMessage | undefined): boolean {
    assert.ok(message !== undefined && message.type !== 'candidates')
    const isRight = this.agreement.handleMessage(nowUs, message)
    this.drain()
    return isRight
  }
}

function pair(): [Side, Side] {
  return [new Side(devices[0], devices[1], 10), new Side(devices[1], devices[0], 60)]
}

/** Delivers all that was said, in turns, until nobody says anything. */
function settle(nowUs: number, a: Side, b: Side): void {
  while (a.sent.length + b.sent.length > 0) {
    const message = a.sent.shift()
    if (message !== undefined) assert.ok(b.say(nowUs, message))
    const back = b.sent.shift()
    if (back !== undefined) assert.ok(a.say(nowUs, back))
  }
}

function assertSame(a: Generation | undefined, b: Generation | undefined): void {
  assert.ok(a !== undefined && b !== undefined)
  assert.is(a.number, b.number)
  assert.equal([a.index, a.remote], [b.remote, b.index])
  assert.equal([toHex(a.opening), toHex(a.sealing)], [toHex(b.sealing), toHex(b.opening)])
  assert.is.not(toHex(a.opening), toHex(a.sealing))
}

test('one side begins, and both have the same keys, the other way round', () => {
  const [a, b] = pair()
  a.agreement.begin(0)
  a.drain()
  settle(0, a, b)
  assertSame(a.generations[0], b.generations[0])
  assert.equal([a.sendable, b.sendable], [[1], [1]])
})

test('both begin at once, and it is one generation', () => {
  const [a, b] = pair()
  for (const side of [a, b]) {
    assert.ok(side.agreement.begin(0))
    assert.ok(side.agreement.begin(0))
    side.drain()
  }
  settle(0, a, b)
  assertSame(a.generations[0], b.generations[0])
  assert.is(a.generations.length, 1)
})

test('keys are opened before the other side is told that it may use them', () => {
  const [a, b] = pair()
  a.agreement.begin(0)
  a.drain()
  b.say(0, a.sent.shift())
  assert.equal(b.log, ['index', 'send', 'agreed', 'send'])
  assert.equal(
    b.sent.map(({ type }) => type),
    ['keys', 'ready'],
  )
})

test('each generation has keys of its own, whoever begins it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'both'), { minLength: 1, maxLength: 5 }), (who) => {
      const [a, b] = pair()
      for (const [number, one] of who.entries()) {
        const nowUs = number * REKEY_LEAST_US
        if (one !== 'b') a.agreement.begin(nowUs)
        if (one !== 'a') b.agreement.begin(nowUs)
        a.drain()
        b.drain()
        settle(nowUs, a, b)
        assertSame(a.generations[number], b.generations[number])
      }
      const keys = a.generations.flatMap(({ opening, sealing }) => [toHex(opening), toHex(sealing)])
      assert.is(new Set(keys).size, 2 * who.length)
    }),
    { numRuns: 20 },
  )
})

test('who begins again at once waits until it is time, and is answered then', () => {
  const [a, b] = pair()
  a.agreement.begin(0)
  a.drain()
  settle(0, a, b)
  a.agreement.begin(1)
  a.drain()
  assert.ok(b.say(1, a.sent.shift()))
  assert.equal(b.sent, [])
  assert.is(b.agreement.pollTimeout(), REKEY_LEAST_US)
  assert.ok(b.agreement.handleTimeout(REKEY_LEAST_US - 1))
  b.drain()
  assert.equal(b.sent, [])
  assert.ok(b.agreement.handleTimeout(REKEY_LEAST_US))
  b.drain()
  assert.is(b.agreement.pollTimeout(), undefined)
  settle(REKEY_LEAST_US, a, b)
  assertSame(a.generations[1], b.generations[1])
})

// protocol.md §21.2 MUST: A generation that is not the next one
test('what cannot be said now is found out', () => {
  const ephemeral = crypto.x25519.publicFromPrivate(new Uint8Array(32).fill(9))
  const keys = (generation: number): PacketMessage => ({ type: 'keys', generation, index: 7, ephemeral })
  const said = (...messages: PacketMessage[]): boolean => {
    const [a, b] = pair()
    a.agreement.begin(0)
    a.drain()
    settle(0, a, b)
    return messages.every((message) => b.say(1, message))
  }
  assert.ok(said(keys(2)))
  assert.not(said(keys(1)))
  assert.not(said(keys(3)))
  assert.not(said(keys(2), keys(2)))
  assert.not(said({ type: 'ready', generation: 1 }))
  assert.not(said({ type: 'ready', generation: 2 }))
  assert.ok(said({ type: 'using', generation: 1 }))
  assert.not(said({ type: 'using', generation: 1 }, { type: 'using', generation: 1 }))
  assert.not(said({ type: 'using', generation: 2 }))
  const [a] = pair()
  const zero = new Uint8Array(32)
  assert.not(a.say(0, { type: 'keys', generation: 1, index: 7, ephemeral: zero }))
  a.agreement.close()
})

test.run()
