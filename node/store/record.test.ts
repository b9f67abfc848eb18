// Records and their items: every layout, every bound, every refusal.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Reader, type Reason, Writer } from '../../stack/bytes/index.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { itemOf, itemsOf } from '../../test/samples/store-items.js'
import { decodeItem, encodeItem, type Item, type PlaceName, placeCodes } from './item.js'
import { RECORD_BYTES_MAX, VALUE_BYTES_MAX, VALUE_KEY_BYTES_MAX } from './limits.js'
import { decodeRecord, decodeRecordHeader, encodeRecord, RECORD_HEADER_BYTES } from './record.js'
import { chunkItem, chunkOf, crypto, headOf, keyOf } from './testing/samples.js'

const test = suite('record')
const places: readonly PlaceName[] = ['own', 'kept', 'cache']

for (const place of places) {
  test(`an item of ${place} is read as it was written, and nothing else is`, () => {
    assertDecoder({
      valid: itemOf(place).map(encoded),
      decode: (bytes) => decodeOne(bytes, place),
      encode: encoded,
    })
  })

  test(`a record of ${place} is read as it was written, and nothing else is`, () => {
    assertDecoder(
      {
        valid: itemsOf(place).map((items) => encodeRecord(crypto, place, items).record),
        decode: (bytes) => decodeRecord(crypto, place, bytes),
        encode: (placed) =>
          encodeRecord(
            crypto,
            place,
            placed.map(({ item }) => item),
          ).record,
      },
      40,
    )
  })
}

test('whatever stands behind a right checksum is read or refused, and never thrown about', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.constantFrom(...places), (items, place) => {
      const prefix = new Writer().u8(placeCodes[place]).u32(items.length).bytes()
      const checksum = crypto.hashParts(prefix, items).subarray(0, 16)
      const bytes = new Writer()
        .put(new TextEncoder().encode('RNL1'))
        .u32(items.length)
        .put(checksum)
        .put(items)
        .bytes()
      const placed = decodeRecord(crypto, place, bytes)
      if (typeof placed !== 'string')
        assert.equal(
          encodeRecord(
            crypto,
            place,
            placed.map(({ item }) => item),
          ).record,
          bytes,
        )
    }),
  )
})

test('each item is found where it was put', () => {
  fc.assert(
    fc.property(itemsOf('own'), (items) => {
      const { record, placed } = encodeRecord(crypto, 'own', items)
      assert.equal(decodeRecord(crypto, 'own', record), placed)
      for (const { item, offset, bytes } of placed) assert.equal(encoded(item), record.subarray(offset, offset + bytes))
    }),
  )
})

test('a record of one place is refused in another', () => {
  const { record } = encodeRecord(crypto, 'kept', [chunkItem(1)])
  assert.is(decodeRecord(crypto, 'own', record), 'bad-checksum')
  assert.is(decodeRecord(crypto, 'cache', record), 'bad-checksum')
  assert.is(typeof decodeRecord(crypto, 'kept', record), 'object')
})

test('runs stand in own only, and a head has its page there in runs and elsewhere with it', () => {
  const { headBytes, page } = headOf({ log: keyOf(1), length: 1 })
  const run: Item = { type: 'run', log: keyOf(1), position: 1, bytes: new Uint8Array(3) }
  const bare: Item = { type: 'head', ageS: 0, seenMs: 0, headBytes, page: undefined }
  const whole: Item = { ...bare, page }
  assert.is(decodeOne(encoded(run), 'kept'), 'bad-type')
  assert.is(decodeOne(encoded(bare), 'kept'), 'too-short')
  assert.is(decodeOne(encoded(whole), 'own'), 'trailing')
  assert.equal(decodeOne(encoded(whole), 'kept'), whole)
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('each bound of an item is met and not exceeded', () => {
  const value = (key: string, size: number): Item => ({ type: 'value', key, bytes: new Uint8Array(size) })
  const run = (position: number, size: number): Item => {
    return { type: 'run', log: keyOf(1), position, bytes: new Uint8Array(size) }
  }
  const bounds: [Item, Item, Reason][] = [
    [chunkItem(1, 61_440), { type: 'chunk', name: keyOf(1), bytes: new Uint8Array(61_441) }, 'too-long'],
    [value('k', VALUE_BYTES_MAX), value('k', VALUE_BYTES_MAX + 1), 'too-long'],
    [value('é'.repeat(VALUE_KEY_BYTES_MAX / 2), 1), value('k'.repeat(VALUE_KEY_BYTES_MAX + 1), 1), 'too-long'],
    [value('k', 0), value('', 1), 'too-short'],
    [run(61_000, 440), run(61_000, 441), 'too-long'],
    [run(1, 1), run(0, 1), 'bad-range'],
  ]
  for (const [fits, exceeds, reason] of bounds) {
    assert.equal(decodeOne(encoded(fits), 'own'), fits)
    assert.is(decodeOne(encoded(exceeds), 'own'), reason)
  }
})

test('a record has at most its largest size, and nothing is allocated from a length that is claimed', () => {
  const items = Array.from({ length: 273 }, (_, number) => chunkItem(number, 61_417))
  const spare = RECORD_BYTES_MAX - 273 * (61_417 + 37)
  const last = { type: 'chunk', ...chunkOf(999, spare - 37) } as const
  const { record } = encodeRecord(crypto, 'kept', [...items, last])
  assert.is(record.length, RECORD_HEADER_BYTES + RECORD_BYTES_MAX)
  assert.is((decodeRecord(crypto, 'kept', record) as unknown[]).length, 274)
  assert.throws(() => encodeRecord(crypto, 'kept', [...items, last, chunkItem(1, 1)]), RangeError)
  assert.throws(() => encodeRecord(crypto, 'kept', []), RangeError)
  const header = (length: number): Uint8Array => {
    return new Writer().put(new TextEncoder().encode('RNL1')).u32(length).zeros(16).bytes()
  }
  assert.is(typeof decodeRecordHeader(header(RECORD_BYTES_MAX)), 'object')
  assert.is(decodeRecordHeader(header(RECORD_BYTES_MAX + 1)), 'bad-range')
  assert.is(decodeRecordHeader(header(0)), 'bad-range')
})

// protocol.md §11 MUST: A record with an unknown type
test('the corpus is read and refused as its names say', () => {
  assertCorpus('node/store/corpus/record', (bytes) => decodeRecord(crypto, 'own', bytes))
})

function encoded(item: Item): Uint8Array {
  const writer = new Writer()
  encodeItem(writer, item)
  return writer.bytes()
}

function decodeOne(bytes: Uint8Array, place: PlaceName): Item | Reason {
  const reader = new Reader(bytes)
  const item = decodeItem(reader, place)
  return reader.end() ?? item ?? 'bad-type'
}

test.run()
