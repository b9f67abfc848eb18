// Reader: every width, every failure, and that no bytes and no order of reads make it throw.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from './hex.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

const test = suite('Reader')
const hex = (text: string) => fromHex(text)!

test('reads big-endian fields of every width', () => {
  const reader = new Reader(hex('01 0203 040506 0708090a 0000000b0c0d0e0f'.replaceAll(' ', '')))
  assert.is(reader.u8(), 0x01)
  assert.is(reader.u16(), 0x0203)
  assert.is(reader.u24(), 0x040506)
  assert.is(reader.u32(), 0x0708090a)
  assert.is(reader.u64(), 0x0b0c0d0e0f)
  assert.is(reader.end(), undefined)
})

test('reads a u32 with its top bit as a positive number', () => {
  assert.is(new Reader(hex('ffffffff')).u32(), 0xffffffff)
})

// protocol.md §1 MUST: A `u64` above 2^53 − 1 MUST be refused
test('refuses a u64 above 2^53 − 1 and takes 2^53 − 1', () => {
  const largest = new Reader(hex('001fffffffffffff'))
  assert.is(largest.u64(), Number.MAX_SAFE_INTEGER)
  assert.is(largest.end(), undefined)
  for (const text of ['0020000000000000', 'ffffffffffffffff', '0100000000000000']) {
    const reader = new Reader(hex(text))
    assert.is(reader.u64(), 0)
    assert.is(reader.end(), 'too-large')
  }
})

test('gives 0 and empty arrays after a failure, and keeps the first reason', () => {
  const reader = new Reader(hex('01'))
  assert.is(reader.u16(), 0)
  assert.is(reader.u8(), 0, 'the byte that is there is not read any more')
  assert.is(reader.u64(), 0)
  assert.is(reader.take(1).length, 0)
  assert.is(reader.rest().length, 0)
  reader.fail('bad-count')
  assert.is(reader.failed, 'too-short')
  assert.is(reader.end(), 'too-short')
  assert.is(reader.offset, 0)
})

test('has nothing remaining after a failure, so that a loop over it ends', () => {
  const reader = new Reader(new Uint8Array(10))
  reader.fail('bad-kind')
  assert.is(reader.remaining, 0)
  assert.is(reader.end(), 'bad-kind')
})

// protocol.md §1 MUST: Every layout is exact: a decoder MUST refuse
test('calls bytes after the last field trailing', () => {
  const reader = new Reader(hex('0102'))
  reader.u8()
  assert.is(reader.remaining, 1)
  assert.is(reader.end(), 'trailing')
})

test('gives views of the same memory, not copies', () => {
  const bytes = hex('010203')
  const view = new Reader(bytes).take(2)
  bytes[0] = 9
  assert.is(view[0], 9)
})

test('refuses a claimed length beyond the bytes without allocating it', () => {
  for (const length of [4, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, Number.NaN, -1]) {
    const reader = new Reader(new Uint8Array(3))
    assert.is(reader.take(length).length, 0)
    assert.is(reader.failed, 'too-short')
  }
})

test('refuses a prefixed length above its maximum, even where the bytes are there', () => {
  const long8 = new Reader(hex('03010203'))
  assert.is(long8.lp8(2).length, 0)
  assert.is(long8.end(), 'too-long')
  const long16 = new Reader(hex('0003010203'))
  assert.is(long16.lp16(2).length, 0)
  assert.is(long16.end(), 'too-long')
  assert.equal([...new Reader(hex('0003010203')).lp16(3)], [1, 2, 3])
})

test('refuses a prefixed length that the bytes do not reach', () => {
  const reader = new Reader(hex('000401'))
  assert.is(reader.lp16().length, 0)
  assert.is(reader.failed, 'too-short')
})

const VERBS = ['u8', 'u16', 'u24', 'u32', 'u64', 'lp8', 'lp16', 'rest'] as const

// protocol.md §1 MUST: A decoder MUST end with a value or a refusal
test('never throws, whatever is read from whatever bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.constantFrom(...VERBS), { maxLength: 12 }),
      (bytes, verbs) => {
        const reader = new Reader(bytes)
        for (const verb of verbs) {
          const value = reader[verb]()
          if (typeof value === 'number') assert.ok(Number.isSafeInteger(value) && value >= 0)
          assert.ok(reader.offset <= bytes.length)
        }
        const reason = reader.end()
        assert.is(reason === undefined, reader.failed === undefined && reader.offset === bytes.length)
      },
    ),
  )
})

const field = fc.oneof(
  fc.record({ verb: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
  fc.record({ verb: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ verb: fc.constant('u24' as const), value: fc.integer({ min: 0, max: 0xffffff }) }),
  fc.record({ verb: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ verb: fc.constant('u64' as const), value: fc.maxSafeNat() }),
  fc.record({ verb: fc.constant('lp8' as const), value: fc.uint8Array({ maxLength: 255 }) }),
  fc.record({ verb: fc.constant('lp16' as const), value: fc.uint8Array({ maxLength: 600 }) }),
)

test('reads back what the writer wrote, and every truncation fails', () => {
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 12 }), (fields) => {
      const writer = new Writer(1)
      for (const { verb, value } of fields) {
        if (typeof value !== 'number') writer[verb as 'lp8'](value)
        else writer[verb as 'u8'](value)
      }
      const bytes = writer.bytes()
      assert.equal(read(new Reader(bytes), fields), {
        values: fields.map(({ value }) => plainOf(value)),
        reason: undefined,
      })
      for (let length = 0; length < bytes.length; length++) {
        assert.is(read(new Reader(bytes.subarray(0, length)), fields).reason, 'too-short')
      }
    }),
    { numRuns: 50 },
  )
})

const plainOf = (value: number | Uint8Array) => (typeof value === 'number' ? value : [...value])

function read(reader: Reader, fields: readonly { verb: (typeof VERBS)[number] }[]) {
  const values = fields.map(({ verb }) => plainOf(reader[verb]()))
  return { values, reason: reader.end() }
}

test.run()
