// KeyMap and KeySet against Map and Set, their limits, and changes while they are iterated.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from './hex.js'
import { KeyMap, KeySet } from './key-map.js'

const test = suite('KeyMap')
const seed = new Uint8Array(8)
const key = (number: number) => new Uint8Array(32).fill(number)

test('behaves as a Map of hex keys under any operations', () => {
  const operation = fc.record({
    verb: fc.constantFrom('set', 'set', 'delete'),
    number: fc.nat({ max: 40 }),
    value: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
      const map = new KeyMap<number>(seed)
      const model = new Map<string, number>()
      for (const { verb, number, value } of operations) {
        const name = toHex(key(number))
        if (verb === 'set') {
          assert.is(map.set(key(number), value), map)
          model.set(name, value)
        } else {
          assert.is(map.delete(key(number)), model.delete(name))
        }
        assert.is(map.get(key(number)), model.get(name))
        assert.is(map.has(key(number)), model.has(name))
        assert.is(map.size, model.size)
      }
      const entries = [...map].map(([bytes, value]): [string, number] => [toHex(bytes), value])
      assert.equal(entries.sort(), [...model].sort())
      assert.equal([...map.keys()].map(toHex).sort(), [...model.keys()].sort())
      assert.equal([...map.values()].sort(), [...model.values()].sort())
    }),
  )
})

test('may be emptied while it is iterated, and each entry is seen once', () => {
  const map = new KeyMap<number>(seed)
  for (let number = 0; number < 100; number++) map.set(key(number), number)
  const seen: number[] = []
  for (const [bytes, number] of map) {
    seen.push(number)
    map.delete(bytes)
  }
  assert.is(map.size, 0)
  assert.is(new Set(seen).size, 100)
})

test('ends its iteration when each entry adds another', () => {
  const map = new KeyMap<number>(seed, 64)
  map.set(key(0), 0)
  for (const number of map.values()) if (!map.full) map.set(key(number + 1), number + 1)
  assert.is(map.size, 64)
})

test('throws RangeError for one key more than its maximum, and still replaces', () => {
  const map = new KeyMap<string>(seed, 2).set(key(1), 'a').set(key(2), 'b')
  assert.ok(map.full)
  assert.throws(
    () => map.set(key(3), 'c'),
    (error: unknown) => error instanceof RangeError,
  )
  assert.is(map.set(key(2), 'd').get(key(2)), 'd')
  assert.is(map.get(key(3)), undefined)
})

test('does not show the value of a deleted key to the next owner of its row', () => {
  const map = new KeyMap<string | undefined>(seed).set(key(1), 'old')
  map.delete(key(1))
  map.set(key(2), undefined)
  assert.is(map.get(key(2)), undefined)
  assert.ok(map.has(key(2)))
})

test('is empty after clear and usable again', () => {
  const map = new KeyMap<number>(seed).set(key(1), 1)
  map.clear()
  assert.is(map.size, 0)
  assert.is(map.get(key(1)), undefined)
  assert.is(map.set(key(1), 2).get(key(1)), 2)
})

test('a set behaves as a Set of hex keys under any operations', () => {
  const operation = fc.record({ verb: fc.constantFrom('add', 'delete'), number: fc.nat({ max: 30 }) })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const set = new KeySet(seed)
      const model = new Set<string>()
      for (const { verb, number } of operations) {
        if (verb === 'add') {
          set.add(key(number))
          model.add(toHex(key(number)))
        } else {
          assert.is(set.delete(key(number)), model.delete(toHex(key(number))))
        }
        assert.is(set.size, model.size)
      }
      assert.equal([...set].map(toHex).sort(), [...model].sort())
    }),
  )
})

test('a set refuses one key more than its maximum', () => {
  const set = new KeySet(seed, 1).add(key(1)).add(key(1))
  assert.ok(set.full)
  assert.throws(
    () => set.add(key(2)),
    (error: unknown) => error instanceof RangeError,
  )
  set.clear()
  assert.not(set.has(key(1)))
  assert.ok(set.add(key(2)).has(key(2)))
})

test.run()
