// What a side has written: sent once over each channel, from where the other side says, and kept for as long as it may have
// to be sent again.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FIRST_ROOM_BYTES, PART_COST_BYTES } from './limits.js'
import { Outgoing } from './outgoing.js'

const test = suite('session/outgoing')

/** What is sent next, at most so many bytes. */
function taken(outgoing: Outgoing, most = Number.POSITIVE_INFINITY): number[] {
  const into = new Uint8Array(Math.min(most, outgoing.sendable))
  outgoing.take(into)
  return [...into]
}

function written(...parts: number[][]): Outgoing {
  const outgoing = new Outgoing()
  for (const part of parts) outgoing.write(Uint8Array.from(part))
  return outgoing
}

test('parts are sent behind each other, in pieces of any size, and nothing is written by no bytes', () => {
  const outgoing = written([1, 2, 3], [], [4, 5])
  assert.is(outgoing.waitingBytes, 5)
  assert.equal(taken(outgoing, 2), [1, 2])
  assert.equal(taken(outgoing, 2), [3, 4])
  assert.equal(taken(outgoing), [5])
  assert.is(outgoing.sendable, 0)
  assert.throws(() => outgoing.take(new Uint8Array(1)), /more bytes than were written/)
})

test('many small parts count for more than their bytes, because they take more', () => {
  const outgoing = written([1], [2], [3])
  assert.is(outgoing.heldBytes, 3 + 3 * PART_COST_BYTES)
  taken(outgoing)
  outgoing.handleAck(2, 0)
  assert.is(outgoing.heldBytes, 1 + PART_COST_BYTES)
})

test('nothing is sent beyond the room, and room that was given is not taken back', () => {
  const outgoing = new Outgoing()
  outgoing.write(new Uint8Array(FIRST_ROOM_BYTES + 100))
  assert.is(taken(outgoing).length, FIRST_ROOM_BYTES)
  assert.is(outgoing.sendable, 0)
  outgoing.handleAck(FIRST_ROOM_BYTES, 60)
  assert.is(outgoing.sendable, 60)
  outgoing.handleAck(FIRST_ROOM_BYTES, 0)
  assert.is(outgoing.sendable, 60)
})

test('an ACK of what was never sent is refused, and one of what was acknowledged before changes nothing', () => {
  const outgoing = written([1, 2, 3, 4])
  assert.is(outgoing.handleAck(1, 0), 'bad-range')
  taken(outgoing, 3)
  assert.is(outgoing.handleAck(4, 0), 'bad-range')
  assert.is(outgoing.handleAck(3, 10), undefined)
  assert.is(outgoing.handleAck(2, 10), undefined)
  assert.is(outgoing.waitingBytes, 1)
  assert.equal(taken(outgoing), [4])
})

test('END takes one position behind the last byte, and all is done when it is acknowledged', () => {
  const outgoing = written([1, 2])
  outgoing.end()
  assert.ok(outgoing.ended)
  assert.not(outgoing.endIsNext)
  taken(outgoing)
  assert.ok(outgoing.endIsNext)
  outgoing.handleEndSent()
  assert.not(outgoing.endIsNext)
  assert.is(outgoing.handleAck(2, 0), undefined)
  assert.not(outgoing.done)
  assert.is(outgoing.handleAck(3, 0), undefined)
  assert.ok(outgoing.done)
  assert.is(outgoing.waitingBytes, 0)
})

test('another channel begins where the other side says, in the middle of a part as well', () => {
  const outgoing = written([1, 2, 3], [4, 5, 6])
  taken(outgoing)
  outgoing.handleAck(1, 10)
  assert.is(outgoing.rewind(4), undefined)
  assert.equal(taken(outgoing), [5, 6])
  assert.is(outgoing.rewind(4), undefined)
  assert.equal(taken(outgoing), [5, 6])
})

test('a channel cannot begin before what was acknowledged, nor behind what was sent', () => {
  const outgoing = written([1, 2, 3, 4])
  taken(outgoing, 3)
  outgoing.handleAck(2, 10)
  assert.is(outgoing.rewind(1), 'bad-range')
  assert.is(outgoing.rewind(4), 'bad-range')
  assert.is(outgoing.rewind(2), undefined)
  assert.equal(taken(outgoing), [3, 4])
})

test('END is sent again when it did not come, and not when it did', () => {
  const outgoing = written([1])
  outgoing.end()
  taken(outgoing)
  outgoing.handleEndSent()
  outgoing.rewind(1)
  assert.ok(outgoing.endIsNext)
  outgoing.handleEndSent()
  outgoing.rewind(2)
  assert.not(outgoing.endIsNext)
  assert.ok(outgoing.done)
})

test('what is acknowledged while it is sent a second time is still sent, because the other side skips all of it', () => {
  const outgoing = written([1, 2, 3], [4, 5, 6])
  taken(outgoing)
  outgoing.rewind(1)
  assert.equal(taken(outgoing, 1), [2])
  // It came over the last channel after the other side had said where this one begins.
  assert.is(outgoing.handleAck(6, 10), undefined)
  assert.is(outgoing.waitingBytes, 0)
  assert.equal(taken(outgoing, 3), [3, 4, 5])
  outgoing.write(Uint8Array.of(7))
  assert.equal(taken(outgoing), [6, 7])
  assert.is(outgoing.rewind(6), undefined)
  assert.equal(taken(outgoing), [7])
})

test('over any channels with any ACKs, what is sent from where a channel begins is what was written there', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), bytes: fc.nat(20) }),
    fc.record({ kind: fc.constant('take' as const), bytes: fc.nat(20) }),
    fc.record({
      kind: fc.constantFrom('ack' as const, 'rewind' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const outgoing = new Outgoing()
      let [next, sent, furthest, acknowledged] = [0, 0, 0, 0]
      for (const one of steps) {
        if (one.kind === 'write') {
          outgoing.write(Uint8Array.from({ length: one.bytes }, () => next++ & 0xff))
        } else if (one.kind === 'take') {
          const bytes = taken(outgoing, one.bytes)
          assert.equal(
            bytes,
            bytes.map((_, index) => (sent + index) & 0xff),
          )
          sent += bytes.length
          furthest = Math.max(furthest, sent)
        } else {
          const position = acknowledged + Math.floor(one.share * (furthest - acknowledged))
          acknowledged = position
          if (one.kind === 'rewind') sent = position
          assert.is(one.kind === 'ack' ? outgoing.handleAck(position, 1_000) : outgoing.rewind(position), undefined)
        }
        assert.is(outgoing.waitingBytes, next - acknowledged)
        assert.is(outgoing.sendable, next - sent)
      }
    }),
  )
})

test.run()
