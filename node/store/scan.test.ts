// A scan finds its way through any bytes, and trusts nothing that a chunk may hold.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat } from '../../stack/bytes/index.js'
import { itemsOf } from '../../test/samples/store-items.js'
import type { Item, PlaceName } from './item.js'
import { encodeRecord } from './record.js'
import { scanSegment } from './scan.js'
import { chunkItem, crypto } from './testing/samples.js'

const test = suite('scan')
const places = fc.constantFrom<PlaceName[]>('own', 'kept', 'cache')

interface Seen {
  readonly records: number[]
  readonly untrusted: number[]
  readonly damage: [number, number][]
  readonly rescued: number
  readonly end: number
  readonly dirtyTail: boolean
}

test('any bytes are scanned to an end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), places, (bytes, place) => {
      const { records, damage, end, dirtyTail } = scan(bytes, place)
      assert.equal([records, damage, end], [[], [], 0])
      assert.is(
        dirtyTail,
        bytes.some((byte) => byte !== 0),
      )
    }),
  )
})

test('records are found one after the other, up to the zeros', () => {
  fc.assert(
    fc.property(fc.array(itemsOf('own'), { maxLength: 5 }), fc.nat(100), (commits, zeros) => {
      const records = commits.map((items) => encodeRecord(crypto, 'own', items).record)
      const seen = scan(concat(...records, new Uint8Array(zeros)), 'own')
      assert.is(seen.records.length, commits.length)
      assert.is(seen.end, concat(...records).length)
      assert.equal([seen.damage, seen.dirtyTail], [[], false])
    }),
  )
})

test('one damaged byte costs one record, is named, and all others are found', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (victim, at, change) => {
      const records = [1, 2, 3, 4, 5].map((number) => record([chunkItem(number, 40 * number)], 'own'))
      const offsets = records.map((_, index) => concat(...records.slice(0, index)).length)
      const segment = concat(...records, record([chunkItem(9, 9)], 'own'))
      const start = offsets[victim] as number
      const place = start + (at % (records[victim] as Uint8Array).length)
      segment[place] = (segment[place] ?? 0) ^ change
      const seen = scan(segment, 'own')
      assert.equal(seen.damage, [[start, (records[victim] as Uint8Array).length]])
      assert.is(seen.records.length, 5)
      assert.is(seen.end, segment.length)
    }),
    { numRuns: 300 },
  )
})

// protocol.md §11 MUST: A chunk may hold bytes that look like a record
test('what follows a damaged header is trusted in own only', () => {
  for (const place of ['own', 'kept', 'cache'] as const) {
    const value: Item = { type: 'value', key: 'k', bytes: new Uint8Array([1]) }
    const first = encodeRecord(crypto, place, [value]).record
    const segment = concat(first, encodeRecord(crypto, place, [value]).record)
    segment[2] = 0
    assert.is(scan(segment, place).untrusted.length, place === 'own' ? 0 : 1)
    segment.set(first)
    segment[30] = (segment[30] ?? 0) ^ 1
    assert.equal(scan(segment, place).untrusted, [], 'a damaged body does not hide where the next record is')
  }
})

test('the chunks of a damaged record are rescued one by one', () => {
  const items = [1, 2, 3, 4].map((number) => chunkItem(number, 100))
  const segment = concat(record(items), record([chunkItem(5)]))
  segment[24 + 137 + 60] = 0xff
  assert.is(scan(segment, 'kept').rescued, 3)
})

test('a torn end is an end, whatever it holds', () => {
  const whole = record([chunkItem(1)])
  const torn = record([chunkItem(2), chunkItem(3)])
  for (let cut = 1; cut < torn.length; cut += 7) {
    const seen = scan(concat(whole, torn.subarray(0, cut), new Uint8Array(50)), 'kept')
    assert.equal([seen.records.length, seen.end, seen.damage], [1, whole.length, []])
    assert.is(seen.dirtyTail, true)
  }
})

test('a search among bytes that all look like records ends soon', () => {
  const claim = new Uint8Array(32)
  claim.set([0x52, 0x4e, 0x4c, 0x31, 0, 1, 0, 0])
  claim[24] = 1
  const segment = new Uint8Array(1 << 19)
  for (let at = 0; at < segment.length; at += 32) segment.set(claim, at)
  let hashed = 0
  const counting = {
    ...crypto,
    hashParts: (...parts: Uint8Array[]) => {
      hashed += parts.reduce((sum, part) => sum + part.length, 0)
      return crypto.hashParts(...parts)
    },
  }
  const visitor = { record: () => {}, damage: () => {} }
  assert.is(scanSegment(counting, 'cache', segment, visitor).end, 0)
  assert.ok(hashed < 6 * segment.length, `${hashed}`)
})

function record(items: readonly Item[], place: PlaceName = 'kept'): Uint8Array {
  return encodeRecord(crypto, place, items).record
}

function scan(segment: Uint8Array, place: PlaceName): Seen {
  const seen = { records: [] as number[], untrusted: [] as number[], damage: [] as [number, number][], rescued: 0 }
  const { end, dirtyTail } = scanSegment(crypto, place, segment, {
    record: (offset, bytes, items) => {
      seen.records.push(offset)
      if (items.reduce((sum, item) => sum + item.bytes, 24) < bytes) seen.untrusted.push(offset)
    },
    damage: (offset, bytes, rescued) => {
      seen.damage.push([offset, bytes])
      seen.rescued += rescued.length
    },
  })
  return { ...seen, end, dirtyTail }
}

test.run()
