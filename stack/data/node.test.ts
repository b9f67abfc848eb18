// Parts and nodes of files: their layouts, and what no builder would have written.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { idIn, sealed, unsealed } from '../../test/samples/chunks.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { concat, equal, Writer } from '../bytes/index.js'
import { fileScope } from '../crypto/index.js'
import { maxNodeLevel, maxPartBytes, nodeFanOut } from './limits.js'
import { decodeNode, encodeNode, type FileNode, type NodeChild, nodeBytes } from './node.js'
import { encodePart, openPart } from './part.js'

const crypto = await openTestCrypto()
const scope = fileScope(crypto, undefined)
const secretScope = fileScope(crypto, new Uint8Array(32).fill(6))
const test = suite('data/node')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const childOf = (most: number) =>
  fc.record({ name: bytes32, id: bytes32, bytes: fc.integer({ min: 1, max: most }) }).map((child) => ({ ...child }))
const node: fc.Arbitrary<FileNode> = fc.oneof(
  fc.array(childOf(maxPartBytes), { maxLength: 6 }).map((children) => ({ level: 0, children })),
  fc
    .record({
      level: fc.integer({ min: 1, max: 6 }),
      children: fc.array(childOf(2 ** 40), { minLength: 1, maxLength: 6 }),
    })
    .map((value) => ({ ...value })),
)

const decode = (chunk: Uint8Array) => decodeNode(crypto, scope, idIn(chunk), chunk)
const encode = (value: FileNode) => encodeNode(crypto, scope, value).chunk
/** Behind the seal. */
const decodeClear = (bytes: Uint8Array) => {
  const { id, chunk } = sealed(crypto, scope, bytes)
  return decodeNode(crypto, scope, id, chunk)
}
const encodeClear = (value: FileNode) => unsealed(crypto, scope, encode(value))
const openWithId = (bytes: Uint8Array) =>
  bytes.length < 32 ? 'too-short' : openPart(crypto, scope, bytes.subarray(0, 32), bytes.subarray(32))
const encodeWithId = (plaintext: Uint8Array) => {
  const { id, chunk } = encodePart(crypto, scope, plaintext)
  return concat(id, chunk)
}

function children(count: number, bytes = 1): NodeChild[] {
  return Array.from({ length: count }, (_, at) => ({
    name: new Uint8Array(32).fill(at),
    id: new Uint8Array(32).fill(at + 1),
    bytes,
  }))
}

test('a node is read as it was written, sealed and behind its seal', () => {
  assertDecoder({ valid: node.map(encode), decode, encode }, 50)
  assertDecoder({ valid: node.map(encodeClear), decode: decodeClear, encode: encodeClear }, 50)
})

test('a part is read as it was written', () => {
  const valid = fc.uint8Array({ minLength: 1, maxLength: 300 }).map(encodeWithId)
  assertDecoder({ valid, decode: openWithId, encode: encodeWithId }, 50)
})

test('nodes and parts replay their corpus', () => {
  assertCorpus('stack/data/corpus/node', decode)
  assertCorpus('stack/data/corpus/part', openWithId)
})

test('a node has 36 bytes and 72 for each child', () => {
  for (const count of [0, 1, 256]) {
    assert.is(encode({ level: 0, children: children(count) }).length, 36 + 72 * count)
    assert.is(nodeBytes(count), 36 + 72 * count)
  }
})

test('a node of 256 children is read, and one of 257 is neither written nor read', () => {
  const full = { level: 0, children: children(nodeFanOut) }
  assert.equal(decode(encode(full)), full)
  assert.throws(() => encode({ level: 0, children: children(nodeFanOut + 1) }), RangeError)
  const [child] = children(1)
  const wide = concat(
    Uint8Array.of(4, 0, 1, 1),
    ...Array(257).fill(child!.name),
    ...Array(257 * 40).fill(Uint8Array.of(1)),
  )
  assert.is(decodeClear(wide), 'bad-count')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a node of level 6 is read, and one of level 7 is neither written nor read', () => {
  const deep = encodeClear({ level: maxNodeLevel, children: children(1) })
  assert.is((decodeClear(deep) as FileNode).level, 6)
  deep[1] = maxNodeLevel + 1
  assert.is(decodeClear(deep), 'too-deep')
  assert.throws(() => encode({ level: maxNodeLevel + 1, children: children(1) }), RangeError)
})

test('a part of 61,439 bytes is read, and one of a byte more or of none is neither written nor read', () => {
  const plaintext = new Uint8Array(maxPartBytes).fill(7)
  const { id, chunk } = encodePart(crypto, scope, plaintext)
  assert.equal(openPart(crypto, scope, id, chunk), plaintext)
  assert.throws(() => encodePart(crypto, scope, new Uint8Array(maxPartBytes + 1)), RangeError)
  assert.is(openPart(crypto, scope, id, concat(chunk, Uint8Array.of(0))), 'too-long')
  assert.throws(() => encodePart(crypto, scope, new Uint8Array(0)), RangeError)
  assert.is(openPart(crypto, scope, id, Uint8Array.of(3)), 'too-short')
})

// protocol.md §1 MUST: A `u64` above 2^53 − 1 MUST be refused
test('a node refuses children of no bytes, parts beyond a chunk, and a file beyond 2^53 − 1', () => {
  const refusals: [FileNode, string][] = [
    [{ level: 0, children: children(2, 0) }, 'bad-range'],
    [{ level: 0, children: children(2, maxPartBytes + 1) }, 'bad-range'],
    [{ level: 1, children: children(2, Number.MAX_SAFE_INTEGER) }, 'too-large'],
    [{ level: 1, children: [] }, 'bad-count'],
  ]
  for (const [value, reason] of refusals) {
    assert.throws(
      () => encode(value),
      (error: Error) => error instanceof RangeError && error.message.endsWith(reason),
    )
    const clear = concat(
      Uint8Array.of(4, value.level, 0, value.children.length),
      ...value.children.map((child) => child.name),
      ...value.children.map(({ id, bytes }) => new Writer().put(id).u64(bytes).bytes()),
    )
    assert.is(decodeClear(clear), reason)
  }
})

// protocol.md §5 MUST: Where an id stands in the parent and in the chunk
test('a node whose own id is another than its parent says is refused, also where the parent is right', () => {
  const { id, chunk } = encodeNode(crypto, secretScope, { level: 0, children: children(2) })
  const at = chunk.findIndex((_, start) => equal(chunk.subarray(start, start + 32), id))
  chunk[at] = (chunk[at] ?? 0) ^ 1
  assert.is(decodeNode(crypto, secretScope, id, chunk), 'bad-seal')
})

test('what is sealed under a secret does not open without it, nor with another id or kind', () => {
  const part = encodePart(crypto, secretScope, Uint8Array.of(1, 2, 3))
  assert.equal(openPart(crypto, secretScope, part.id, part.chunk), Uint8Array.of(1, 2, 3))
  assert.is(openPart(crypto, scope, part.id, part.chunk), 'bad-seal')
  const leaf = encodeNode(crypto, secretScope, { level: 0, children: children(2) })
  assert.is(decodeNode(crypto, scope, leaf.id, leaf.chunk), 'bad-seal')
  assert.is(decodeNode(crypto, secretScope, part.id, leaf.chunk), 'bad-seal')
  assert.is(decodeNode(crypto, secretScope, leaf.id, part.chunk), 'bad-kind')
  assert.is(openPart(crypto, secretScope, leaf.id, leaf.chunk), 'bad-kind')
})

test.run()
