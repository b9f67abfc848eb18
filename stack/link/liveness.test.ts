// Time: how long a handshake may take, when a silent peer is asked whether it is there, and when it is given up.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { End, initiatorOptions, Pair, responderOptions, startUs } from '../../test/link/pair.js'
import { openTestCrypto } from '../../test/provider.js'
import { FrameType, openInitiator, openResponder } from './index.js'

const test = suite('link/liveness')
const crypto = await openTestCrypto()
const second = 1_000_000

test('a stranger who sends one byte a second is gone when the handshake’s time is over', () => {
  const end = new End(openResponder(crypto, responderOptions(crypto)))
  const message = openInitiator(crypto, initiatorOptions(crypto)).pollTransmit()!
  let sent = 0
  for (let nowUs = startUs; end.down === undefined && sent < 100; nowUs += second) {
    end.receive(nowUs, message.subarray(sent, ++sent))
    end.wake(nowUs)
  }
  assert.is(sent, 11)
  assert.equal(end.events, [{ kind: 'down', reason: 'timeout', blame: 'peer', delayUs: 0 }])
  assert.is(end.transmit().length, 0)
})

test('a responder that hears no first record gives up in the handshake’s time', () => {
  const pair = new Pair(crypto)
  pair.drive()
  assert.equal(pair.responder.link.pollTimeout(), { atUs: startUs + 10 * second, why: 'handshake' })
  pair.responder.wake(startUs + 10 * second - 1)
  assert.is(pair.responder.down, undefined)
  pair.responder.wake(startUs + 10 * second)
  assert.equal(pair.responder.down, { kind: 'down', reason: 'timeout', blame: 'peer', delayUs: 0 })
})

test('an initiator that hears nothing gives up, and blames the network', () => {
  const end = new End(openInitiator(crypto, initiatorOptions(crypto)))
  assert.equal(end.link.pollTimeout(), { atUs: startUs + 10 * second, why: 'handshake' })
  end.wake(startUs + 10 * second)
  assert.equal(end.down, { kind: 'down', reason: 'timeout', blame: 'network', delayUs: 0 })
})

// protocol.md §8 MUST: Whoever has opened no record for 15 s
test('after 15 seconds of silence a PING goes out, and the PONG is a proof of life', () => {
  const pair = new Pair(crypto).rise()
  assert.equal(pair.responder.link.pollTimeout(), { atUs: pair.nowUs + 15 * second, why: 'silence' })
  const before = pair.responder.link.counters
  const framesBefore = before.framesIn + before.framesOut
  pair.advance(15 * second)
  const after = pair.responder.link.counters
  // Both ends ask at the same moment here.
  assert.is(after.framesIn + after.framesOut - framesBefore, 4)
  pair.advance(3600 * second)
  assert.is(pair.initiator.down ?? pair.responder.down, undefined)
})

// protocol.md §8 MUST: Whoever has opened no record for 15 s
test('a PONG returns the eight bytes as they were', () => {
  const pair = new Pair(crypto).rise()
  const body = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1)
  pair.initiator.link.sendFrame(FrameType.ping, 0x55, body)
  pair.responder.receive(pair.nowUs, pair.initiator.transmit())
  const answer = pair.responder.transmit()
  assert.is(answer.length, 2 + 4 + 8 + 16)
  pair.initiator.receive(pair.nowUs, answer)
  assert.is(pair.initiator.link.counters.dropped.get('bad-token'), 1, 'it was not the link’s own PING')
})

test('no PING goes out while the peer is heard', () => {
  const pair = new Pair(crypto).rise()
  for (let turn = 0; turn < 10; turn++) {
    pair.advance(10 * second)
    pair.initiator.link.sendFrame(FrameType.nack, 0, new Uint8Array(1))
    pair.drive()
  }
  assert.is(pair.responder.link.counters.framesOut, 6, 'six PONGs for the initiator, which hears nothing else')
})

// protocol.md §8 MUST: A link MUST end whose peer owes
test('a peer that does not answer a PING for 20 seconds is dead', () => {
  const pair = new Pair(crypto).rise()
  const risenUs = pair.nowUs
  pair.advance(35 * second - 1, false)
  assert.is(pair.initiator.down, undefined)
  assert.equal(pair.initiator.link.pollTimeout(), { atUs: risenUs + 35 * second, why: 'answer' })
  pair.advance(1, false)
  for (const end of [pair.initiator, pair.responder]) {
    assert.equal(end.down, { kind: 'down', reason: 'silent', blame: 'network', delayUs: 0 })
  }
})

// protocol.md §8 MUST: A link MUST end whose peer owes
test('a peer that owes an answer and says nothing for 20 seconds is dead', () => {
  const pair = new Pair(crypto).rise()
  const risenUs = pair.nowUs
  pair.initiator.link.expectAnswer(risenUs + second)
  pair.initiator.link.expectAnswer(risenUs + 9 * second)
  pair.advance(21 * second - 1, false)
  assert.is(pair.initiator.down, undefined)
  pair.advance(1, false)
  assert.is(pair.initiator.down?.reason, 'silent')
  assert.is(pair.responder.down, undefined)
})

test('whatever the peer says counts, so that a PONG behind a long queue is no reason to end', () => {
  const pair = new Pair(crypto).rise()
  const { initiator, responder } = pair
  initiator.wake(pair.nowUs + 15 * second)
  assert.ok(initiator.transmit().length > 0, 'the PING is under way')
  for (let turn = 2; turn < 20; turn++) {
    const nowUs = pair.nowUs + turn * 10 * second
    responder.link.sendFrame(FrameType.data, 0, new Uint8Array(9))
    initiator.receive(nowUs, responder.transmit())
    initiator.wake(nowUs + 9 * second)
  }
  assert.is(initiator.down, undefined)
})

test('a record that comes a byte a second is silence', () => {
  const pair = new Pair(crypto).rise()
  pair.responder.link.sendFrame(FrameType.data, 0, new Uint8Array(1000))
  const record = pair.responder.transmit()
  for (let at = 0; pair.initiator.down === undefined && at < 100; at++) {
    pair.initiator.receive(pair.nowUs, record.subarray(at, at + 1))
    pair.advance(second, false)
  }
  assert.is(pair.initiator.down?.reason, 'silent')
  assert.is(pair.nowUs, startUs + 35 * second)
})

test('the round trip is measured by the handshake and smoothed by PINGs', () => {
  const pair = new Pair(crypto, { latencyUs: 40_000 }).rise()
  assert.is(pair.initiator.link.counters.rttUs, 80_000)
  assert.is(pair.responder.link.counters.rttUs, 80_000)
  const ping = new Pair(crypto).rise()
  ping.initiator.wake(ping.nowUs + 15 * second)
  ping.responder.receive(ping.nowUs + 15 * second, ping.initiator.transmit())
  ping.initiator.receive(ping.nowUs + 15 * second + 80_000, ping.responder.transmit())
  assert.is(ping.initiator.link.counters.rttUs, 10_000)
})

test('a PONG with another number than the PING’s, and a second one, measure nothing', () => {
  const pair = new Pair(crypto).rise()
  const { initiator, responder } = pair
  const pong = (atUs: number, number: number) => {
    responder.link.sendFrame(FrameType.pong, 0, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, number))
    initiator.receive(pair.nowUs + atUs, responder.transmit())
  }
  initiator.wake(pair.nowUs + 15 * second)
  pong(15 * second + 16, 2)
  assert.is(initiator.link.counters.rttUs, 0)
  pong(15 * second + 16, 1)
  assert.is(initiator.link.counters.rttUs, 2)
  pong(16 * second, 1)
  assert.is(initiator.link.counters.rttUs, 2)
  assert.is(initiator.link.counters.dropped.get('bad-token'), 2)
})

test('after a long sleep of the machine the peer is asked before it is given up', () => {
  const pair = new Pair(crypto).rise()
  pair.nowUs += 7200 * second
  pair.initiator.wake(pair.nowUs)
  assert.is(pair.initiator.down, undefined)
  pair.drive()
  pair.advance(30 * second)
  assert.is(pair.initiator.down, undefined)
})

test.run()
