// The reader against an array: any range by sequence or by byte, however deep the tree and in whatever order chunks come,
// with only the chunks that it needs; and nothing that contradicts what the head declared is ever read.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { readAll, SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { feed, TinyLog, tinyPage } from '../../test/samples/tiny-pages.js'
import { equal, toHex } from '../bytes/index.js'
import type { HeldHead } from './head.js'
import { maxReadAhead } from './limits.js'
import { type LogPage, LogReader, pathTo } from './log-reader.js'
import { RightEdge } from './right-edge.js'
import type { TreeChild } from './tree.js'

const crypto = await openTestCrypto()
const test = suite('data/log-reader')

/** 60 pages or so with entries of many sizes. */
const shared = new SampleLog(crypto)
for (let commit = 0; commit < 120; commit++) {
  shared.appendSizes(
    ...Array.from({ length: 1 + (commit % 7) }, (_, index) => (commit * 7919 + index * 104_729) % 20_000),
  )
}
const lengths = shared.entries.map(({ bytes }) => bytes.length)
const total = lengths.reduce((sum, length) => sum + length, 0)

/** Reads with no store of its own: only the pages. */
function pagesOf(log: { chunk(name: Uint8Array): Uint8Array }, reader: LogReader, limit = 1): LogPage[] {
  const pages: LogPage[] = []
  while (reader.result() === undefined) {
    for (const name of reader.wanted(limit)) reader.handleChunk(name, log.chunk(name))
    for (let page = reader.pollPage(); page !== undefined; page = reader.pollPage()) pages.push(page)
  }
  return pages
}

test('any range of sequences is read in order, in whatever order chunks come', () => {
  const at = fc.integer({ min: 0, max: lengths.length + 3 })
  fc.assert(
    fc.property(at, at, fc.integer({ min: 1, max: 20 }), fc.infiniteStream(fc.nat()), (from, to, limit, picks) => {
      const pick = () => picks.next().value as number
      const read = readAll(shared, new LogReader(shared.held, { unit: 'sequence', from, to }), limit, pick)
      assert.is(read.result, 'done')
      const sequences = [...read.entries.keys()]
      assert.equal(
        sequences,
        sequences.map((_, index) => (sequences[0] ?? 0) + index),
      )
      for (let sequence = from; sequence < Math.min(to, lengths.length); sequence++) {
        assert.ok(equal(read.entries.get(sequence)?.bytes ?? filled(0), shared.entries[sequence]?.bytes ?? filled(1)))
      }
    }),
    { numRuns: 60 },
  )
})

test('any byte is found in the page that says so', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: total - 1 }), (byte) => {
      const pages = pagesOf(shared, new LogReader(shared.held, { unit: 'byte', from: byte, to: byte + 1 }))
      assert.is(pages.length, 1)
      const [{ page, firstByte }] = pages as [LogPage]
      const before = lengths.slice(0, page.first).reduce((sum, length) => sum + length, 0)
      assert.is(firstByte, before)
      assert.ok(firstByte <= byte && byte < firstByte + page.bytes)
    }),
    { numRuns: 60 },
  )
})

test('every sequence is reached, and one past the end is not', () => {
  for (let sequence = 0; sequence < lengths.length; sequence++) {
    assert.is(readAll(shared, pathTo(shared.held, sequence)).entries.get(sequence)?.bytes.length, lengths[sequence])
  }
  const past = pathTo(shared.held, lengths.length)
  assert.equal([past.wanted(), past.pollPage(), past.result()], [[], undefined, 'done'])
})

test('nothing is read of an empty log or an empty range', () => {
  const log = new SampleLog(crypto)
  assert.is(new LogReader(log.held, { unit: 'sequence', from: 0, to: 10 }).result(), 'done')
  assert.is(new LogReader(shared.held, { unit: 'sequence', from: 5, to: 5 }).result(), 'done')
  assert.is(new LogReader(shared.held, { unit: 'byte', from: 9, to: 4 }).result(), 'done')
})

test('what is in the open page takes no chunk', () => {
  const last = shared.held.head.length - 1
  const reader = pathTo(shared.held, last)
  assert.equal(reader.wanted(), [])
  assert.ok(reader.pollPage()?.isOpen)
  assert.is(reader.result(), 'done')
})

const deep = new TinyLog(crypto)
const deepPages: TreeChild[] = []
for (let first = 0; deepPages.length < 66_000; first += 3) deepPages.push(deep.page(tinyPage(first, 3), 3))
const deepHeld = deep.held(deep.top(deepPages), 2)

test('in a tree of three levels a sequence takes four chunks, from any place', () => {
  const end = 3 * deepPages.length
  for (const sequence of [0, 1, 767, 768, 196_607, 196_608, 197_999, end - 1]) {
    const reader = pathTo(deepHeld, sequence)
    assert.is(feed(deep, reader), 4)
    const page = reader.pollPage()
    assert.is(page?.page.first, sequence - (sequence % 3))
    assert.not(page?.isOpen)
    assert.is(reader.result(), 'done')
  }
})

test('a whole deep log is read in order, looking ahead across trees, and never holds more than it was allowed', () => {
  const reader = new LogReader(deepHeld, { unit: 'sequence', from: 196_000, to: Infinity })
  let next = 195_999
  let most = 0
  while (reader.result() === undefined) {
    const names = reader.wanted(32)
    most = Math.max(most, names.length)
    for (const name of names.reverse()) assert.is(reader.handleChunk(name, deep.chunk(name)), undefined)
    for (let page = reader.pollPage(); page !== undefined; page = reader.pollPage()) {
      assert.is(page.page.first, next)
      next += page.page.entries
    }
  }
  assert.is(next, 198_002)
  assert.is(most, 32)
})

test('looking ahead ends at its limit', () => {
  const reader = new LogReader(deepHeld, { unit: 'sequence', from: 0, to: Infinity })
  for (let level = 0; level < 3; level++) for (const name of reader.wanted()) reader.handleChunk(name, deep.chunk(name))
  assert.is(reader.wanted(maxReadAhead + 1).length, maxReadAhead)
  for (const name of reader.wanted(maxReadAhead)) reader.handleChunk(name, deep.chunk(name))
  assert.equal(reader.wanted(maxReadAhead), [], 'pages that nobody takes are not followed by more')
  assert.is(reader.wanted(0).length, 0)
})

test('a chunk that was not asked for is ignored', () => {
  const reader = pathTo(shared.held, 0)
  const before = reader.wanted()
  assert.is(reader.handleChunk(filled(9), tinyPage(0, 1)), undefined)
  assert.equal(reader.wanted(), before)
})

test('what comes before damage is still read', () => {
  const log = new TinyLog(crypto)
  const good = [log.page(tinyPage(0, 1), 1), log.page(tinyPage(1, 1), 1)]
  const held = log.held(log.top([...good, { ...log.page(tinyPage(9, 1), 1) }]))
  const reader = new LogReader(held, { unit: 'sequence', from: 0, to: 3 })
  for (const name of reader.wanted()) reader.handleChunk(name, log.chunk(name))
  const [first, second, third] = reader.wanted(3) as [Uint8Array, Uint8Array, Uint8Array]
  assert.is(reader.handleChunk(third, log.chunk(third)), 'bad-count')
  assert.is(reader.result(), undefined)
  reader.handleChunk(second, log.chunk(second))
  reader.handleChunk(first, log.chunk(first))
  assert.is(reader.pollPage()?.page.first, 0)
  assert.is(reader.pollPage()?.page.first, 1)
  assert.is(reader.result(), 'bad-count')
})

/** Two levels of trees above 257 pages: all kinds of places are in it. `change` damages what stands in clear. */
function twoLevels(log: TinyLog, change: (at: string, child: TreeChild) => TreeChild): HeldHead {
  const pages = Array.from({ length: 257 }, (_, index) => change(`page ${index}`, log.page(tinyPage(2 * index, 2), 2)))
  const left = change('left tree', log.tree(0, pages.slice(0, 256)))
  const right = change('right tree', log.tree(0, pages.slice(256)))
  return log.held(change('top', log.tree(1, [left, right])), 1)
}

function readResult(log: TinyLog, held: HeldHead): string | undefined {
  const reader = new LogReader(held, { unit: 'sequence', from: 0, to: Infinity })
  pagesOf(log, reader, 8)
  return reader.result()
}

// protocol.md §6.2 MUST: Whoever walks MUST check the counts in clear
test('a count in clear that was damaged anywhere is found', () => {
  const intact = new TinyLog(crypto)
  const held = twoLevels(intact, (_, child) => child)
  assert.is(readResult(intact, held), 'done')
  const places = fc.constantFrom('page 0', 'page 17', 'page 255', 'page 256', 'left tree', 'right tree', 'top')
  const field = fc.constantFrom('entries' as const, 'bytes' as const, 'reachable' as const)
  fc.assert(
    fc.property(places, field, fc.integer({ min: 1, max: 2 ** 40 }), fc.boolean(), (at, of, by, isLess) => {
      const log = new TinyLog(crypto)
      const damaged = twoLevels(log, (here, child) => {
        if (here !== at) return child
        const changed = child[of] + (isLess ? -Math.min(by, child[of] - (of === 'entries' ? 1 : 0)) : by)
        fc.pre(changed !== child[of])
        return { ...child, [of]: changed }
      })
      assert.is(readResult(log, damaged), 'bad-count')
    }),
    { numRuns: 60 },
  )
})

// protocol.md §7 MUST: With it also the sums
test('a page is held to its own children: what they reach counts', () => {
  const log = new TinyLog(crypto)
  const page = log.page(tinyPage(0, 1), 1)
  assert.is(readResult(log, log.held(log.top([page]))), 'done')
  assert.is(readResult(log, log.held(log.top([{ ...page, reachable: page.reachable + 1 }]))), 'bad-count')
})

// protocol.md §6.2 MUST: Whoever walks MUST check the counts in clear
test('trees of the wrong kind, level, fill or depth are refused', () => {
  const log = new TinyLog(crypto)
  const pages = Array.from({ length: 260 }, (_, index) => log.page(tinyPage(index, 1), 1))
  const lower = log.tree(0, pages.slice(0, 256))
  const rest = log.tree(0, pages.slice(256))
  const cases: [string, TreeChild][] = [
    ['bad-kind', log.tree(2, [lower, rest])],
    ['bad-kind', log.tree(1, [pages[0] as TreeChild, rest])],
    ['bad-kind', log.tree(0, [lower, rest])],
    ['not-canonical', log.tree(1, [lower])],
    ['bad-count', log.tree(1, [log.tree(0, pages.slice(0, 255)), log.tree(0, pages.slice(255))])],
    ['bad-kind', pages[0] as TreeChild],
  ]
  for (const [reason, top] of cases) assert.is(readResult(log, log.held(top)), reason)
  assert.is(readResult(log, log.held(log.tree(1, [lower, rest]))), 'done')
})

// protocol.md §6.1 MUST: A page without a run is the byte 01 alone
test('a closed page has a run', () => {
  const log = new TinyLog(crypto)
  const empty = log.page(Uint8Array.of(1), 1)
  assert.is(readResult(log, log.held(log.tree(0, [empty]))), 'bad-count')
  assert.is(readResult(log, log.held(log.tree(0, [log.page(tinyPage(0, 1), 1), empty]))), 'bad-count')
})

// protocol.md §6.1 MUST: `first` is the sequence of its first entry
test('pages in the wrong order or twice are refused', () => {
  const log = new TinyLog(crypto)
  const pages = [0, 1, 2].map((first) => log.page(tinyPage(first, 1), 1)) as [TreeChild, TreeChild, TreeChild]
  assert.is(readResult(log, log.held(log.tree(0, [pages[0], pages[2], pages[1]]))), 'bad-count')
  const twice = log.held(log.tree(0, [pages[0], pages[0]]))
  assert.is(readResult(log, twice), 'bad-count')
  const reader = new LogReader(twice, { unit: 'sequence', from: 0, to: 2 })
  for (const name of reader.wanted()) reader.handleChunk(name, log.chunk(name))
  assert.is(reader.wanted(2).length, 1, 'one name is asked for once')
})

test('the right edge of any tree is found with one chunk a level', () => {
  for (const count of [0, 1, 255, 256, 257, 512, 65_535, 65_536, 65_537, 66_000]) {
    const top = deep.top(deepPages.slice(0, count))
    const right = new RightEdge(deep.held(top, 1))
    assert.is(feed(deep, right), count === 0 ? 0 : count <= 256 ? 1 : count <= 65_536 ? 2 : 3)
    const edge = right.result()
    if (edge === undefined || typeof edge === 'string') throw new Error(`${count} pages: ${edge}`)
    const grown = edge.copy()
    const next = deep.page(tinyPage(3 * count, 3), 3)
    grown.push(crypto, next, () => {})
    assert.is(toHex(edge.root(crypto, () => {})?.name ?? filled(0)), toHex(top?.name ?? filled(0)))
    const expected = deep.top([...deepPages.slice(0, count), next])
    assert.is(toHex(grown.root(crypto, () => {})?.name ?? filled(0)), toHex(expected?.name ?? filled(1)))
  }
})

test('a right edge that is not what the head declares is refused', () => {
  const log = new TinyLog(crypto)
  const page = log.page(tinyPage(0, 1), 1)
  const right = new RightEdge(log.held({ ...(log.top([page]) as TreeChild), entries: 2 }, 1))
  feed(log, right)
  assert.is(right.result(), 'bad-count')
})

test.run()
