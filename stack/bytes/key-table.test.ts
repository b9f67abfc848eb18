// KeyTable against a Map of hex keys, its limit, its row numbers and its hash.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equal } from './compare.js'
import { toHex } from './hex.js'
import { hashWords } from './key-hash.js'
import { KeyTable } from './key-table.js'
import { INITIAL_ROWS, MAX_TABLE_KEYS } from './limits.js'

const test = suite('KeyTable')
const seed = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

/** A key that is told by a number. */
function key(number: number): Uint8Array {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(28, number)
  return bytes
}

test('behaves as a Map of hex keys under any operations', () => {
  const operation = fc.record({
    verb: fc.constantFrom('insert', 'insert', 'delete', 'find', 'clear'),
    number: fc.nat({ max: 60 }),
  })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (operations, maxKeys) => {
      const table = new KeyTable(seed, maxKeys)
      const model = new Map<string, number>()
      for (const { verb, number } of operations) {
        const bytes = key(number)
        const name = toHex(bytes)
        const held = model.get(name)
        if (verb === 'find') assert.is(table.find(bytes), held ?? -1)
        if (verb === 'clear' && number === 0) {
          table.clear()
          model.clear()
        }
        if (verb === 'delete') {
          assert.is(table.delete(bytes), held ?? -1)
          model.delete(name)
        }
        if (verb === 'insert') {
          const row = table.insert(bytes)
          if (held !== undefined) assert.is(row, held, 'a row number stays')
          else if (model.size === maxKeys) assert.is(row, -1)
          else {
            assert.not([...model.values()].includes(row), 'a row is never given out twice')
            model.set(name, row)
          }
        }
        assert.is(table.size, model.size)
        assert.is(table.full, model.size === maxKeys)
      }
      const rows = []
      for (let row = table.nextRow(0); row >= 0; row = table.nextRow(row + 1))
        rows.push([toHex(table.keyAt(row)!), row])
      assert.equal(new Map(rows as [string, number][]), new Map([...model].sort((a, b) => a[1] - b[1])))
    }),
    { numRuns: 200 },
  )
})

test('keeps every row number while it grows by doubling', () => {
  const table = new KeyTable(seed)
  for (let number = 0; number < 10_000; number++) assert.is(table.insert(key(number)), number)
  for (let number = 0; number < 10_000; number += 3) assert.is(table.delete(key(number)), number)
  for (let number = 0; number < 10_000; number++) assert.is(table.find(key(number)), number % 3 === 0 ? -1 : number)
})

test('gives freed rows out again before it grows', () => {
  const table = new KeyTable(seed)
  for (let number = 0; number < 4 * INITIAL_ROWS; number++) table.insert(key(number))
  const rowCount = table.rowCount
  for (let round = 1; round <= 100; round++) {
    for (let number = 0; number < INITIAL_ROWS; number++) table.delete(key(number + (round - 1) * 1000))
    for (let number = 0; number < INITIAL_ROWS; number++) table.insert(key(number + round * 1000))
  }
  assert.is(table.rowCount, rowCount)
})

test('refuses one key more than its maximum, and takes it when another has gone', () => {
  const table = new KeyTable(seed, 20)
  for (let number = 0; number < 20; number++) assert.is.not(table.insert(key(number)), -1)
  assert.ok(table.full)
  assert.is(table.insert(key(20)), -1)
  assert.is.not(table.insert(key(7)), -1, 'a key that is there already is found')
  table.delete(key(7))
  assert.is.not(table.insert(key(20)), -1)
  assert.is(table.size, 20)
})

test('tells keys apart that differ in one byte anywhere', () => {
  const table = new KeyTable(seed)
  const keys = Array.from({ length: 32 }, (_, index) => {
    const bytes = new Uint8Array(32)
    bytes[index] = 0x80
    return bytes
  })
  const rows = keys.map((bytes) => table.insert(bytes))
  assert.is(new Set(rows).size, 32)
  for (const [index, row] of rows.entries()) assert.ok(equal(table.keyAt(row)!, keys[index]!))
})

test('copies its keys in and out', () => {
  const table = new KeyTable(seed)
  const bytes = key(1)
  const row = table.insert(bytes)
  bytes.fill(9)
  assert.is(table.find(key(1)), row)
  table.keyAt(row)!.fill(9)
  assert.is(table.find(key(1)), row)
})

test('has no key in a row that is free or was never given out', () => {
  const table = new KeyTable(seed)
  const row = table.insert(key(1))
  table.delete(key(1))
  for (const other of [row, 5, 1000, -1]) assert.is(table.keyAt(other), undefined)
  assert.is(table.nextRow(0), -1)
})

test('hashes as HalfSipHash-1-3, differently under each seed', () => {
  const words = Uint32Array.from({ length: 8 }, (_, index) => (index * 0x04040404 + 0x03020100) >>> 0)
  assert.is(
    hashWords(0x03020100, 0x07060504, words),
    0xbc6dda8d,
    'vector of Linux, 32 bytes, lib/tests/siphash_kunit.c',
  )
  const hashes = new Set(Array.from({ length: 1000 }, (_, low) => hashWords(low, 0, words)))
  assert.ok(hashes.size > 990)
})

test('throws RangeError for a key, a seed or a maximum that cannot be', () => {
  const table = new KeyTable(seed)
  const refused: (() => void)[] = [
    () => table.find(new Uint8Array(0)),
    () => table.insert(new Uint8Array(31)),
    () => table.delete(new Uint8Array(33)),
    () => new KeyTable(new Uint8Array(7)),
    () => new KeyTable(seed, 0),
    () => new KeyTable(seed, 1.5),
    () => new KeyTable(seed, MAX_TABLE_KEYS + 1),
  ]
  for (const call of refused) assert.throws(call, (error: unknown) => error instanceof RangeError)
})

test.run()
