// Every earlier state of a log is continued by every later one, and a fork is found wherever it began: by the heads alone
// where they tell, else with depth + 1 chunks, and then anyone can check the proof.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled, sampleTimeMs } from '../../test/samples/name.js'
import { feed, TinyLog, tinyPage } from '../../test/samples/tiny-pages.js'
import { forkOf } from './fork.js'
import { checkForkProof, forkingHead } from './fork-proof.js'
import type { HeldHead } from './head.js'
import { PrefixCheck } from './prefix-check.js'
import type { TreeChild } from './tree.js'

const crypto = await openTestCrypto()
const test = suite('data/prefix-check')

const sizes = fc.array(fc.integer({ min: 0, max: 32_768 }), { minLength: 1, maxLength: 30 })

/** Whether one continues the other, with the chunks of the longer one's log. */
function compare(log: TinyLog, a: HeldHead, b: HeldHead) {
  const check = new PrefixCheck(crypto, a, b)
  const fetched = feed(log, check)
  return { result: check.result(), fetched, check }
}

test('two writers that went on from one state fork from there on, whatever they appended', () => {
  fc.assert(
    fc.property(sizes, sizes, fc.nat(), (first, second, at) => {
      const log = new SampleLog(crypto)
      for (const size of first) log.appendSizes(size)
      const from = at % log.heads.length
      const twin = log.fork(from)
      twin.append([{ bytes: filled(99) }])
      for (const size of second) twin.appendSizes(size)
      for (const head of log.heads.slice(from + 1)) {
        for (const other of twin.heads.slice(from + 1)) {
          const longer = head.head.length > other.head.length ? log : twin
          const { result, check } = longer.compare(head, other)
          assert.is(result, 'fork')
          const proof = { log: log.log, first: head, second: other }
          assert.is(checkForkProof(crypto, log.nowMs + 1e6, proof, check.chunks()), undefined)
          if (forkOf(head, other) === 'undecided') {
            assert.is(checkForkProof(crypto, log.nowMs + 1e6, proof), 'not-proven')
          }
        }
      }
      for (const common of log.heads.slice(0, from + 1)) {
        assert.is(log.compare(common, log.held).result, 'continues')
        assert.is(twin.compare(common, twin.held).result, 'continues')
      }
    }),
    { numRuns: 25 },
  )
})

const tiny = new TinyLog(crypto)
const pages: TreeChild[] = []
for (let first = 0; pages.length < 66_000; first += 2) pages.push(tiny.page(tinyPage(first, 2), 2))

/** The head after so many closed pages with so many entries in the open one, which are those of the page to come. */
function headAfter(count: number, open: number, mark = 0): HeldHead {
  return tiny.held(tiny.top(pages.slice(0, count)), open, mark)
}

test('in a deep tree any state is continued by a later one, with at most depth + 1 chunks', () => {
  const counts = [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_999]
  const later = headAfter(66_000, 1)
  for (const count of counts) {
    const { result, fetched } = compare(tiny, headAfter(count, 0), later)
    assert.is(result, 'continues', `${count} pages`)
    assert.ok(fetched <= 3, `${fetched} chunks`)
    // With two entries the open page is the page that the longer log closed next.
    assert.is(compare(tiny, headAfter(count, 2), later).result, 'continues')
  }
  assert.is(compare(tiny, headAfter(300, 2), later).fetched, 4)
  for (const [from, to] of [
    [1, 2],
    [255, 256],
    [256, 257],
    [65_536, 65_537],
  ] as const) {
    assert.is(compare(tiny, headAfter(from, 2), headAfter(to, 1)).result, 'continues')
    assert.is(compare(tiny, headAfter(from, 2, 7), headAfter(to, 1)).result, 'fork')
  }
})

// protocol.md §7 MUST: That page MUST begin with this entry
test('a page that differs anywhere in the closed tree is a fork', () => {
  for (const at of [0, 200, 255, 256, 65_535]) {
    const mine = pages.slice(0, 65_600)
    mine[at] = tiny.page(tinyPage(2 * at, 2, 5), 2)
    assert.is(compare(tiny, tiny.held(tiny.top(mine)), headAfter(66_000, 0)).result, 'fork', `page ${at}`)
  }
})

test('a closed page that ends where no page of the longer log ends is a fork', () => {
  const odd = tiny.held(tiny.top([...pages.slice(0, 10), tiny.page(tinyPage(20, 1), 1)]), 1)
  assert.is(compare(tiny, odd, headAfter(300, 0)).result, 'fork')
})

// protocol.md §7 MUST: That page MUST begin with this entry
test('a closed length that no page of the longer log begins at is a fork, even above the same pages', () => {
  const top = tiny.top(pages.slice(0, 10)) as TreeChild
  for (const open of [0, 1]) {
    const odd = tiny.held({ ...top, entries: top.entries + 1 }, open)
    assert.is(compare(tiny, odd, headAfter(300, 0)).result, 'fork')
  }
})

// protocol.md §7 MUST: That page MUST begin with this entry
test('an open page that a longer log does not begin with is a fork', () => {
  assert.is(compare(tiny, headAfter(10, 1, 3), headAfter(300, 0)).result, 'fork')
})

test('heads and open pages alone decide where the closed trees are of equal length', () => {
  const base = headAfter(3, 2)
  assert.is(forkOf(base, base), 'continues')
  assert.is(forkOf(base, headAfter(3, 2, 1)), 'fork')
  assert.is(forkOf(headAfter(3, 0), base), 'continues')
  assert.is(forkOf(base, headAfter(3, 0)), 'continues', 'in either order')
  assert.is(forkOf(headAfter(3, 1), base), 'fork', 'a run of one entry is not the beginning of a run of two')
  const others = tiny.held(tiny.top([...pages.slice(0, 2), tiny.page(tinyPage(4, 2, 9), 2)]), 2)
  assert.is(forkOf(base, others), 'fork', 'another closed root')
  assert.is(forkOf(headAfter(3, 0), others), 'fork', 'another closed root under an open page that fits')
})

test('heads of equal length and other pages are a fork, also when a page was closed without an entry more', () => {
  assert.is(forkOf(headAfter(3, 2), headAfter(4, 0)), 'fork')
  assert.is(compare(tiny, headAfter(3, 2), headAfter(4, 0)).result, 'fork')
})

test('a closed page that opened again, and one that closed on less than was open, are forks by their counts', () => {
  assert.is(forkOf(headAfter(4, 1), headAfter(3, 9)), 'fork')
  assert.is(forkOf(headAfter(3, 3), headAfter(4, 9)), 'fork')
  assert.is(forkOf(headAfter(3, 2), headAfter(4, 9)), 'undecided')
})

test('everything continues the empty log', () => {
  for (const later of [headAfter(0, 0), headAfter(0, 2), headAfter(1, 0), headAfter(600, 1)]) {
    assert.is(forkOf(headAfter(0, 0), later), 'continues')
  }
})

test('heads of different logs are not compared', () => {
  const other = new SampleLog(crypto, undefined, filled(8)).held
  assert.throws(() => forkOf(headAfter(0, 0), other), /different logs/)
  const proof = { log: tiny.log, first: headAfter(0, 0), second: other }
  assert.is(forkingHead(headAfter(0, 0), { ...proof, log: other.head.log }), undefined)
  assert.is(checkForkProof(crypto, sampleTimeMs, proof), 'bad-name')
})

test('a longer log that cannot be walked is refused, and proves nothing', () => {
  const top = tiny.top(pages.slice(0, 300)) as TreeChild
  const broken = tiny.held({ ...top, reachable: top.reachable + 1 })
  const { result, check } = compare(tiny, headAfter(10, 0), broken)
  assert.is(result, 'bad-count')
  assert.equal(check.wanted(), [])
  const proof = { log: tiny.log, first: headAfter(10, 0), second: broken }
  assert.is(checkForkProof(crypto, sampleTimeMs, proof, check.chunks()), 'bad-count')
})

test('a check ignores what it did not ask for', () => {
  const check = new PrefixCheck(crypto, headAfter(10, 0), headAfter(300, 0))
  const wanted = check.wanted()
  assert.is(check.handleChunk(filled(1), tinyPage(0, 1)), undefined)
  assert.equal(check.wanted(), wanted)
  assert.is(check.result(), undefined)
})

test('a proof with a head that nobody signed, or of two states that go together, is none', () => {
  const log = new SampleLog(crypto)
  log.appendSizes(5)
  const forged = log.sign({ length: 1, timeMs: sampleTimeMs + 9 }, log.held.page, filled(8))
  const proof = { log: log.log, first: log.held, second: forged }
  assert.is(checkForkProof(crypto, log.nowMs, proof), 'bad-signature')
  assert.is(checkForkProof(crypto, log.nowMs, { ...proof, second: log.heads[0] as HeldHead }), 'not-proven')
})

test.run()
