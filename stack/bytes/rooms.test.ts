// Memory that is used again: never by two at a time.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rooms } from './rooms.js'

const test = suite('bytes/rooms')
const options = { leastBytes: 10, roomBytes: 100, maxSpare: 2 }

test('what was given back is taken again, and what was not is nobody else’s', () => {
  const rooms = new Rooms(options)
  const [first, second] = [rooms.take(100)!, rooms.take(10)!]
  assert.is(first.length, 100)
  assert.is(second.length, 10)
  assert.is.not(first.buffer, second.buffer)
  rooms.giveBack(first.subarray(3, 7))
  assert.is(rooms.take(50)!.buffer, first.buffer)
  assert.is.not(rooms.take(50)!.buffer, second.buffer)
})

test('memory that is given back twice, or comes from elsewhere, is not taken twice', () => {
  const rooms = new Rooms(options)
  const room = rooms.take(20)!
  for (const bytes of [room, room, new Uint8Array(100)]) rooms.giveBack(bytes)
  assert.is(rooms.take(20)!.buffer, room.buffer)
  assert.is.not(rooms.take(20)!.buffer, room.buffer)
})

test('what is too small or too large gets none, and no more are kept than were allowed', () => {
  const rooms = new Rooms(options)
  assert.equal([rooms.take(9), rooms.take(101)], [undefined, undefined])
  const taken = [1, 2, 3].map(() => rooms.take(100)!)
  for (const room of taken) rooms.giveBack(room)
  const again = [1, 2, 3].map(() => rooms.take(100)!.buffer)
  assert.is(again.filter((buffer) => taken.some((room) => room.buffer === buffer)).length, 2)
})

test.run()
