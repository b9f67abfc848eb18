// A session between two machines under virtual time: bytes once and in order over whatever happens to its channels, limits
// that hold a writer back, and ends that both sides see.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { ACK_DELAY_US, FIRST_ROOM_BYTES, KEEP_US, MAX_UNACKNOWLEDGED_BYTES, RESUME_US } from './limits.js'
import { kinds, Pair } from './testing/pair.js'

const test = suite('session/machine')
const crypto = await openTestCrypto()

function patterned(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + seed + (index >> 8)) & 0xff)
}

test('what each side writes comes out on the other, and both see the end when both have ended', () => {
  const pair = new Pair(crypto)
  pair.write(pair.initiator, patterned(200_000))
  pair.write(pair.responder, patterned(100, 3))
  pair.run(1_000_000)
  assert.equal(Uint8Array.from(pair.responder.bytes), patterned(200_000))
  assert.equal(Uint8Array.from(pair.initiator.bytes), patterned(100, 3))
  pair.initiator.machine.end()
  pair.run(1_000_000)
  assert.equal(kinds(pair.responder), ['up', 'end'])
  pair.write(pair.responder, patterned(10, 4))
  pair.responder.machine.end()
  pair.run(1_000_000)
  assert.is(pair.initiator.bytes.length, 110)
  assert.equal(kinds(pair.initiator), ['end', 'over'])
  assert.equal(kinds(pair.responder), ['up', 'end', 'over'])
  for (const { events } of [pair.initiator, pair.responder]) {
    const over = events.find(({ kind }) => kind === 'over')
    assert.equal(over, { kind: 'over' })
  }
})

// protocol.md §10.12 MUST: With a status other than accepted
test('a responder is up with the first record of the initiator, which comes without anything being written', () => {
  const pair = new Pair(crypto)
  assert.equal(kinds(pair.responder), [])
  pair.run(10_000)
  assert.equal(kinds(pair.responder), ['up'])
})

test('an acknowledgement that the channel has no room for is due, and no timer asks for it again', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  const { machine } = pair.responder
  pair.initiator.machine.write(patterned(10))
  const sent = pair.initiator.machine.pollTransmit(1_000)
  machine.handleBytes(pair.nowUs, machine.channel ?? 0, sent?.sealed ?? new Uint8Array(0))
  const atUs = machine.pollTimeout() ?? 0
  assert.is(atUs, pair.nowUs + ACK_DELAY_US)
  machine.handleTimeout(atUs)
  assert.is(machine.pollTransmit(63), undefined)
  assert.ok((machine.pollTimeout() ?? 0) > atUs)
  assert.ok(machine.pollTransmit(1_000) !== undefined)
})

test('a channel that is cut at any moment loses nothing and repeats nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 8 }),
      fc.nat(255),
      (cuts, seed) => {
        const pair = new Pair(crypto)
        const [up, down] = [patterned(150_000, seed), patterned(90_000, seed + 1)]
        pair.write(pair.initiator, up)
        pair.write(pair.responder, down)
        pair.initiator.machine.end()
        for (const afterUs of cuts) {
          pair.run(afterUs)
          pair.cut()
        }
        pair.responder.machine.end()
        pair.run(10_000_000)
        assert.equal(Uint8Array.from(pair.responder.bytes), up)
        assert.equal(Uint8Array.from(pair.initiator.bytes), down)
        assert.ok(pair.initiator.machine.isOver && pair.responder.machine.isOver)
      },
    ),
    { numRuns: 40 },
  )
})

test('what comes over the old channel after the answer for a new one is not taken twice', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  pair.write(pair.initiator, patterned(50_000))
  // Another call while the first channel still delivers.
  pair.call()
  pair.write(pair.initiator, patterned(50_000, 9))
  pair.run(5_000_000)
  assert.equal(pair.responder.bytes.length, 100_000)
  assert.equal(Uint8Array.from(pair.responder.bytes.slice(50_000)), patterned(50_000, 9))
})

test('a program that reads nothing holds its peer back at the first room, and gets all of it when it reads', () => {
  const pair = new Pair(crypto)
  pair.responder.reads = false
  pair.write(pair.initiator, patterned(1_000_000))
  pair.run(5_000_000)
  assert.is(pair.responder.bytes.length, FIRST_ROOM_BYTES)
  // The other direction goes on beside it.
  pair.write(pair.responder, patterned(500_000))
  pair.run(5_000_000)
  assert.is(pair.initiator.bytes.length, 500_000)
  assert.is(pair.initiator.machine.bufferedBytes, 1_000_000 - FIRST_ROOM_BYTES)
  for (let round = 0; round < 40; round++) {
    pair.take(pair.responder)
    pair.run(500_000)
  }
  assert.is(pair.responder.bytes.length, 1_000_000)
})

test('a writer is full at 4 MiB that are not acknowledged, and told when it may go on', () => {
  const pair = new Pair(crypto)
  pair.responder.reads = false
  pair.write(pair.initiator, new Uint8Array(MAX_UNACKNOWLEDGED_BYTES))
  assert.ok(pair.initiator.machine.isFull)
  pair.run(1_000_000)
  assert.ok(!pair.initiator.machine.isFull)
  assert.equal(kinds(pair.initiator), ['writable'])
})

test('silence is noticed by PING after 45 s, and the session goes on over another channel', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  pair.blackhole()
  pair.write(pair.initiator, patterned(1_000))
  pair.run(44_000_000)
  assert.is(pair.responder.bytes.length, 0)
  pair.run(2_000_000)
  assert.is(pair.calls, 2)
  assert.equal(Uint8Array.from(pair.responder.bytes), patterned(1_000))
})

test('without a way the initiator tries for 60 s and the responder waits for 90 s; then both say so', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  pair.reachable = false
  pair.cut()
  pair.run(RESUME_US - 1_000)
  assert.not(pair.initiator.machine.isOver)
  assert.ok(pair.calls >= 8 && pair.calls <= 16, `${pair.calls} calls`)
  pair.run(2_000)
  assert.equal(pair.initiator.events.at(-1), { kind: 'over', lost: { reason: 'lost' } })
  pair.run(KEEP_US - RESUME_US - 10_000)
  assert.not(pair.responder.machine.isOver)
  pair.run(20_000)
  assert.equal(pair.responder.events.at(-1), { kind: 'over', lost: { reason: 'lost' } })
})

test('a link that comes up is tried at once', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  pair.reachable = false
  pair.cut()
  pair.run(20_000_000)
  pair.reachable = true
  const before = pair.calls
  pair.initiator.machine.handleLinkUp(pair.nowUs)
  pair.run(1_000)
  assert.is(pair.calls, before + 1)
})

test('a link that comes up a moment before that of the other side is tried again soon', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  pair.reachable = false
  pair.cut()
  pair.run(20_000_000)
  pair.initiator.machine.handleLinkUp(pair.nowUs)
  pair.run(20_000)
  pair.reachable = true
  pair.run(100_000)
  assert.is(pair.initiator.machine.channel === undefined, false)
})

test('links that come and go have no session call each time', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  pair.reachable = false
  pair.cut()
  pair.run(20_000_000)
  const before = pair.calls
  for (let link = 0; link < 100; link++) {
    pair.initiator.machine.handleLinkUp(pair.nowUs)
    pair.run(20_000)
  }
  // In two seconds: two that are hurried, and those that follow them.
  const calls = pair.calls - before
  assert.ok(calls >= 2 && calls <= 12, `${calls} calls`)
})

test('a reset reaches the other side with its reason', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  pair.initiator.machine.reset('closed', 'enough')
  pair.run(10_000)
  assert.equal(pair.responder.events.at(-1), {
    kind: 'over',
    lost: { reason: 'reset', code: 'closed', text: 'enough' },
  })
  assert.equal(pair.initiator.events.at(-1), { kind: 'over' })
})

test('a record that does not open costs the channel and not the session', () => {
  const pair = new Pair(crypto)
  pair.run(10_000)
  pair.inject(pair.responder, new Uint8Array(40))
  pair.cut()
  pair.write(pair.responder, patterned(10))
  pair.run(1_000_000)
  assert.is(pair.calls, 2)
  assert.equal(Uint8Array.from(pair.initiator.bytes), patterned(10))
})

test('what comes after the end of either side is not written', () => {
  const pair = new Pair(crypto)
  pair.initiator.machine.end()
  assert.not(pair.initiator.machine.write(Uint8Array.of(1)))
  pair.run(1_000_000)
  pair.responder.machine.end()
  pair.run(1_000_000)
  assert.not(pair.responder.machine.write(Uint8Array.of(1)))
  assert.is(pair.responder.bytes.length, 0)
})

test.run()
