// SHA-256, HMAC and Noise's HKDF against their published vectors and against node:crypto's own HKDF.

import { hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat, encodeUtf8, fromHex, toHex } from '../bytes/index.js'
import { hkdf2, hkdf3, hmacSha256, sha256 } from './noise-hash.js'

const test = suite('crypto/noise-hash')
const hex = (text: string) => fromHex(text)!

test('SHA-256 of "abc", in one part or three (FIPS 180-4)', () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.is(toHex(sha256(encodeUtf8('abc'))), expected)
  assert.is(toHex(sha256(encodeUtf8('a'), new Uint8Array(0), encodeUtf8('bc'))), expected)
})

test('HMAC-SHA-256 (RFC 4231, test cases 1 and 2)', () => {
  assert.is(
    toHex(hmacSha256(new Uint8Array(20).fill(0x0b), encodeUtf8('Hi There'))),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  )
  assert.is(
    toHex(hmacSha256(encodeUtf8('Jefe'), encodeUtf8('what do ya want '), encodeUtf8('for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('HKDF with empty salt and info (RFC 5869, test case 3)', () => {
  const [first, second] = hkdf2(new Uint8Array(0), new Uint8Array(22).fill(0x0b))
  assert.is(
    toHex(concat(first, second)).slice(0, 84),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  )
})

test("Noise's HKDF is RFC 5869 with the chaining key as salt and no info", () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(bytes32, fc.uint8Array({ maxLength: 80 }), (chainingKey, input) => {
      const expected = new Uint8Array(hkdfSync('sha256', input, chainingKey, new Uint8Array(0), 96))
      assert.equal(concat(...hkdf3(chainingKey, input)), expected)
      assert.equal(concat(...hkdf2(chainingKey, input)), expected.subarray(0, 64))
    }),
  )
})

test('results are arrays of their own, which may be wiped', () => {
  const key = hex('00'.repeat(32))
  const [first, second, third] = hkdf3(key, key)
  const expected = toHex(second)
  first.fill(0)
  third.fill(0)
  assert.is(toHex(second), expected)
  assert.is(toHex(hkdf3(key, key)[1]), expected)
})

test.run()
