// Cutting a stream into messages: the same messages whatever the slices, in bounded memory, and with one copy at most.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat, toHex } from '../bytes/index.js'
import { Inbound } from './inbound.js'

const test = suite('link/inbound')

const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 12 })
const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 })

function withLength(message: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(message.length >> 8, message.length & 0xff), message)
}

/** What comes out when the stream comes in slices of these sizes, over and over; each slice is overwritten after its use. */
function cutInto(stream: Uint8Array, sizes: readonly number[], max = 300): string[] {
  const inbound = new Inbound()
  const found: string[] = []
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const slice = stream.slice(at, at + (sizes[turn % sizes.length] ?? 1))
    inbound.handleBytes(slice)
    for (let message = inbound.pollMessage(1, max); message; message = inbound.pollMessage(1, max)) {
      if (typeof message === 'string') return [...found, message]
      found.push(toHex(message))
    }
    slice.fill(0xee)
    at += slice.length
  }
  return found
}

test('any cutting of the stream gives the same messages', () => {
  fc.assert(
    fc.property(messages, cuts, (list, sizes) => {
      assert.equal(cutInto(concat(...list.map(withLength)), sizes), list.map(toHex))
    }),
  )
})

test('a message that is whole in its slice is a view of it', () => {
  const inbound = new Inbound()
  const slice = concat(withLength(Uint8Array.of(1, 2, 3)), withLength(Uint8Array.of(4)))
  inbound.handleBytes(slice)
  const [first, second] = [inbound.pollMessage(1, 9), inbound.pollMessage(1, 9)] as Uint8Array[]
  assert.is(first?.buffer, slice.buffer)
  assert.is(second?.buffer, slice.buffer)
  assert.is(inbound.heldBytes, 0)
})

test('what is held is the one message that is not whole yet', () => {
  const inbound = new Inbound()
  inbound.handleBytes(concat(withLength(new Uint8Array(50)), withLength(new Uint8Array(70)).subarray(0, 30)))
  assert.is((inbound.pollMessage(1, 100) as Uint8Array).length, 50)
  assert.is(inbound.pollMessage(1, 100), undefined)
  assert.is(inbound.heldBytes, 30)
})

test('a length at the bounds is taken and one beyond them refused, before anything after it has come', () => {
  const lengths = (length: number) => Uint8Array.of(length >> 8, length & 0xff)
  for (const sizes of [[2], [1]]) {
    assert.equal(cutInto(lengths(0), sizes), ['too-short'])
    assert.equal(cutInto(lengths(301), sizes), ['too-long'])
    assert.equal(cutInto(lengths(65_535), sizes), ['too-long'])
    assert.equal(cutInto(withLength(new Uint8Array(300)), sizes), ['00'.repeat(300)])
  }
})

test('a message may be longer than the ones that the slab was made for', () => {
  const inbound = new Inbound()
  inbound.handleBytes(withLength(new Uint8Array(10)).subarray(0, 5))
  assert.is(inbound.pollMessage(1, 10), undefined)
  inbound.handleBytes(concat(new Uint8Array(7), withLength(new Uint8Array(500).fill(7)).subarray(0, 1)))
  assert.is((inbound.pollMessage(1, 10) as Uint8Array).length, 10)
  assert.is(inbound.pollMessage(1, 600), undefined)
  inbound.handleBytes(withLength(new Uint8Array(500).fill(7)).subarray(1))
  assert.equal(inbound.pollMessage(1, 600), new Uint8Array(500).fill(7))
})

test.run()
