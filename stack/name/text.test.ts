// Texts: round trips, and what a user may mistype.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus } from '../../test/samples/decoders.js'
import { filled, SampleName } from '../../test/samples/name.js'
import { decodeUtf8, toHex } from '../bytes/index.js'
import { decodeBase32, encodeBase32 } from './base32.js'
import { decodeText, encodeText, TEXT_CHARACTERS, TextKind } from './text.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/text')

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const kind = fc.constantFrom(...Object.values(TextKind))

function replaced(text: string, place: number, character: string): string {
  return text.slice(0, place) + character + text.slice(place + 1)
}

test('the first name has the text that the protocol says', () => {
  const text = encodeText(crypto, TextKind.name, sample.name)
  assert.is(text, 'k3zqrg3iuiw3gyzhbnd43a253yxxgx7wzofrajp5n6pp4aiiay4aa37p')
})

test('every 32 bytes of every kind come back from a text that is one DNS label', () => {
  fc.assert(
    fc.property(kind, bytes32, (kind, bytes) => {
      const text = encodeText(crypto, kind, bytes)
      assert.match(text, /^[a-z2-7]{56}$/)
      assert.equal(decodeText(crypto, text), { kind, bytes })
    }),
  )
})

// protocol.md §2 MUST: Decoders MUST accept upper case
test('upper and mixed case are read', () => {
  const text = encodeText(crypto, TextKind.log, filled(9))
  const mixed = [...text].map((character, at) => (at % 2 === 0 ? character.toUpperCase() : character)).join('')
  assert.equal(decodeText(crypto, text.toUpperCase()), { kind: TextKind.log, bytes: filled(9) })
  assert.equal(decodeText(crypto, mixed), { kind: TextKind.log, bytes: filled(9) })
})

test('a letter that only lower case in Unicode makes an ASCII one is refused', () => {
  const text = encodeText(crypto, TextKind.name, sample.name)
  assert.is(text[0], 'k')
  assert.is(decodeText(crypto, replaced(text, 0, '\u212a')), 'bad-text')
})

// protocol.md §2 MUST: Decoders MUST accept upper case
test('any wrong character at any place is found as a typing error', () => {
  const text = encodeText(crypto, TextKind.name, sample.name)
  for (let place = 0; place < TEXT_CHARACTERS; place++) {
    for (const character of ALPHABET.replace(text[place]!, '')) {
      assert.is(decodeText(crypto, replaced(text, place, character)), 'bad-checksum', `${character} at ${place}`)
    }
    for (const character of '0189-. é') {
      assert.is(decodeText(crypto, replaced(text, place, character)), 'bad-text', `${character} at ${place}`)
    }
  }
})

// A checksum of two bytes misses one error in 65,536, so the cases are a fixed sample and not new ones each time.
test('a wrong character, a swap, a missing and a doubled one are found in any text', () => {
  const place = fc.integer({ min: 0, max: TEXT_CHARACTERS - 1 })
  fc.assert(
    fc.property(kind, bytes32, place, fc.constantFrom(...ALPHABET), (kind, bytes, place, character) => {
      const text = encodeText(crypto, kind, bytes)
      if (text[place] !== character) {
        assert.is(decodeText(crypto, replaced(text, place, character)), 'bad-checksum')
      }
      const next = text[place + 1]
      if (next !== undefined && next !== text[place]) {
        const swapped = replaced(replaced(text, place, next), place + 1, text[place]!)
        assert.is(decodeText(crypto, swapped), 'bad-checksum')
      }
      assert.is(decodeText(crypto, text.slice(0, place) + text.slice(place + 1)), 'bad-length')
      assert.is(decodeText(crypto, text.slice(0, place) + text[place] + text.slice(place)), 'bad-length')
    }),
    { seed: 1, numRuns: 300 },
  )
})

// protocol.md §2 MUST: A kind above 3 with a right checksum
test('a text of a kind that does not exist yet is told from a typing error', () => {
  const body = new Uint8Array(35)
  body[32] = 4
  body.set(crypto.deriveKey('runnel v1 text', Uint8Array.of(4), body.subarray(0, 32)).subarray(0, 2), 33)
  assert.is(decodeText(crypto, encodeBase32(body)), 'bad-kind')
})

test('no text makes the decoder throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', minLength: 56, maxLength: 56 })), (text) => {
      const decoded = decodeText(crypto, text)
      if (typeof decoded !== 'string') assert.is(encodeText(crypto, decoded.kind, decoded.bytes), text.toLowerCase())
    }),
  )
})

test('only 32 bytes have a text', () => {
  assert.throws(() => encodeText(crypto, TextKind.name, new Uint8Array(31)), /31 bytes/)
})

test('base32 is that of RFC 4648', () => {
  const bytes = new TextEncoder().encode('fooba')
  assert.is(encodeBase32(bytes), 'mzxw6ytb')
  assert.equal(decodeBase32('MZXW6YTB'), bytes)
  assert.is(decodeBase32('mzxw6yt'), undefined)
  assert.throws(() => encodeBase32(new Uint8Array(4)), RangeError)
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 5, maxLength: 5 }), { maxLength: 12 }), (blocks) => {
      const all = Uint8Array.from(blocks.flatMap((block) => [...block]))
      assert.is(toHex(decodeBase32(encodeBase32(all)) ?? filled(0)), toHex(all))
    }),
  )
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/text', (bytes) => decodeText(crypto, decodeUtf8(bytes) ?? ''))
})

test.run()
