// Comparison, joining, hex and UTF-8 against node:buffer, and their refusals.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compare, equal, isZero } from './compare.js'
import { concat } from './concat.js'
import { fromHex, toHex } from './hex.js'
import { decodeUtf8, encodeUtf8, isWellFormed } from './utf8.js'

const test = suite('comparison and text')
const bytes = fc.uint8Array({ maxLength: 20 })

test('hex comes back, in lower case and as node:buffer writes it', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      assert.is(toHex(value), Buffer.from(value).toString('hex'))
      assert.ok(equal(fromHex(toHex(value))!, value))
      assert.ok(equal(fromHex(toHex(value).toUpperCase())!, value))
    }),
  )
})

test('hex that is none is undefined, never an exception', () => {
  for (const text of ['0', '0g', 'g0', ' 0', '0x', '00 ', 'é0', '０0', '@1', '`1', ':1', '/1']) {
    assert.is(fromHex(text), undefined, text)
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (text) => {
      assert.is(fromHex(text) !== undefined, /^([0-9a-fA-F]{2})*$/.test(text))
    }),
  )
})

test('compare orders like Buffer.compare, and equal agrees with it', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.is(Math.sign(compare(a, b)), Buffer.compare(a, b))
      assert.is(equal(a, b), Buffer.compare(a, b) === 0)
      assert.ok(equal(a, a.slice()))
    }),
  )
})

test('compare puts a prefix before what it begins, and takes bytes as unsigned', () => {
  assert.ok(compare(Uint8Array.of(1), Uint8Array.of(1, 0)) < 0)
  assert.ok(compare(Uint8Array.of(0x80), Uint8Array.of(0x7f)) > 0)
})

test('isZero sees one bit anywhere', () => {
  assert.ok(isZero(new Uint8Array(32)))
  assert.ok(isZero(new Uint8Array(0)))
  for (let index = 0; index < 32; index++) {
    const value = new Uint8Array(32)
    value[index] = 0x80
    assert.not(isZero(value))
  }
})

test('concat joins in order into new memory', () => {
  const part = Uint8Array.of(1, 2)
  const joined = concat(part, new Uint8Array(0), Uint8Array.of(3))
  part[0] = 9
  assert.equal([...joined], [1, 2, 3])
  assert.is(concat().length, 0)
})

test('UTF-8 comes back to the same bytes whenever it decodes', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const text = decodeUtf8(value)
      if (text !== undefined) assert.ok(equal(encodeUtf8(text), value))
    }),
  )
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.is(decodeUtf8(encodeUtf8(text)), text)))
})

test('UTF-8 that is not well-formed is undefined', () => {
  for (const text of [
    '80',
    'c080',
    'c1bf',
    'e08080',
    'eda080',
    'edbfbf',
    'f4908080',
    'f8888080',
    'ff',
    'e282',
    '61c3',
  ]) {
    assert.is(decodeUtf8(fromHex(text)!), undefined, text)
  }
})

test('a byte order mark is a character like another', () => {
  assert.is(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa')
})

test('text with a lone surrogate is refused, not replaced', () => {
  for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800']) {
    assert.not(isWellFormed(text))
    assert.throws(
      () => encodeUtf8(text),
      (error: unknown) => error instanceof RangeError,
    )
  }
  assert.ok(isWellFormed('😀'))
})

test('equality of many bytes finds any one that differs, wherever they lie in memory', () => {
  const at = fc.integer({ min: 0, max: 7 })
  fc.assert(
    fc.property(fc.integer({ min: 250, max: 600 }), at, at, fc.nat(), (length, first, second, place) => {
      const [a, b] = [first, second].map((offset) =>
        new Uint8Array(length + 8).fill(9).subarray(offset, offset + length),
      )
      if (a === undefined || b === undefined) return
      assert.ok(equal(a, b))
      b[place % length] = 8
      assert.not(equal(a, b))
    }),
  )
})

test.run()
