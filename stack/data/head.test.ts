// Heads: the layout, every refusal of protocol §7, and the order.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { TinyLog, tinyPage } from '../../test/samples/tiny-pages.js'
import { concat } from '../bytes/index.js'
import {
  checkHeadPage,
  compareHeads,
  decodeHead,
  encodeHead,
  type Head,
  type HeldHead,
  openHeldHead,
  type UnsignedHead,
  verifyHead,
} from './head.js'
import { headBytes, maxChunkBytes, maxClockAheadMs } from './limits.js'
import { emptyRoot, type TreeChild } from './tree.js'

const crypto = await openTestCrypto()
const test = suite('data/head')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const u64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const anyHead: fc.Arbitrary<Head> = fc.record({
  log: bytes32,
  length: u64,
  bytes: u64,
  reachable: u64,
  closedLength: u64,
  closedRoot: bytes32,
  openPage: bytes32,
  openBytes: fc.integer({ min: 0, max: 0xffff }),
  timeMs: u64,
  maxAgeS: fc.integer({ min: 0, max: 0xffffffff }),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
})

/** Entries in a closed page and in the open one. */
const log = new SampleLog(crypto)
log.appendSizes(30_000, 30_000)
log.appendSizes(30_000, 100)

/** Why the head with this change, signed, is refused; its page too when it is given. */
function refusal(change: Partial<UnsignedHead>, page = log.held.page): unknown {
  const found = log.verify(log.sign(change, page))
  return typeof found === 'string' ? found : undefined
}

test('a head is read as it was written, and whatever else is refused', () => {
  assertDecoder({ valid: anyHead.map(encodeHead), decode: decodeHead, encode: encodeHead })
})

test('the corpus of heads is read and refused as its names say', () => {
  assertCorpus('stack/data/corpus/head', decodeHead)
})

test('a head has 207 bytes', () => {
  assert.is(log.held.headBytes.length, headBytes)
})

test('a head with its open page is accepted', () => {
  assert.ok(log.held.head.closedLength > 0)
  assert.is(refusal({}), undefined)
  for (const held of log.heads) assert.is(typeof log.verify(held), 'object')
})

// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('a head of another log is refused', () => {
  const { headBytes, page } = log.held
  assert.is(openHeldHead(crypto, log.nowMs, filled(1), headBytes, page), 'bad-name')
})

// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('a damaged byte anywhere is refused', () => {
  const { headBytes, page } = log.held
  for (let at = 0; at < headBytes.length; at++) {
    const damaged = headBytes.slice()
    damaged[at] = (damaged[at] ?? 0) ^ 1
    assert.type(openHeldHead(crypto, log.nowMs, log.log, damaged, page), 'string', `byte ${at}`)
  }
})

// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('a signature by another key is refused, and one of another type', () => {
  assert.is(log.verify(log.sign({}, log.held.page, filled(8))), 'bad-signature')
  const { head } = log.held
  assert.is(verifyHead(crypto, { ...head, log: filled(0) }, log.nowMs), 'bad-signature')
  assert.is(verifyHead(crypto, { ...head, signature: new Uint8Array(64) }, log.nowMs), 'bad-signature')
})

// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('more closed entries than entries are refused', () => {
  const { head } = log.sign({ length: log.held.head.closedLength - 1 })
  assert.is(verifyHead(crypto, head, log.nowMs), 'bad-count')
})

// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('the closed root is the empty one exactly when nothing is closed', () => {
  assert.is(refusal({ closedRoot: emptyRoot }), 'bad-count')
  const small = new SampleLog(crypto)
  small.appendSizes(1)
  assert.is(small.verify(small.sign({ closedRoot: filled(3) })), 'bad-count')
  assert.is(small.verify(small.sign({ closedLength: 1 })), 'bad-count')
})

// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('open bytes are 1 to 61,440, and 1 exactly when nothing is open', () => {
  assert.is(refusal({ openBytes: 0 }), 'bad-range')
  assert.is(refusal({ openBytes: maxChunkBytes + 1 }), 'bad-range')
  assert.is(refusal({ openBytes: 1 }), 'bad-count')
  assert.is(verifyHead(crypto, log.sign({ openBytes: maxChunkBytes }).head, log.nowMs), undefined)
  assert.is(log.verify(log.sign({ length: log.held.head.closedLength })), 'bad-count')
})

// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('a time of ten minutes ahead is taken, one more millisecond is not', () => {
  assert.is(refusal({ timeMs: log.nowMs + maxClockAheadMs }), undefined)
  assert.is(refusal({ timeMs: log.nowMs + maxClockAheadMs + 1 }), 'future-time')
})

// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('a page that is another than the open one is refused', () => {
  const { page } = log.held
  assert.is(refusal({}, page.subarray(0, -1)), 'bad-length')
  assert.is(refusal({}, concat(page, Uint8Array.of(0))), 'bad-length')
  const damaged = page.slice()
  damaged[page.length - 1] = (page[page.length - 1] ?? 0) ^ 1
  assert.is(refusal({}, damaged), 'bad-hash')
})

/** Why a head with an open page of one run of two entries is refused. */
function pageRefusal(page: Uint8Array, change: Partial<UnsignedHead>): unknown {
  const open = { openPage: crypto.hash(page), openBytes: page.length }
  const counts = { length: 2, bytes: 0, closedLength: 0, closedRoot: emptyRoot, reachable: page.length }
  return refusal({ ...counts, ...open, ...change }, page)
}

// protocol.md §6.1 MUST: `first` is the sequence of its first entry
// protocol.md §7 MUST: A head MUST be refused unless all of this holds
test('the runs of the open page count from the closed length to the length, without a gap', () => {
  const run = tinyPage(0, 2)
  assert.is(pageRefusal(run, {}), undefined)
  assert.is(pageRefusal(run, { length: 3 }), 'bad-count')
  assert.is(pageRefusal(run, { length: 1 }), 'bad-count')
  assert.is(pageRefusal(tinyPage(1, 2), {}), 'bad-count')
  assert.is(pageRefusal(tinyPage(1, 1), { length: 2 }), 'bad-count', 'it begins after the closed length')
  assert.is(
    pageRefusal(concat(run, tinyPage(2, 1).subarray(1)), { length: 3, reachable: run.length * 2 - 1 - 11 }),
    undefined,
  )
  assert.is(pageRefusal(concat(run, tinyPage(3, 1).subarray(1)), { length: 3 }), 'bad-order', 'a gap')
  assert.is(pageRefusal(concat(run, tinyPage(1, 1).subarray(1)), { length: 3 }), 'bad-order', 'an entry twice')
  assert.is(pageRefusal(Uint8Array.of(1), {}), 'bad-count')
  assert.is(pageRefusal(Uint8Array.of(2, 0), {}), 'bad-kind')
})

// protocol.md §7 MUST: With it also the sums
test('bytes and reachable bytes are at least those of the open page, and exactly those when nothing is closed', () => {
  const run = tinyPage(0, 2)
  assert.is(pageRefusal(run, { bytes: 1 }), 'bad-count')
  assert.is(pageRefusal(run, { reachable: run.length + 1 }), 'bad-count')
  const { head } = log.held
  assert.is(refusal({ bytes: 30_099 }), 'bad-count')
  assert.is(refusal({ reachable: head.openBytes }), 'bad-count')
  assert.is(refusal({ bytes: head.bytes + 1 }), undefined, 'only a walk can tell')
})

test('a page that closed with nothing after it leaves the empty page open', () => {
  const tiny = new TinyLog(crypto)
  const held = tiny.held(tiny.top([tiny.page(tinyPage(0, 3), 3)]) as TreeChild)
  assert.is(held.head.openBytes, 1)
  assert.is(checkHeadPage(crypto, held.head, held.page), undefined)
  assert.is(verifyHead(crypto, held.head, held.head.timeMs), undefined)
})

test('the greater length supersedes, then the greater time', () => {
  const at = (length: number, timeMs: number) => ({ ...(log.held as HeldHead).head, length, timeMs })
  assert.ok(compareHeads(at(2, 1), at(1, 9)) > 0)
  assert.ok(compareHeads(at(1, 1), at(1, 2)) < 0)
  assert.is(compareHeads(at(1, 1), at(1, 1)), 0)
})

test('a head with a field that does not fit is not encoded', () => {
  const { head } = log.held
  assert.throws(() => encodeHead({ ...head, log: filled(1).subarray(1) }), RangeError)
  assert.throws(() => encodeHead({ ...head, signature: filled(1) }), RangeError)
  assert.throws(() => encodeHead({ ...head, length: 2 ** 53 }), RangeError)
})

test.run()
