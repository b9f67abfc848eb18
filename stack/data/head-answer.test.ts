// Answers for heads: whatever an asker has, it ends with what the responder holds or with what it held before, and nothing
// that is not proven gets past the check.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { concat, equal, toHex, Writer } from '../bytes/index.js'
import { checkForkProof, type ForkProof } from './fork-proof.js'
import type { HeldHead } from './head.js'
import { encodeHeadAnswer, type HeadAnswer, haveOfHead, showsFork, verifyHeadAnswer } from './head-answer.js'
import { headBytes, maxChunkBytes, maxHeadAnswerBytes } from './limits.js'

const crypto = await openTestCrypto()
const test = suite('data/head-answer')
const nothing = new Uint8Array(0)

/** What an asker makes of an answer; throws where it is refused. */
function ask(log: SampleLog, held: HeldHead | undefined, payload: Uint8Array): HeadAnswer {
  const answer = verifyHeadAnswer(crypto, log.nowMs, log.log, held, payload)
  if (typeof answer === 'string') throw new Error(answer)
  return answer
}

function sample(...sizes: number[]): SampleLog {
  const log = new SampleLog(crypto)
  for (const size of sizes) log.appendSizes(size)
  return log
}

function payloadOf(head: Uint8Array, other: Uint8Array, page: Uint8Array, rest: Uint8Array): Uint8Array {
  return new Writer().lp16(head).lp16(other).lp16(page).put(rest).bytes()
}

test('an asker with any earlier state, or none, gets the newest; one with the newest keeps it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 12 }), (sizes) => {
      const log = sample(...sizes)
      for (const [index, before] of [undefined, ...log.heads].entries()) {
        const payload = encodeHeadAnswer(crypto, log.held, haveOfHead(before))
        const answer = ask(log, before, payload)
        assert.equal(answer.held.headBytes, log.held.headBytes)
        assert.equal(answer.held.page, log.held.page)
        assert.is(answer.newer, index < log.heads.length)
        assert.not(answer.lower)
        assert.is(answer.fork, undefined)
      }
    }),
    { numRuns: 60 },
  )
})

test('only the runs that the asker lacks are sent', () => {
  const log = sample(1_000, 2_000, 3_000)
  const at = (index: number) => haveOfHead(log.heads[index])
  const fixed = 2 + headBytes + 2 + 2
  const run = 45 + 11
  assert.is(encodeHeadAnswer(crypto, log.held, at(3)).length, fixed)
  assert.is(encodeHeadAnswer(crypto, log.held, at(2)).length, fixed + run + 3_000)
  assert.is(encodeHeadAnswer(crypto, log.held, at(1)).length, fixed + 2 * run + 5_000)
  assert.is(encodeHeadAnswer(crypto, log.held, at(0)).length, fixed + 3 * run + 6_000, 'after the empty page')
  assert.is(encodeHeadAnswer(crypto, log.held, haveOfHead(undefined)).length, fixed + 1 + 3 * run + 6_000)
  const strange = { length: 1, openPage: filled(9) }
  assert.is(encodeHeadAnswer(crypto, log.held, strange).length, fixed + 1 + 3 * run + 6_000)
})

test('an asker whose page was closed since gets the whole page', () => {
  const log = sample(32_000, 32_000, 10)
  assert.ok(log.held.head.closedLength > 0)
  const answer = ask(log, log.heads[1], encodeHeadAnswer(crypto, log.held, haveOfHead(log.heads[1])))
  assert.equal(answer.held.page, log.held.page)
  assert.is(answer.continuity, 'undecided')
  assert.ok(answer.newer)
})

test('an answer in memory that is overwritten later leaves what is held as it was', () => {
  const log = sample(32_000, 32_000, 200)
  for (const before of [undefined, ...log.heads.slice(1, -1)]) {
    const payload = encodeHeadAnswer(crypto, log.held, haveOfHead(before))
    const { held } = ask(log, before, payload)
    payload.fill(0xff)
    assert.is(typeof log.verify(held), 'object')
    assert.equal(held.head.openPage, log.held.head.openPage)
  }
})

// protocol.md §7 MUST: Nobody goes back: a head that is lower
test('a lower head confirms nothing and replaces nothing', () => {
  const log = sample(100, 200)
  const old = encodeHeadAnswer(crypto, log.heads[1] as HeldHead, haveOfHead(undefined))
  const answer = ask(log, log.held, old)
  assert.not(answer.newer)
  assert.ok(answer.lower)
  assert.is(answer.held, log.held)
  assert.is(answer.continuity, 'continues')
})

test('the same state with an older time confirms and does not replace, with a newer time it does', () => {
  const log = sample(100)
  const refreshed = log.writer.refresh(log.nowMs + 500)
  const newer = ask(log, log.held, encodeHeadAnswer(crypto, refreshed, haveOfHead(log.held)))
  assert.ok(newer.newer)
  assert.is(newer.held.head.timeMs, log.nowMs + 500)
  const older = ask(log, refreshed, encodeHeadAnswer(crypto, log.held, haveOfHead(refreshed)))
  assert.not(older.newer)
  assert.not(older.lower)
  assert.is(older.held, refreshed)
})

test('an equal head is no news, and not lower', () => {
  const log = sample(100)
  const answer = ask(log, log.held, encodeHeadAnswer(crypto, log.held, haveOfHead(log.held)))
  assert.equal([answer.newer, answer.lower], [false, false])
})

// protocol.md §7 MUST: A head that forks from one that is held
test('a head that forks from what is held is a proof, and what is held stays', () => {
  const log = sample(100)
  const twin = log.fork()
  log.appendSizes(7)
  twin.appendSizes(9)
  twin.appendSizes(10)
  const answer = ask(twin, log.held, encodeHeadAnswer(crypto, twin.held, haveOfHead(log.held)))
  assert.not(answer.newer)
  assert.is(answer.held, log.held)
  assert.is(answer.continuity, 'fork')
  assert.is(checkForkProof(crypto, twin.nowMs, answer.fork as ForkProof), undefined)
})

test('an answer that shows a fork gives the proof to whoever asks', () => {
  const log = sample(100)
  const twin = log.fork()
  log.appendSizes(7)
  twin.appendSizes(9)
  const fork = { log: log.log, first: log.held, second: twin.held }
  for (const before of [undefined, log.heads[1], log.held]) {
    const payload = encodeHeadAnswer(crypto, log.held, haveOfHead(before), fork)
    const answer = ask(log, before, payload)
    assert.equal(answer.held.headBytes, log.held.headBytes)
    assert.is(answer.refusedFork, undefined)
    assert.is(checkForkProof(crypto, log.nowMs, answer.fork as ForkProof), undefined)
    assert.equal(answer.fork?.second.headBytes, twin.held.headBytes)
  }
  assert.ok(showsFork(log.held, fork))
})

test('a proof whose heads both go together with what is held is left out', () => {
  const log = sample(100)
  const twin = log.fork()
  twin.appendSizes(9)
  log.appendSizes(7)
  const fork = { log: log.log, first: log.held, second: twin.held }
  const common = log.heads[1] as HeldHead
  assert.not(showsFork(common, fork))
  assert.not(showsFork(common, undefined))
  const plain = encodeHeadAnswer(crypto, common, haveOfHead(undefined))
  assert.is(toHex(encodeHeadAnswer(crypto, common, haveOfHead(undefined), fork)), toHex(plain))
})

// protocol.md §10.3 MUST: The asker MUST check the proof
test('another head that proves nothing is counted, and the answer stands', () => {
  const log = sample(100, 200)
  const earlier = log.heads[1] as HeldHead
  const forged = log.sign({ length: 9 }, log.held.page, filled(8))
  const later = log.sign({ timeMs: log.nowMs + 1e9 })
  for (const [other, page, reason] of [
    [earlier.headBytes, earlier.page, 'not-proven'],
    [log.held.headBytes, log.held.page, 'not-proven'],
    [forged.headBytes, forged.page, 'bad-signature'],
    [later.headBytes, later.page, 'future-time'],
    [earlier.headBytes, log.held.page, 'bad-length'],
    [filled(1), log.held.page, 'bad-version'],
    [new Uint8Array(headBytes).fill(1), log.held.page, 'too-large'],
  ] as const) {
    const answer = ask(log, undefined, payloadOf(log.held.headBytes, other, page, log.held.page))
    assert.is(answer.fork, undefined)
    assert.is(typeof answer.refusedFork, 'string', reason)
    if (reason !== 'bad-version') assert.is(answer.refusedFork, reason)
    assert.ok(answer.newer)
  }
})

test('an answer that does not check out as a whole is refused', () => {
  const log = sample(100, 200)
  const { headBytes: head, page } = log.held
  const check = (payload: Uint8Array) => verifyHeadAnswer(crypto, log.nowMs, log.log, log.heads[1], payload)
  assert.is(check(payloadOf(head, nothing, nothing, page.subarray(0, -1))), 'bad-hash')
  assert.is(check(payloadOf(head, nothing, nothing, concat(page, Uint8Array.of(0)))), 'bad-hash')
  assert.is(check(payloadOf(head, nothing, nothing, nothing)), 'bad-hash')
  assert.is(check(payloadOf(head, head, nothing, page)), 'bad-length')
  assert.is(check(payloadOf(head, nothing, page, page)), 'bad-length')
  assert.is(check(payloadOf(nothing, nothing, nothing, page)), 'too-short')
  assert.is(check(payloadOf(concat(head, Uint8Array.of(0)), nothing, nothing, page)), 'too-long')
  assert.is(check(payloadOf(log.sign({}, page, filled(8)).headBytes, nothing, nothing, page)), 'bad-signature')
  assert.is(
    check(payloadOf(log.sign({ timeMs: log.nowMs + 600_001 }).headBytes, nothing, nothing, page)),
    'future-time',
  )
  assert.is(check(nothing), 'too-short')
  const other = new SampleLog(crypto, undefined, filled(8))
  other.appendSizes(1)
  assert.is(check(encodeHeadAnswer(crypto, other.held, haveOfHead(undefined))), 'bad-name')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('the longest answer is taken, and one byte more is not', () => {
  const log = new SampleLog(crypto)
  const full = [30_000, maxChunkBytes - 1 - 56 - 30_000 - 56]
  const twin = log.fork()
  for (const size of full) log.appendSizes(size)
  twin.append([{ bytes: filled(1) }])
  twin.appendSizes((full[0] ?? 0) + (full[1] ?? 0) - 32 - 32_768 - 56, 0)
  twin.append([{ bytes: new Uint8Array(32_768 - 45 - 11) }])
  assert.ok(maxChunkBytes - twin.held.page.length < 60)
  assert.is(log.held.page.length, maxChunkBytes)
  const fork = { log: log.log, first: log.held, second: twin.held }
  const payload = encodeHeadAnswer(crypto, log.held, haveOfHead(undefined), fork)
  assert.ok(payload.length <= maxHeadAnswerBytes && payload.length > maxHeadAnswerBytes - 60)
  assert.is(checkForkProof(crypto, log.nowMs + 1e4, ask(log, undefined, payload).fork as ForkProof), undefined)
  const longer = new Uint8Array(maxHeadAnswerBytes + 1)
  assert.is(verifyHeadAnswer(crypto, log.nowMs, log.log, undefined, longer), 'too-long')
})

test('a head answer is read as it was written, and whatever else is refused', () => {
  const log = sample(20, 0, 40)
  assertDecoder(
    {
      valid: fc.constantFrom(...log.heads).map((held) => encodeHeadAnswer(crypto, held, haveOfHead(undefined))),
      decode: (payload) => verifyHeadAnswer(crypto, log.nowMs, log.log, undefined, payload),
      encode: ({ held }) => encodeHeadAnswer(crypto, held, haveOfHead(undefined)),
    },
    20,
  )
})

test('a responder that sends the whole page to who has a part of it is understood', () => {
  const log = sample(20, 30)
  const whole = payloadOf(log.held.headBytes, nothing, nothing, log.held.page)
  assert.ok(equal(ask(log, log.heads[1], whole).held.page, log.held.page))
})

test('the corpus of head answers is read and refused as its names say', () => {
  const log = new SampleLog(crypto)
  assertCorpus('stack/data/corpus/head-answer', (payload) =>
    verifyHeadAnswer(crypto, log.nowMs + 1e6, log.log, undefined, payload),
  )
})

test.run()
