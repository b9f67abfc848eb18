// What the other side writes, by position: what is new of it, what it may send, and what it may not.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Incoming } from './incoming.js'
import { ACK_BYTES, FIRST_ROOM_BYTES, MAX_ROOM_BYTES } from './limits.js'

const test = suite('session/incoming')

function news(incoming: Incoming, ...bytes: number[]): number[] | string {
  const taken = incoming.handleData(Uint8Array.from(bytes))
  return typeof taken === 'string' ? taken : [...taken]
}

test('data beyond the room that was told is refused, and fills it to the last byte before', () => {
  const incoming = new Incoming(MAX_ROOM_BYTES)
  assert.is(incoming.handleData(new Uint8Array(FIRST_ROOM_BYTES)).length, FIRST_ROOM_BYTES)
  assert.is(news(incoming, 1), 'too-many')
  assert.is(incoming.unreadBytes, FIRST_ROOM_BYTES)
  // Taken and not told: the other side cannot know.
  incoming.handleTaken(1)
  assert.is(news(incoming, 1), 'too-many')
  incoming.tell()
  assert.equal(news(incoming, 1), [1])
})

test('nothing follows END: no data, and no other END', () => {
  const incoming = new Incoming(MAX_ROOM_BYTES)
  assert.is(incoming.handleEnd(), true)
  assert.is(news(incoming, 1), 'trailing')
  assert.is(incoming.handleEnd(), 'trailing')
  assert.is(incoming.received, 1)
  assert.is(incoming.unreadBytes, 0)
})

test('what came over the last channel comes a second time and is skipped, END included', () => {
  const incoming = new Incoming(MAX_ROOM_BYTES)
  assert.equal(news(incoming, 1, 2, 3, 4), [1, 2, 3, 4])
  incoming.handleEnd()
  incoming.handleMoved(2)
  assert.ok(incoming.hasNews)
  assert.equal(news(incoming, 3), [])
  assert.equal(news(incoming, 4), [])
  assert.is(incoming.handleEnd(), false)
  assert.is(incoming.handleEnd(), 'trailing')
  assert.is(incoming.received, 5)
})

test('of a DATA that begins before what is new only the rest is taken', () => {
  const incoming = new Incoming(MAX_ROOM_BYTES)
  news(incoming, 1, 2, 3)
  incoming.handleMoved(1)
  assert.equal(news(incoming, 2, 3, 4, 5), [4, 5])
  assert.is(incoming.received, 5)
})

test('an END that comes a second time in another place is refused', () => {
  const early = new Incoming(MAX_ROOM_BYTES)
  news(early, 1, 2)
  early.handleMoved(0)
  assert.is(early.handleEnd(), 'bad-count')
  const never = new Incoming(MAX_ROOM_BYTES)
  news(never, 1)
  never.handleMoved(0)
  assert.is(never.handleEnd(), 'bad-count')
})

test('the other side is told at once after END and a quarter of the room, and else when there is time', () => {
  const incoming = new Incoming(MAX_ROOM_BYTES)
  incoming.handleData(new Uint8Array(FIRST_ROOM_BYTES / 4))
  assert.ok(incoming.hasNews)
  assert.not(incoming.isUrgent)
  incoming.handleTaken(FIRST_ROOM_BYTES / 4)
  assert.ok(incoming.isUrgent)
  assert.equal(incoming.tell(), { received: FIRST_ROOM_BYTES / 4, room: FIRST_ROOM_BYTES })
  assert.not(incoming.isUrgent)
  incoming.handleEnd()
  assert.ok(incoming.isUrgent)
  incoming.tell()
  assert.not(incoming.isUrgent)
})

test('the room grows to its bound while the program takes all that comes, and no further', () => {
  const most = 4 * FIRST_ROOM_BYTES
  const incoming = new Incoming(most)
  let room = FIRST_ROOM_BYTES
  for (let round = 0; round < 10; round++) {
    incoming.handleData(new Uint8Array(room))
    incoming.handleTaken(room)
    room = incoming.tell().room
  }
  assert.is(room, most)
  assert.ok(most > ACK_BYTES)
})

test('the room does not grow for a program that lets most of it wait', () => {
  const incoming = new Incoming(MAX_ROOM_BYTES)
  const step = FIRST_ROOM_BYTES / 4
  incoming.handleData(new Uint8Array(4 * step))
  for (let round = 0; round < 20; round++) {
    incoming.handleTaken(step)
    incoming.tell()
    incoming.handleData(new Uint8Array(step))
  }
  assert.is(incoming.unreadBytes, 4 * step)
  assert.is(incoming.tell().room, 0)
})

test.run()
