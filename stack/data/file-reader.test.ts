// Files read: any range, in any order of arrival, with what was declared above checked; and the lies of a writer.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { ChunkMemory, driven, oneByOne, type Pace } from '../../test/samples/chunks.js'
import { concat, equal } from '../bytes/index.js'
import { fileScope } from '../crypto/index.js'
import type { CutRule } from './cutter.js'
import { FileBuilder, type FileShape } from './file-builder.js'
import { openFileReader } from './file-reader.js'
import type { TreeRoot } from './frontier.js'
import { halves } from './gear.js'
import { encodeNode, type FileNode, type NodeChild } from './node.js'
import { encodePart } from './part.js'

const crypto = await openTestCrypto()
const secret = new Uint8Array(32).fill(6)
const scope = fileScope(crypto, secret)
const test = suite('data/file-reader')

/** Parts of 64 to 256 bytes, so that small files are deep trees. */
const smallParts: CutRule = {
  minimumBytes: 64,
  averageBytes: 128,
  maximumBytes: 256,
  strictMask: halves('0000001800035300'),
  looseMask: halves('0000000001803110'),
}

function build(data: Uint8Array, shape: FileShape = {}) {
  const memory = new ChunkMemory(crypto)
  const builder = new FileBuilder(crypto, secret, memory.emit, shape)
  builder.push(data)
  return { file: builder.end(), memory }
}

function pseudoRandom(bytes: number, seed: number): Uint8Array {
  let x = seed | 1
  return new Uint8Array(bytes).map(() => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x
  })
}

function read(
  file: TreeRoot,
  memory: ChunkMemory,
  range: Parameters<typeof openFileReader>[3] = {},
  pace: Pace = oneByOne,
) {
  const pieces = driven(openFileReader(crypto, scope, file, range), memory, pace)
  return typeof pieces === 'string' ? pieces : concat(...pieces)
}

/** A pace that follows a list of numbers. */
function paceOf(limit: number, picks: readonly number[]): Pace {
  let turn = 0
  return { limit, pick: () => picks[turn++ % picks.length] ?? 0 }
}

const pace = fc
  .record({ limit: fc.integer({ min: 1, max: 40 }), picks: fc.array(fc.nat(99), { minLength: 1, maxLength: 20 }) })
  .map(({ limit, picks }) => paceOf(limit, picks))

test('a whole file comes back, with any fan-out, limit and order of arrival', () => {
  fc.assert(
    fc.property(
      fc.nat(20_000),
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.integer({ min: 5, max: 9 }),
      pace,
      (bytes, seed, fanOut, how) => {
        const data = pseudoRandom(bytes, seed)
        const { file, memory } = build(data, { cutRule: smallParts, fanOut })
        assert.ok(equal(read(file, memory, { fanOut }, how) as Uint8Array, data))
      },
    ),
  )
})

test('any range comes back', () => {
  const data = pseudoRandom(30_000, 7)
  const { file, memory } = build(data, { cutRule: smallParts, fanOut: 4 })
  fc.assert(
    fc.property(fc.nat(30_000), fc.nat(30_000), pace, (a, b, how) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      assert.ok(equal(read(file, memory, { from, to, fanOut: 4 }, how) as Uint8Array, data.subarray(from, to)))
    }),
  )
})

test('a file of the real sizes comes back', () => {
  const data = pseudoRandom(3 << 20, 3)
  const { file, memory } = build(data)
  assert.ok(equal(read(file, memory, {}, paceOf(16, [3, 0, 7])) as Uint8Array, data))
  const small = data.subarray(0, 10)
  const one = build(small)
  assert.equal(read(one.file, one.memory), small)
})

test('a byte in the middle of a deep tree takes one chunk a level', () => {
  const data = pseudoRandom(60_000, 9)
  const { file, memory } = build(data, { cutRule: smallParts, fanOut: 4 })
  const reader = openFileReader(crypto, scope, file, { from: 30_000, to: 30_001, fanOut: 4 })
  let fetched = 0
  while (!reader.done) {
    for (const { name } of reader.wanted(256)) {
      fetched++
      assert.is(reader.handleChunk(name, memory.take(name)), undefined)
    }
    reader.take()
  }
  assert.ok(fetched >= 4 && fetched <= 6, `${fetched} chunks`)
  assert.is(reader.offset, 30_001)
})

test('a wanted part says how long its chunk is, and where in the file its bytes begin', () => {
  const data = pseudoRandom(5000, 4)
  const { file, memory } = build(data, { cutRule: smallParts })
  const reader = openFileReader(crypto, scope, file)
  const [top] = reader.wanted(1)
  assert.equal([top!.bytes, top!.offset], [undefined, undefined])
  reader.handleChunk(top!.name, memory.take(top!.name))
  const parts = reader.wanted(256)
  let offset = 0
  for (const wanted of parts) {
    assert.equal([wanted.offset, wanted.bytes], [offset, memory.take(wanted.name).length])
    offset += (wanted.bytes ?? 0) - 1
  }
  assert.is(offset, data.length)
})

test('a range of no bytes needs no chunk, nor does a file of no bytes', () => {
  const memory = new ChunkMemory(crypto)
  const { file } = build(pseudoRandom(1000, 1))
  assert.equal(read(file, memory, { from: 5, to: 5 }), new Uint8Array(0))
  assert.equal(read(build(new Uint8Array(0)).file, memory), new Uint8Array(0))
})

test('a range outside the file is a mistake of the caller', () => {
  const { file } = build(pseudoRandom(1000, 1))
  for (const range of [{ from: -1 }, { to: 1001 }, { from: 6, to: 5 }, { from: 0.5 }, { to: Number.NaN }]) {
    assert.throws(() => openFileReader(crypto, scope, file, range), RangeError)
  }
})

test('no more than the limit is asked for or held, and it goes on when that is taken', () => {
  const { file, memory } = build(pseudoRandom(60_000, 5), { cutRule: smallParts, fanOut: 16 })
  const reader = openFileReader(crypto, scope, file, { fanOut: 16 })
  const limit = 10
  let held = 0
  let rounds = 0
  while (!reader.done) {
    const wanted = reader.wanted(limit)
    if (wanted.length === 0) {
      // Everything that was asked for is there, so something must be ready.
      assert.ok(held > 0)
      const taken = reader.take()
      assert.ok(taken.length > 0)
      held = 0
    } else {
      held += wanted.length
      assert.ok(held <= 3 * limit, `${held} chunks held`)
      for (const { name } of wanted.reverse()) reader.handleChunk(name, memory.take(name))
    }
    rounds++
  }
  assert.ok(rounds > 20)
})

test('at most 256 parts are asked for or held, whatever the limit', () => {
  const { file, memory } = build(pseudoRandom(100_000, 6), { cutRule: smallParts })
  const reader = openFileReader(crypto, scope, file)
  const [top] = reader.wanted(1)
  reader.handleChunk(top!.name, memory.take(top!.name))
  let asked = 0
  // Until the first part arrives, further nodes do, and bring further parts.
  for (let wanted = reader.wanted(10_000); wanted.length > 0; wanted = reader.wanted(10_000)) {
    asked += wanted.filter(({ offset }) => offset !== undefined).length
    for (const { name, offset } of wanted) if (offset !== 0) reader.handleChunk(name, memory.take(name))
  }
  assert.equal([asked, reader.take().length], [256, 0])
})

test('equal parts that are wanted at once are asked for once', () => {
  const data = new Uint8Array(256 * 100)
  const { file, memory } = build(data, { cutRule: smallParts })
  assert.is(memory.size, 2)
  const reader = openFileReader(crypto, scope, file)
  const asked = reader.wanted(256)
  reader.handleChunk(asked[0]!.name, memory.take(asked[0]!.name))
  const parts = reader.wanted(256)
  assert.is(parts.length, 1)
  reader.handleChunk(parts[0]!.name, memory.take(parts[0]!.name))
  assert.equal(concat(...reader.take()), data)
  assert.ok(reader.done)
})

test('a chunk that nobody asked for is ignored', () => {
  const { file, memory } = build(pseudoRandom(5000, 2), { cutRule: smallParts })
  const reader = openFileReader(crypto, scope, file)
  assert.is(reader.handleChunk(new Uint8Array(32), Uint8Array.of(9)), undefined)
  assert.is(reader.handleChunk(file.child, Uint8Array.of(9)), undefined)
  assert.ok(equal(concat(...(driven(reader, memory) as Uint8Array[])), pseudoRandom(5000, 2)))
})

test('another secret opens nothing', () => {
  const { file, memory } = build(pseudoRandom(5000, 2))
  const reader = openFileReader(crypto, fileScope(crypto, undefined), file)
  assert.is(driven(reader, memory), 'bad-seal')
  assert.is(reader.failed, 'bad-seal')
  assert.equal(reader.wanted(5), [])
  assert.equal(reader.take(), [])
  assert.not.ok(reader.done)
})

const memory = new ChunkMemory(crypto)

function part(bytes: number): NodeChild {
  const { id, chunk } = encodePart(crypto, scope, pseudoRandom(bytes, bytes))
  const name = crypto.hash(chunk)
  memory.emit(name, chunk)
  return { name, id, bytes }
}

/** A node as a liar writes it: `bytes` may be another sum than its children's. */
function node(value: FileNode, bytes?: number): NodeChild {
  const { id, chunk } = encodeNode(crypto, scope, value)
  const name = crypto.hash(chunk)
  memory.emit(name, chunk)
  return { name, id, bytes: bytes ?? value.children.reduce((sum, child) => sum + child.bytes, 0) }
}

function verdict(root: NodeChild, fanOut = 2): string {
  const result = read(
    { child: root.name, id: root.id, bytes: root.bytes },
    memory,
    { fanOut },
    { limit: 8, pick: () => 0, lies: true },
  )
  return typeof result === 'string' ? result : 'read'
}

test('a tree of hand-made nodes is read where nothing is wrong with it', () => {
  const leaf = (...sizes: number[]) => node({ level: 0, children: sizes.map(part) })
  assert.is(verdict(node({ level: 1, children: [leaf(10, 20), leaf(30)] })), 'read')
})

// protocol.md §6.3 MUST: A reader MUST check that each child is of the kind
test('lengths that do not add up are refused', () => {
  assert.is(verdict(node({ level: 0, children: [part(10), part(20)] }, 31)), 'bad-length')
  assert.is(verdict({ ...part(10), bytes: 11 }), 'bad-length')
  assert.is(verdict(node({ level: 0, children: [part(10), { ...part(20), bytes: 19 }] })), 'bad-length')
  const leaf = node({ level: 0, children: [part(10), part(20)] }, 29)
  assert.is(verdict(node({ level: 1, children: [leaf, node({ level: 0, children: [part(1)] })] })), 'bad-length')
})

// protocol.md §6.3 MUST: A reader MUST check that each child is of the kind
test('a child of another kind or level than its parent says is refused', () => {
  const leaf = node({ level: 0, children: [part(10), part(20)] })
  assert.is(verdict(node({ level: 0, children: [part(5), leaf] })), 'bad-length')
  assert.is(verdict(node({ level: 1, children: [part(5), part(6)] })), 'bad-kind')
  assert.is(verdict(node({ level: 2, children: [leaf, leaf] })), 'bad-range')
})

// protocol.md §6.3 MUST: A reader MUST check that each child is of the kind
test('a node that is not full where it must be, or that stands above a single child, is refused', () => {
  const leaf = (...sizes: number[]) => node({ level: 0, children: sizes.map(part) })
  assert.is(verdict(node({ level: 1, children: [leaf(30), leaf(10, 20)] })), 'not-canonical')
  assert.is(verdict(leaf(30)), 'not-canonical')
  assert.is(verdict(node({ level: 1, children: [leaf(10, 20)] })), 'not-canonical')
})

test('a part with the id of another one is refused', () => {
  assert.is(verdict(node({ level: 0, children: [part(10), { ...part(20), id: part(21).id }] })), 'bad-seal')
})

test('a root that is neither a part nor a node is refused', () => {
  const page = Uint8Array.of(1)
  memory.emit(crypto.hash(page), page)
  assert.is(verdict({ name: crypto.hash(page), id: new Uint8Array(32), bytes: 0x1000 }), 'bad-kind')
})

test('a root is never larger than is likely when its file was cut as publishers should', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_500_000 }), fc.nat(), (bytes, seed) => {
      const { file, memory } = build(pseudoRandom(bytes, seed))
      const [root] = openFileReader(crypto, scope, file).wanted(1)
      const chunk = root === undefined ? undefined : memory.take(root.name)
      assert.ok(chunk !== undefined && chunk.length <= (root?.likelyBytes ?? 0), `${chunk?.length} of ${bytes}`)
      assert.ok((root?.likelyBytes ?? 0) <= 61_440)
    }),
    { numRuns: 20 },
  )
})

test.run()
