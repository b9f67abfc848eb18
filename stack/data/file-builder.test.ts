// Files built in one pass: the shape of their trees, the numbers they declare, and the memory that it takes.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { ChunkMemory } from '../../test/samples/chunks.js'
import { toHex } from '../bytes/index.js'
import { fileScope } from '../crypto/index.js'
import { childrenOf } from './children.js'
import { ChunkKind } from './chunk.js'
import type { CutRule } from './cutter.js'
import { FileBuilder, type FileRef, type FileShape } from './file-builder.js'
import { halves } from './gear.js'
import { maxNodeLevel } from './limits.js'
import { bytesBelow, decodeNode, type FileNode } from './node.js'
import { openPart } from './part.js'

const crypto = await openTestCrypto()
const scope = fileScope(crypto, undefined)
const test = suite('data/file-builder')

/** Parts of exactly 64 bytes: no hash can say yes to a mask before the first pair is looked at. */
const tinyParts: CutRule = {
  minimumBytes: 64,
  averageBytes: 64,
  maximumBytes: 64,
  strictMask: halves('0000d90303537000'),
  looseMask: halves('0000d90313530000'),
}

function build(data: Uint8Array, shape: FileShape = {}, memory = new ChunkMemory(crypto)) {
  const builder = new FileBuilder(crypto, undefined, memory.emit, shape)
  builder.push(data)
  return { file: builder.end(), memory }
}

/** Different bytes in each part. */
function counting(parts: number): Uint8Array {
  const words = new Uint32Array(parts * 16)
  for (let at = 0; at < words.length; at++) words[at] = at * 2_654_435_761
  return new Uint8Array(words.buffer)
}

/** The chunk of a file's root as a node. */
function topOf(file: FileRef, memory: ChunkMemory): FileNode {
  const node = decodeNode(crypto, scope, file.id, memory.take(file.child))
  assert.is.not(typeof node, 'string', String(node))
  return node as FileNode
}

test('a file of no bytes is a node of level 0 without children', () => {
  const { file, memory } = build(new Uint8Array(0))
  assert.equal(topOf(file, memory), { level: 0, children: [] })
  assert.equal([file.bytes, file.reachable, memory.size], [0, 36, 1])
})

test('a file of one part is named by that part', () => {
  const { file, memory } = build(Uint8Array.of(1, 2, 3))
  assert.equal(openPart(crypto, scope, file.id, memory.take(file.child)), Uint8Array.of(1, 2, 3))
  assert.equal([file.bytes, file.reachable, memory.size], [3, 4, 1])
})

test('levels are as few as can be and filled from the left', () => {
  for (const [parts, level, atTop] of [
    [2, 0, 2],
    [256, 0, 256],
    [257, 1, 2],
    [512, 1, 2],
  ] as const) {
    const { file, memory } = build(counting(parts), { cutRule: tinyParts })
    const top = topOf(file, memory)
    assert.equal([top.level, top.children.length], [level, atTop], `${parts} parts`)
    assert.is(file.bytes, parts * 64)
    assert.is(bytesBelow(top), file.bytes)
  }
})

test('the part after the 65,536th begins a level, and its nodes hold 65,536 and 1', () => {
  const memory = new ChunkMemory(crypto)
  const keepNodes = (name: Uint8Array, chunk: Uint8Array) => {
    if (chunk[0] === ChunkKind.node) memory.emit(name, chunk)
  }
  const builder = new FileBuilder(crypto, undefined, keepNodes, { cutRule: tinyParts })
  builder.push(new Uint8Array(65_537 * 64))
  const file = builder.end()
  const top = topOf(file, memory)
  assert.is(top.level, 2)
  assert.equal(
    top.children.map((child) => child.bytes),
    [65_536 * 64, 64],
  )
  // Equal parts make equal nodes: two full ones, three on the right edge's way down to the last part.
  assert.is(memory.size, 5)
})

test('deep trees have full nodes but at their right edge, and no node above a single child', () => {
  for (let parts = 2; parts <= 60; parts++) {
    const { file, memory } = build(counting(parts), { cutRule: tinyParts, fanOut: 3 })
    const top = topOf(file, memory)
    assert.ok(top.children.length >= 2)
    assert.is(top.level, Math.ceil(Math.log(parts) / Math.log(3) - 1e-9) - 1)
    assert.is(countFull(top, memory, true), parts)
  }
  function countFull(node: FileNode, memory: ChunkMemory, atEdge: boolean): number {
    if (!atEdge) assert.is(node.children.length, 3)
    if (node.level === 0) return node.children.length
    return node.children
      .map(({ id, name }, at) => {
        const child = decodeNode(crypto, scope, id, memory.take(name)) as FileNode
        assert.is(child.level, node.level - 1)
        return countFull(child, memory, atEdge && at === node.children.length - 1)
      })
      .reduce((sum, count) => sum + count, 0)
  }
})

test('a tree may have level 6, and the part for which it would need another level is refused', () => {
  const most = 2 ** (maxNodeLevel + 1)
  const { file, memory } = build(counting(most), { cutRule: tinyParts, fanOut: 2 })
  assert.is(topOf(file, memory).level, maxNodeLevel)
  assert.throws(() => build(counting(most + 1), { cutRule: tinyParts, fanOut: 2 }), RangeError)
})

test('reachable is the sum over the clear children with multiplicity, also where parts are equal', () => {
  const reachableOf = (name: Uint8Array, memory: ChunkMemory): number => {
    const chunk = memory.take(name)
    const children = childrenOf(chunk)
    assert.is.not(typeof children, 'string')
    return (children as { name: Uint8Array }[]).reduce(
      (sum, child) => sum + reachableOf(child.name, memory),
      chunk.length,
    )
  }
  for (const data of [counting(40), new Uint8Array(40 * 64), counting(1), new Uint8Array(0)]) {
    const { file, memory } = build(data, { cutRule: tinyParts, fanOut: 4 })
    assert.is(file.reachable, reachableOf(file.child, memory))
  }
  const { file, memory } = build(new Uint8Array(40 * 64), { cutRule: tinyParts, fanOut: 4 })
  assert.ok(memory.size < 10 && file.reachable > 40 * 65)
})

test('the children of a chunk are emitted before it', () => {
  const seen = new Set<string>()
  const builder = new FileBuilder(
    crypto,
    undefined,
    (name, chunk) => {
      for (const child of childrenOf(chunk) as { name: Uint8Array }[]) assert.ok(seen.has(toHex(child.name)))
      seen.add(toHex(name))
    },
    { cutRule: tinyParts, fanOut: 3 },
  )
  builder.push(counting(50))
  builder.end()
  assert.ok(seen.size > 50)
})

test('the tree is the same however the bytes are pushed, and from a builder that made another file before', () => {
  const data = crypto.hash(Uint8Array.of(1))
  const long = new Uint8Array(200_000).map((_, at) => (data[at % 32] ?? 0) ^ (at >> 5) ^ (at >> 11))
  const { file } = build(long)
  const steps = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 })
  const builder = new FileBuilder(crypto, undefined, () => {})
  fc.assert(
    fc.property(steps, (sizes) => {
      for (let offset = 0, turn = 0; offset < long.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1
        builder.push(long.subarray(offset, offset + size))
        offset += size
      }
      assert.equal(builder.end(), file)
    }),
    { numRuns: 20 },
  )
})

test('public files are one for the world, and a secret makes other chunks of the same bytes', () => {
  const data = counting(3000)
  const build2 = (secret: Uint8Array | undefined) => {
    const memory = new ChunkMemory(crypto)
    const builder = new FileBuilder(crypto, secret, memory.emit)
    builder.push(data)
    return { file: builder.end(), names: memory.names() }
  }
  assert.equal(build2(undefined), build2(undefined))
  const secret = build2(new Uint8Array(32).fill(6))
  assert.not.ok(secret.names.some((name) => build2(undefined).names.includes(name)))
  assert.equal(secret, build2(new Uint8Array(32).fill(6)))
})

test('a changed byte changes one part and the nodes above it', () => {
  const data = new Uint8Array(4 << 20)
  for (let at = 0, x = 1; at < data.length; at++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
    data[at] = x >>> 16
  }
  const { memory: before } = build(data)
  data[2 << 20] = (data[2 << 20] ?? 0) ^ 1
  const { memory: after } = build(data)
  const news = after.names().filter((name) => !before.names().includes(name))
  assert.ok(news.length >= 2 && news.length <= 4, `${news.length} new chunks`)
})

test('what waits is at most the children of one node a level, however long the file is', () => {
  const builder = new FileBuilder(crypto, undefined, () => {}, { cutRule: tinyParts, fanOut: 4 })
  let most = 0
  for (let part = 0; part < 4 ** 6; part++) {
    builder.push(new Uint8Array(64).fill(part))
    most = Math.max(most, builder.waiting)
  }
  assert.ok(most <= 6 * 3, `${most} children waited`)
  builder.end()
  assert.is(builder.waiting, 0)
})

test('a stream of 256 MiB needs no more memory than one of 32 MiB', () => {
  const step = new Uint8Array(1 << 20)
  for (let at = 0, x = 1; at < step.length; at++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    step[at] = x
  }
  let chunks = 0
  const builder = new FileBuilder(crypto, undefined, () => chunks++)
  const grownBy = (mebibytes: number): number => {
    for (let pushed = 0; pushed < mebibytes; pushed++) {
      step[pushed & 0xffff] = pushed
      builder.push(step)
    }
    return process.memoryUsage().rss
  }
  const early = grownBy(32)
  const late = grownBy(224)
  const { bytes } = builder.end()
  assert.equal(bytes, 256 << 20)
  assert.ok(chunks > 4000)
  // The garbage of a part is collected when the collector likes; 256 MiB of chunks would show.
  assert.ok(late - early < 96 << 20, `${(late - early) >> 20} MiB more`)
})

test.run()
