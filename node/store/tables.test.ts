// The tables of the store against the plainest model of each: Map, Set and array.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ChunkIndex } from './chunk-index.js'
import { Ghost } from './ghost.js'
import { RecencyMap } from './recency-map.js'
import { RowLinks, RowList } from './row-lists.js'
import { keyOf } from './testing/samples.js'
import { WaitingChunks } from './waiting-chunks.js'

const test = suite('tables')
const seed = new Uint8Array(8)
const key = fc.nat(30)

test('lists over shared columns keep their order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(2))), (moves) => {
      const links = new RowLinks()
      const lists = [new RowList(links), new RowList(links)]
      const models: number[][] = [[], []]
      for (const [row, to] of moves) {
        const from = models.findIndex((model) => model.includes(row))
        if (from >= 0) {
          lists[from]?.remove(row)
          models[from] = models[from]?.filter((other) => other !== row) ?? []
        }
        lists[to]?.push(row)
        models[to]?.push(row)
      }
      for (const index of [0, 1]) {
        assert.equal([...(lists[index]?.rows() ?? [])], models[index])
        assert.is(lists[index]?.size, models[index]?.length)
        assert.is(lists[index]?.first, models[index]?.[0] ?? -1)
      }
    }),
  )
})

test('a recency map is a map that knows what was used least lately', () => {
  const operation = fc.tuple(fc.constantFrom('set', 'use', 'peek', 'delete'), key, fc.nat())
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const map = new RecencyMap<number>(seed, 31)
      // A Map keeps the order in which its keys were set.
      const model = new Map<number, number>()
      for (const [what, name, value] of operations) {
        const known = model.get(name)
        if (what === 'set') map.set(keyOf(name), value)
        else if (what === 'use') assert.is(map.use(keyOf(name)), known)
        else if (what === 'peek') assert.is(map.peek(keyOf(name)), known)
        else assert.is(map.delete(keyOf(name)), known)
        if (what === 'delete' || what === 'set' || (what === 'use' && known !== undefined)) model.delete(name)
        if (what === 'set') model.set(name, value)
        if (what === 'use' && known !== undefined) model.set(name, known)
        const [oldest] = model.keys()
        assert.equal(map.oldest(), oldest === undefined ? undefined : keyOf(oldest))
        assert.is(map.size, model.size)
      }
      assert.is([...map.entries()].length, model.size)
    }),
  )
})

test('a chunk index knows where the last copy of each chunk is, and how much of each segment is alive', () => {
  const operation = fc.tuple(
    fc.constantFrom('put', 'delete'),
    key,
    fc.nat(4),
    fc.nat(1000),
    fc.integer({ min: 1, max: 99 }),
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const live = new Map<number, number>()
      const rows = new Set<number>()
      const index = new ChunkIndex(
        seed,
        {
          live: (segment, bytes) => live.set(segment, (live.get(segment) ?? 0) + bytes),
          unreadable: () => {},
        },
        { added: (row) => rows.add(row), gone: (row) => rows.delete(row) },
      )
      const model = new Map<number, [number, number, number]>()
      for (const [what, name, segment, offset, bytes] of operations) {
        if (what === 'put') {
          index.put(keyOf(name), segment, offset, bytes)
          model.set(name, [segment, offset, bytes])
        } else assert.is(index.delete(keyOf(name)), model.delete(name))
      }
      for (const [name, [segment, offset, bytes]] of model) {
        const row = index.find(keyOf(name))
        assert.equal([index.segment(row), index.offset(row), index.bytes(row)], [segment, offset, bytes])
        assert.ok(rows.has(row) && index.isAt(keyOf(name), segment, offset))
      }
      assert.is(rows.size, model.size)
      for (let segment = 0; segment < 5; segment++) {
        const inside = [...model].filter(([, [at]]) => at === segment)
        assert.is(
          live.get(segment) ?? 0,
          inside.reduce((sum, [, [, , bytes]]) => sum + 37 + bytes, 0),
        )
        const within = inside.filter(([, [, offset, bytes]]) => offset < 600 && offset + bytes > 400)
        assert.is(index.namesWithin(segment, 400, 600).length, within.length)
      }
    }),
  )
})

test('a ghost remembers the last names and gives each back once', () => {
  const ghost = new Ghost()
  for (let name = 0; name < 5000; name++) {
    ghost.reserve(name)
    ghost.add(Math.imul(name, 0x85ebca6b) >>> 0)
  }
  const fingerprint = (name: number): number => Math.imul(name, 0x85ebca6b) >>> 0
  assert.is(ghost.take(fingerprint(100), 2000), false, 'too long ago')
  const found = Array.from({ length: 2000 }, (_, index) => ghost.take(fingerprint(4999 - index), 2000))
  assert.ok(found.filter(Boolean).length > 1950, 'nearly all of the last ones')
  assert.is(ghost.take(fingerprint(4999), 2000), false, 'only once')
  assert.is(ghost.take(fingerprint(9999), 2000), false)
})

test('chunks that wait are given in the order in which they came, and never more than fit', () => {
  const waiting = new WaitingChunks(seed, 1000, 600)
  const namesOf = (draft = waiting.take()) => draft?.placed.map(({ item }) => item.type === 'chunk' && item.name)
  for (let name = 0; name < 5; name++) assert.is(waiting.add(keyOf(name), new Uint8Array(200)), true)
  assert.is(waiting.add(keyOf(9), new Uint8Array(1)), false)
  assert.equal(namesOf(), [keyOf(0), keyOf(1)])
  assert.is(waiting.delete(keyOf(0)), true)
  assert.is(waiting.delete(keyOf(0)), false)
  assert.is(waiting.add(keyOf(9), new Uint8Array(200)), true)
  assert.is(waiting.size, 5)
  assert.is(waiting.get(keyOf(9))?.length, 200)
  assert.equal([namesOf(), namesOf(), namesOf()], [[keyOf(2), keyOf(3)], [keyOf(4), keyOf(9)], undefined])
})

test('chunks that wait are copies, whatever becomes of what they were copied from and of memory that was used before', () => {
  const waiting = new WaitingChunks(seed, 1000, 300)
  const bytes = new Uint8Array(200).fill(1)
  waiting.add(keyOf(1), bytes)
  bytes.fill(2)
  waiting.add(keyOf(2), bytes)
  const [first, second] = [waiting.take()!, waiting.take()!]
  const given = waiting.get(keyOf(1))
  waiting.delete(keyOf(2))
  waiting.add(keyOf(2), bytes.fill(3))
  assert.is(waiting.release(first), 1)
  assert.is(waiting.release(second), 0, 'it waits again, in another record')
  waiting.add(keyOf(3), bytes.fill(4))
  assert.equal(given, new Uint8Array(200).fill(1))
  assert.equal(waiting.get(keyOf(2)), new Uint8Array(200).fill(3))
  assert.is(waiting.get(keyOf(1)), undefined)
})

test.run()
