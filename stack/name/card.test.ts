// Cards: records of every type, room for later ones, and the limits of one chunk.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { SampleName, sampleTimeMs } from '../../test/samples/name.js'
import { concat } from '../bytes/index.js'
import { type CardRecord, cardFits, decodeCard, encodeCard, type HintRecord } from './card.js'
import { MAX_CARD_RECORDS, MAX_CHUNK_BYTES, MAX_PETNAME_BYTES } from './limits.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/card')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const timeMs = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const petname = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
// As the decoder makes them: with the usual prototype.
const record: fc.Arbitrary<CardRecord> = fc
  .oneof(
    fc.record({
      type: fc.constant('stream' as const),
      timeMs,
      label: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
      log: bytes32,
      visibility: fc.constant('public' as const),
      signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    }),
    fc.record({
      type: fc.constant('sealed' as const),
      id: bytes32,
      sealed: fc.uint8Array({ minLength: 224, maxLength: 224 }),
    }),
    fc
      .tuple(timeMs, bytes32, fc.nat(), fc.integer({ min: 1, max: 1_209_600_000 }), fc.integer({ min: 1, max: 4 }))
      .map(([timeMs, key, fromMs, lifeMs, count]): CardRecord => {
        const custodians = Array.from({ length: count }, (_, index) => new Uint8Array(32).fill(index))
        return { type: 'inbox', timeMs, key, fromMs, untilMs: fromMs + lifeMs, custodians }
      }),
    fc.record({ type: fc.constant('hint' as const), timeMs, petname }),
    fc.record({
      type: fc.constant('unknown' as const),
      code: fc.integer({ min: 0, max: 255 }).filter((code) => ![1, 2, 3, 5].includes(code)),
      body: fc.uint8Array({ maxLength: 300 }),
    }),
  )
  .map((record) => ({ ...record }))
const records = fc.array(record, { maxLength: 8 })

function hint(petname: string): HintRecord {
  return { type: 'hint', timeMs: sampleTimeMs, petname }
}

test('a card is read as it was written, and what is cut inside a record is refused', () => {
  assertDecoder({ valid: records.map(encodeCard), decode: decodeCard, encode: encodeCard, extensible: true }, 30)
  fc.assert(fc.property(records, (value) => assert.equal(decodeCard(encodeCard(value)), value)))
})

test('a card without records is a card', () => {
  assert.equal(encodeCard([]), Uint8Array.of(6))
  assert.equal(decodeCard(Uint8Array.of(6)), [])
})

test('records of types that come later are skipped and kept', () => {
  const later: CardRecord = { type: 'unknown', code: 4, body: Uint8Array.of(1, 2, 3) }
  const card = decodeCard(encodeCard([later, hint('Ada')]))
  assert.equal(card, [later, hint('Ada')])
  assert.throws(() => encodeCard([{ ...later, code: 5 }]), /known/)
})

// protocol.md §6.6 MUST: A card with a record of a known type
test('a known record that is malformed spoils the card, so that nobody reads it in two ways', () => {
  const stream = encodeCard([sample.stream()])
  const at = (change: (bytes: Uint8Array) => void): unknown => {
    const bytes = stream.slice()
    change(bytes)
    return decodeCard(bytes)
  }
  const label = 1 + 3 + 8 + 1
  assert.is(
    at((bytes) => bytes.fill(0x41, label, label + 1)),
    'bad-label',
  )
  assert.is(
    at((bytes) => bytes.fill(64, label - 1, label)),
    'too-long',
  )
  assert.is(
    at((bytes) => bytes.fill(0xff, 4, 5)),
    'too-large',
  )
  const visibility = label + 4 + 32
  assert.is(
    at((bytes) => bytes.fill(1, visibility, visibility + 1)),
    'bad-kind',
  )
  assert.is(
    at((bytes) => bytes.fill(2, visibility, visibility + 1)),
    'bad-kind',
  )
  assert.is(decodeCard(Uint8Array.of(7)), 'bad-kind')
  assert.is(decodeCard(new Uint8Array(0)), 'too-short')
})

test('an unlisted stream cannot stand in clear', () => {
  assert.throws(() => encodeCard([sample.stream('drafts', 'unlisted')]), /sealed/)
})

test('a petname is 1 to 63 bytes of UTF-8', () => {
  assert.ok(cardFits([hint('x'.repeat(MAX_PETNAME_BYTES))]))
  assert.throws(() => encodeCard([hint('é'.repeat(32))]), RangeError)
  assert.throws(() => encodeCard([hint('')]), RangeError)
  assert.throws(() => encodeCard([hint('\ud800')]), RangeError)
  const bytes = encodeCard([hint('é')])
  bytes[bytes.length - 1] = 0xff
  assert.is(decodeCard(bytes), 'bad-text')
  assert.is(decodeCard(concat(Uint8Array.of(6, 5, 0, 9), new Uint8Array(9))), 'bad-length')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('1,024 records are a card, one more is not', () => {
  const many = Array.from({ length: MAX_CARD_RECORDS + 1 }, (_, index) => hint(`n${index}`))
  const full = encodeCard(many.slice(1))
  assert.is((decodeCard(full) as CardRecord[]).length, MAX_CARD_RECORDS)
  assert.not(cardFits(many))
  assert.throws(() => encodeCard(many), /does not fit/)
  assert.is(decodeCard(concat(full, Uint8Array.of(9, 0, 0))), 'bad-count')
})

test('61,440 bytes are a card, one more is not', () => {
  const unknown = (length: number): CardRecord => ({ type: 'unknown', code: 9, body: new Uint8Array(length) })
  const full = [unknown(MAX_CHUNK_BYTES - 4)]
  assert.is(encodeCard(full).length, MAX_CHUNK_BYTES)
  assert.equal(decodeCard(encodeCard(full)), full)
  assert.not(cardFits([unknown(MAX_CHUNK_BYTES - 3)]))
  const over = new Uint8Array(MAX_CHUNK_BYTES + 1)
  assert.is(decodeCard(over), 'too-long')
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/card', decodeCard)
})

test.run()
