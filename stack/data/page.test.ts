// Pages and log trees, and the children of any chunk that stand in clear.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { tinyPage } from '../../test/samples/tiny-pages.js'
import { concat, toHex, Writer } from '../bytes/index.js'
import { childrenOf } from './children.js'
import { ChunkKind, checkChunk } from './chunk.js'
import { maxChildren, maxChunkBytes, maxTreeLevel, treeFanOut } from './limits.js'
import { decodePage, type Page, pagePrefixes } from './page.js'
import { decodeTree, emptyRoot, encodeTree, type TreeChild } from './tree.js'

const crypto = await openTestCrypto()
const test = suite('data/page')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const count = fc.integer({ min: 0, max: 2 ** 40 })

/** A run in clear with so many children and entries of so many bytes in all. */
function clearRun(first: number, entries: number, bytes: number, children: number, reachable = 1): Uint8Array {
  const body = new Writer(64).u8(children)
  for (let child = 0; child < children; child++) body.put(filled(child)).u64(reachable)
  body
    .u64(first)
    .u16(entries)
    .put(filled(0))
    .zeros(11 * entries + bytes)
  return new Writer().lp16(body.bytes()).bytes()
}

const page = fc
  .tuple(
    fc.nat(),
    fc.array(fc.record({ entries: fc.integer({ min: 1, max: 3 }), bytes: fc.nat(50), children: fc.nat(3) })),
  )
  .map(([first, runs]) => {
    let next = first
    const parts = runs.map(({ entries, bytes, children }) => {
      const run = clearRun(next, entries, bytes, children)
      next += entries
      return run
    })
    return concat(Uint8Array.of(ChunkKind.page), ...parts)
  })

function encodeClear({ runs }: Page): Uint8Array {
  const parts = runs.map((run) => {
    const body = new Writer().u8(run.children.length)
    for (const child of run.children) body.put(child.name).u64(child.reachable)
    return new Writer().lp16(body.u64(run.first).u16(run.count).put(run.id).put(run.sealed).bytes()).bytes()
  })
  return concat(Uint8Array.of(ChunkKind.page), ...parts)
}

const tree = fc.record({
  level: fc.integer({ min: 0, max: maxTreeLevel }),
  children: fc.array(
    fc.record({ name: bytes32, entries: count.map((value) => value + 1), bytes: count, reachable: count }),
    { minLength: 1, maxLength: 8 },
  ),
})

test('a page is read as it was written, and whatever else is refused', () => {
  // A page that ends at the end of a run is a page.
  assertDecoder({ valid: page, decode: decodePage, encode: encodeClear, extensible: true })
})

test('a tree is read as it was written, and whatever else is refused', () => {
  assertDecoder({ valid: tree.map(encodeTree), decode: decodeTree, encode: encodeTree })
})

test('the children of any bytes are found or refused, and never a throw', () => {
  const kind = fc.integer({ min: 0, max: 9 })
  fc.assert(
    fc.property(kind, fc.uint8Array({ maxLength: 400 }), (first, rest) => {
      const found = childrenOf(concat(Uint8Array.of(first), rest))
      if (typeof found === 'string') return
      assert.ok(found.length * 32 <= rest.length)
      for (const child of found) assert.is(child.name.length, 32)
    }),
    { numRuns: 2_000 },
  )
})

// protocol.md §1 MUST: A `u64` above 2^53 − 1 MUST be refused
// protocol.md §13 MUST: Limits of the format: what exceeds one
test('the corpora are read and refused as their names say', () => {
  assertCorpus('stack/data/corpus/page', decodePage)
  assertCorpus('stack/data/corpus/tree', decodeTree)
  assertCorpus('stack/data/corpus/children', childrenOf)
})

test('a page counts its entries, their bytes, its children and what they reach', () => {
  const chunk = concat(Uint8Array.of(1), clearRun(10, 2, 30, 1, 1_000), clearRun(12, 1, 5, 2, 50))
  const found = decodePage(chunk) as Page
  const { first, entries, bytes, children, reachable } = found
  assert.equal(
    { first, entries, bytes, children, reachable },
    {
      first: 10,
      entries: 3,
      bytes: 35,
      children: 3,
      reachable: chunk.length + 1_100,
    },
  )
})

test('the prefixes of a page are its earlier states', () => {
  const log = new SampleLog(crypto)
  log.appendSizes(5)
  log.appendSizes(6, 7)
  log.appendSizes(8)
  assert.equal(
    pagePrefixes(log.held.page),
    log.heads.map(({ page, head }) => ({ end: page.length, length: head.length === 0 ? undefined : head.length })),
  )
  assert.is(pagePrefixes(Uint8Array.of(2)), 'bad-kind')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a page holds 256 children over all runs and not one more', () => {
  const chunk = (last: number) => concat(Uint8Array.of(1), clearRun(0, 1, 0, 255), clearRun(1, 1, 0, last))
  assert.is((decodePage(chunk(1)) as Page).children, maxChildren)
  assert.is((childrenOf(chunk(1)) as unknown[]).length, maxChildren)
  assert.is(decodePage(chunk(2)), 'bad-count')
  assert.is(childrenOf(chunk(2)), 'bad-count')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a page is at most 61,440 bytes', () => {
  const chunk = (bytes: number) => concat(Uint8Array.of(1), clearRun(0, 2, bytes, 0))
  const rest = maxChunkBytes - chunk(0).length
  assert.is(typeof decodePage(chunk(rest)), 'object')
  assert.is(typeof decodePage(chunk(rest + 1)), 'string')
  const two = concat(chunk(rest), tinyPage(2, 1).subarray(1))
  assert.is(decodePage(two), 'too-long')
  assert.is(childrenOf(two), 'too-long')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a tree holds 256 children and not one more, and is at most of level 6', () => {
  const child: TreeChild = { name: filled(1), entries: 1, bytes: 0, reachable: 1 }
  const children = (many: number) => new Array<TreeChild>(many).fill(child)
  assert.is(encodeTree({ level: 0, children: children(treeFanOut) }).length, 4 + treeFanOut * 56)
  assert.throws(() => encodeTree({ level: 0, children: children(treeFanOut + 1) }), /257 children/)
  assert.throws(() => encodeTree({ level: 0, children: [] }), /0 children/)
  assert.throws(() => encodeTree({ level: maxTreeLevel + 1, children: children(1) }), /level/)
  assert.throws(() => encodeTree({ level: 0, children: [{ ...child, entries: 0 }] }), /entry/)
})

test('the empty root is KDF("runnel v1 empty", "")', () => {
  assert.is(toHex(crypto.deriveKey('runnel v1 empty')), toHex(emptyRoot))
})

// protocol.md §6 MUST: Its first byte is its kind, 1 to 7
// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a chunk is what its name says, of a known kind, and not too long', () => {
  for (let kind = 1; kind <= 7; kind++) {
    const chunk = Uint8Array.of(kind, 1, 2)
    assert.is(checkChunk(crypto, crypto.hash(chunk), chunk), undefined)
    assert.is(checkChunk(crypto, filled(1), chunk), 'bad-hash')
  }
  const check = (chunk: Uint8Array) => checkChunk(crypto, crypto.hash(chunk), chunk)
  assert.is(check(new Uint8Array(0)), 'too-short')
  assert.is(check(Uint8Array.of(0)), 'bad-kind')
  assert.is(check(Uint8Array.of(8)), 'bad-kind')
  const longest = new Uint8Array(maxChunkBytes).fill(3)
  assert.is(check(longest), undefined)
  assert.is(check(concat(longest, Uint8Array.of(3))), 'too-long')
})

test('pages and trees show what their children reach, others do not', () => {
  const chunk = encodeTree({ level: 0, children: [{ name: filled(1), entries: 1, bytes: 0, reachable: 77 }] })
  assert.equal(childrenOf(chunk), [{ name: filled(1), reachable: 77 }])
  assert.equal(childrenOf(concat(Uint8Array.of(1), clearRun(0, 1, 0, 1, 88))), [{ name: filled(0), reachable: 88 }])
  const directory = concat(Uint8Array.of(ChunkKind.directory, 0, 1), filled(4), filled(5))
  assert.equal(childrenOf(directory), [{ name: filled(4), reachable: undefined }])
})

test('closings show the card of each device, and root and last page of each log', () => {
  const cardHead = concat(new Uint8Array(73), filled(3), new Uint8Array(76))
  const chunk = new Writer().u8(ChunkKind.closings).u8(1).put(filled(1)).lp16(cardHead).u16(2)
  chunk.put(filled(4)).u64(5).put(filled(6)).put(filled(7))
  chunk.put(filled(8)).u64(1).put(emptyRoot).put(filled(9))
  const found = childrenOf(chunk.bytes())
  assert.equal(typeof found === 'object' && found.map(({ name }) => name[0]), [3, 6, 7, 9])
})

test('closings of a device that had no card show its logs alone, and no card head has another length', () => {
  const closings = (cardHead: Uint8Array) => {
    const chunk = new Writer().u8(ChunkKind.closings).u8(1).put(filled(1)).lp16(cardHead).u16(1)
    return chunk.put(filled(4)).u64(1).put(emptyRoot).put(filled(9)).bytes()
  }
  assert.equal(childrenOf(closings(new Uint8Array(0))), [{ name: filled(9), reachable: undefined }])
  assert.is(childrenOf(closings(new Uint8Array(180))), 'too-short')
  assert.is(childrenOf(closings(new Uint8Array(182))), 'trailing')
})

test.run()
