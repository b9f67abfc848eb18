// One channel's records: opened in order and nowhere else, and large ones in memory that is used again.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { Rooms } from '../bytes/index.js'
import { TAG_BYTES } from '../crypto/index.js'
import { SealedChannel } from './sealed-channel.js'

const test = suite('session/sealed-channel')
const crypto = await openTestCrypto()

function pair(rooms?: Rooms): { readonly from: SealedChannel; readonly to: SealedChannel } {
  const [there, back] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const from = new SealedChannel(crypto, { send: there.slice(), receive: back.slice() })
  return { from, to: new SealedChannel(crypto, { send: back, receive: there }, rooms) }
}

function sealed(channel: SealedChannel, length: number, fill: number): Uint8Array {
  return channel.seal(new Uint8Array(length + TAG_BYTES).fill(fill, 0, length))
}

test('what is large is opened in a room, which the next one uses when it was given back; what is small is not', () => {
  const rooms = new Rooms({ leastBytes: 16_384, roomBytes: 65_536, maxSpare: 4 })
  const { from, to } = pair(rooms)
  const first = to.open(sealed(from, 40_000, 3))
  assert.equal(first, new Uint8Array(40_000).fill(3))
  const second = to.open(sealed(from, 50_000, 4))
  assert.is.not(second?.buffer, first?.buffer, 'somebody may look at it still')
  assert.equal(first, new Uint8Array(40_000).fill(3))
  if (first !== undefined) rooms.giveBack(first.subarray(1))
  const third = to.open(sealed(from, 60_000, 5))
  assert.is(third?.buffer, first?.buffer)
  assert.equal(third, new Uint8Array(60_000).fill(5))
  if (third !== undefined) rooms.giveBack(third)
  assert.is.not(to.open(sealed(from, 20_000, 6))?.buffer, third?.buffer)
})

test('a record that does not open changes nothing, and leaves its room to others', () => {
  const rooms = new Rooms({ leastBytes: 16_384, roomBytes: 65_536, maxSpare: 4 })
  const { from, to } = pair(rooms)
  const good = sealed(from, 40_000, 3)
  const bad = good.slice()
  bad[100] = (bad[100] ?? 0) ^ 1
  const before = bad.slice()
  assert.is(to.open(bad), undefined)
  assert.equal(bad, before)
  const room = rooms.take(40_000)?.buffer
  assert.ok(room !== undefined)
  rooms.giveBack(new Uint8Array(room))
  assert.is(to.open(good)?.buffer, room)
  assert.is(to.open(good), undefined, 'it is not the next one any more')
})

test.run()
