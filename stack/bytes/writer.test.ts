// Writer: every width and its largest value, refusals of what does not fit, and who owns the buffer.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from './hex.js'
import { Writer } from './writer.js'

const test = suite('Writer')

test('writes big-endian fields of every width', () => {
  const writer = new Writer(1)
  writer.u8(1).u16(0x0203).u24(0x040506).u32(0x0708090a).u64(0x0b0c0d0e0f).lp8(Uint8Array.of(7)).lp16(Uint8Array.of(8))
  assert.is(toHex(writer.bytes()), '010203040506070809' + '0a0000000b0c0d0e0f' + '0107' + '000108')
})

test('writes the largest value of every width', () => {
  const writer = new Writer().u8(0xff).u16(0xffff).u24(0xffffff).u32(0xffffffff).u64(Number.MAX_SAFE_INTEGER)
  assert.is(toHex(writer.bytes()), `${'ff'.repeat(10)}001fffffffffffff`)
})

test('throws RangeError for a value that does not fit, and writes none of it', () => {
  const writer = new Writer()
  const refused: (() => void)[] = [
    () => writer.u8(256),
    () => writer.u16(65536),
    () => writer.u24(2 ** 24),
    () => writer.u32(2 ** 32),
    () => writer.u64(2 ** 53),
    () => writer.u8(-1),
    () => writer.u16(1.5),
    () => writer.u32(Number.NaN),
    () => writer.u64(Number.POSITIVE_INFINITY),
    () => writer.lp8(new Uint8Array(256)),
    () => writer.lp16(new Uint8Array(65536)),
    () => writer.lp16(new Uint8Array(3), 2),
  ]
  for (const write of refused) assert.throws(write, (error: unknown) => error instanceof RangeError)
  assert.is(writer.length, 0)
})

test('grows, and gives a copy that later writing does not change', () => {
  const writer = new Writer(0).put(Uint8Array.of(1, 2))
  const before = writer.bytes()
  writer.reset().put(Uint8Array.of(9)).zeros(3)
  assert.equal([...before], [1, 2])
  assert.equal([...writer.bytes()], [9, 0, 0, 0])
})

test('writes into the buffer that it was given and never beyond', () => {
  const slab = new Uint8Array(4).fill(0xee)
  const writer = new Writer(slab.subarray(0, 3)).u8(1).zeros(1)
  assert.is(writer.bytes().buffer, slab.buffer)
  assert.throws(
    () => writer.u16(1),
    (error: unknown) => error instanceof RangeError,
  )
  assert.is(writer.length, 2)
  writer.u8(2)
  assert.equal([...slab], [1, 0, 2, 0xee])
})

test.run()
