// Peers that have shaken hands and then mean ill: their records and frames end at most their own link.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ended, flipped, forgedLink, withLength } from '../../test/link/forger.js'
import { Pair, startUs } from '../../test/link/pair.js'
import { openTestCrypto } from '../../test/provider.js'
import { concat } from '../bytes/index.js'
import { FrameType } from './frame.js'

const test = suite('link/hostile')
const crypto = await openTestCrypto()

// protocol.md §8 MUST: A record that does not open, and a length below 17
test('each flipped bit of a record ends the link, and no frame of it comes out', () => {
  const probe = new Pair(crypto).rise()
  probe.initiator.link.sendFrame(FrameType.nack, 0, Uint8Array.of(1, 2, 3))
  const bits = probe.initiator.transmit().length * 8
  for (let bit = 0; bit < bits; bit++) {
    const pair = new Pair(crypto).rise()
    pair.initiator.link.sendFrame(FrameType.nack, 0, Uint8Array.of(1, 2, 3))
    const record = pair.initiator.transmit()
    assert.is(record.length * 8, bits)
    // What follows is honest, so that a record that became longer is complete.
    pair.responder.receive(pair.nowUs, concat(flipped(record, bit), new Uint8Array(65_535)))
    assert.is(pair.responder.frames.length, 1, 'the one frame of before')
    assert.equal(pair.responder.events.slice(1), [ended(pair.responder.down!.reason)])
    assert.is(pair.responder.transmit().length, 0)
  }
})

// protocol.md §8 MUST: A record that does not open, and a length below 17
test('a repeated, left-out or exchanged record ends the link', () => {
  const orders = [[0, 0], [1], [1, 0], [0, 2]]
  for (const order of orders) {
    const { end, seal } = forgedLink(crypto)
    const records = [1, 2, 3].map((flags) => seal(Uint8Array.of(FrameType.nack, flags, 0, 0)))
    end.receive(startUs, concat(...order.map((index) => records[index]!)))
    assert.equal(end.down, ended('bad-seal'))
    assert.equal(
      end.frames.slice(1).map(({ flags }) => flags),
      order[0] === 0 ? [1] : [],
    )
  }
})

test('a record that is sent back to its sender does not open', () => {
  const pair = new Pair(crypto).rise()
  pair.initiator.link.sendFrame(FrameType.nack, 0, Uint8Array.of(1))
  pair.initiator.receive(pair.nowUs, pair.initiator.transmit())
  assert.equal(pair.initiator.down, ended('bad-seal'))
})

// protocol.md §8 MUST: A record that does not open, and a length below 17
test('a record length too short for a frame’s byte and a tag ends the link', () => {
  for (const length of [0, 16]) {
    const { end } = forgedLink(crypto)
    end.receive(startUs, withLength(new Uint8Array(length)))
    assert.equal(end.down, ended('too-short'))
  }
})

// protocol.md §9 MUST: Unknown types, and bodies that do not decode
test('an unknown frame is counted and the link stays; one that may be skipped is skipped', () => {
  const { end, seal } = forgedLink(crypto)
  const frames = [0x04, 0x08, 0x1f, 0x7f, 0x80, 0x91, 0xff].flatMap((type) => [type, 0, 0, 1, 0xaa])
  end.receive(startUs, seal(Uint8Array.from([...frames, FrameType.nack, 9, 0, 0])))
  assert.is(end.link.counters.dropped.get('bad-type'), 4)
  assert.is(end.link.counters.skipped, 3)
  assert.equal(end.frames.at(-1), { type: FrameType.nack, flags: 9, body: new Uint8Array(0) })
  assert.is(end.down, undefined)
})

// protocol.md §8 MUST: A record holds one or more whole frames
test('a record whose frames are not whole is dropped and counted, and the link stays', () => {
  const { end, seal } = forgedLink(crypto)
  const whole = [FrameType.nack, 1, 0, 0]
  end.receive(startUs, seal(Uint8Array.from([...whole, FrameType.data, 0, 0xff, 0xff, 1])))
  end.receive(startUs, seal(Uint8Array.of(1)))
  assert.is(end.link.counters.dropped.get('too-short'), 2)
  assert.is(end.frames.length, 1)
  end.receive(startUs, seal(Uint8Array.from(whole)))
  assert.is(end.frames.length, 2)
  assert.is(end.down, undefined)
})

test('whatever a peer seals, the machine does not throw and the link stays', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 8 }), (records) => {
      const { end, seal } = forgedLink(crypto)
      end.receive(startUs, concat(...records.map(seal)), () => 33)
      assert.is(end.down, undefined)
      assert.is(end.link.counters.recordsIn, records.length + 1)
    }),
  )
})

test('PINGs beyond the few that may wait go unanswered', () => {
  const { end, seal } = forgedLink(crypto)
  const ping = [FrameType.ping, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
  end.receive(startUs, seal(Uint8Array.from(Array.from({ length: 5 }, () => ping).flat())))
  assert.is(end.link.counters.dropped.get('bad-count'), 1)
  end.transmit()
  assert.is(end.link.counters.framesOut, 4)
})

test('PING and PONG of another length, and a PONG that nobody asked for, are dropped and counted', () => {
  const { end, seal } = forgedLink(crypto)
  end.receive(startUs, seal(Uint8Array.of(FrameType.ping, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, FrameType.pong, 0, 0, 0)))
  end.receive(startUs, seal(Uint8Array.of(FrameType.pong, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0)))
  end.receive(startUs, seal(Uint8Array.of(FrameType.pong, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 255)))
  assert.is(end.link.counters.dropped.get('bad-length'), 2)
  assert.is(end.link.counters.dropped.get('bad-token'), 2)
  assert.is(end.transmit().length, 0)
  assert.is(end.down, undefined)
})

test.run()
