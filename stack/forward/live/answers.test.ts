// What comes on a live question: in pieces, too much of it, ahead of time, beside what came from somebody else meanwhile, and
// Nacks.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { speak } from '../../../test/samples/forward.js'
import { SampleLog } from '../../../test/samples/log.js'
import { concat, type Reason } from '../../bytes/index.js'
import { haveOfHead, maxHeadAnswerBytes } from '../../data/index.js'
import { DataFlag } from '../index.js'
import { followLog, headPayload, livePeer } from '../testing/live.js'
import { Network } from '../testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/live/answers')

/** A reader below two neighbours that are as good as each other; the first one is asked first. The log has two entries. */
function crossroads() {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  log.nowMs = network.clock.nowMs - 3_000
  log.appendSizes(100)
  log.appendSizes(100)
  const reader = network.node('reader')
  const first = livePeer(network, reader, { upstream: true, rank: 0 })
  const second = livePeer(network, reader, { upstream: true, rank: 0 })
  network.settle()
  const drops = (reason: Reason): number => reader.machine.status().counters.drops.get(reason) ?? 0
  const share = (id: number): number => reader.machine.status().neighbours.find((one) => one.id === id)?.share ?? 0
  const head = (length: number) => log.heads[length] ?? log.held
  const append = () => {
    log.nowMs = network.clock.nowMs - 1_000
    log.appendSizes(100)
    return log.held
  }
  return { network, log, reader, first, second, drops, share, head, append }
}

test('an answer in pieces is told when its last piece has come, and the next one may come in pieces too', () => {
  const { network, log, reader, first, append, head } = crossroads()
  const { lengths } = followLog(reader, log.log)
  network.settle()
  const token = first.interests[0]?.token ?? 0
  const pieces = (payload: Uint8Array): void => {
    const third = Math.floor(payload.length / 3)
    speak.piece(first, token, payload, 0, third)
    speak.piece(first, token, payload, third, 2 * third)
    network.settle()
    const before = lengths.length
    speak.piece(first, token, payload, 2 * third, payload.length)
    network.settle()
    assert.is(lengths.length, before + 1)
  }
  pieces(headPayload(network, head(2)))
  append()
  pieces(headPayload(network, head(3), head(2)))
  assert.equal(lengths, [2, 3])
})

test('an answer longer than any head takes is a lie, and is not waited for', () => {
  const { network, log, reader, first, second, drops, share } = crossroads()
  first.answer = ({ token }) => speak.piece(first, token, new Uint8Array(10), 0, 10, maxHeadAnswerBytes + 1)
  followLog(reader, log.log)
  network.settle()
  assert.is(drops('too-long'), 1)
  assert.ok(share(first.id) < 1)
  assert.equal(first.ended, [first.interests[0]?.token])
  assert.is(second.interests.length, 1)
})

test('an answer whose first piece stands in the middle is a lie', () => {
  const { network, log, reader, first, second, drops, share, head } = crossroads()
  first.answer = ({ token }) => speak.piece(first, token, headPayload(network, head(2)), 50, 100)
  const { lengths } = followLog(reader, log.log)
  network.settle()
  assert.is(drops('bad-length'), 1)
  assert.ok(share(first.id) < 1)
  assert.is(second.interests.length, 1)
  assert.equal(lengths, [])
})

test('a head signed ahead of time is refused without blame, and another is asked', () => {
  const { network, log, reader, first, second, drops, share } = crossroads()
  const ahead = log.sign({ timeMs: network.clock.nowMs + 1e9 })
  first.answer = ({ token }) => speak.data(first, token, headPayload(network, ahead))
  const { lengths } = followLog(reader, log.log)
  network.settle()
  assert.is(drops('future-time'), 1)
  assert.is(share(first.id), 1)
  assert.is(first.ended.length, 1)
  assert.is(second.interests.length, 1)
  assert.equal(lengths, [])
})

test('a fork that is claimed and not proven is counted, and the head beside it counts', () => {
  const { network, log, reader, first, head } = crossroads()
  const payload = headPayload(network, head(2))
  const other = head(1)
  // The other head is a true one of the same log: the newer continues it.
  const claiming = concat(
    payload.subarray(0, 209),
    Uint8Array.of(0, other.headBytes.length),
    other.headBytes,
    Uint8Array.of(other.page.length >> 8, other.page.length & 255),
    other.page,
    payload.subarray(213),
  )
  first.answer = ({ token }) => speak.data(first, token, claiming, { flags: DataFlag.conflict })
  const { lengths } = followLog(reader, log.log)
  network.settle()
  assert.equal(lengths, [2])
  assert.is(reader.machine.status().counters.conflictsUnproven, 1)
})

test('one that kept us up to date and ends with Expired is asked anew at once, and nobody else', () => {
  const { network, log, reader, first, second, head } = crossroads()
  first.answer = ({ token }) => speak.data(first, token, headPayload(network, head(2)))
  const following = followLog(reader, log.log)
  network.run(2_000)
  const [interest] = first.interests
  speak.nack(first, interest?.token ?? 0, 'Expired')
  network.settle()
  assert.is(first.interests.length, 2)
  assert.is.not(first.interests[1]?.token, interest?.token)
  // Whoever says that it is over is not told so.
  assert.equal(first.ended, [])
  assert.is(second.interests.length, 0)
  assert.is(following.reached(), true)
})

test('TooBig means the same once something came, and otherwise that it has nothing for us', () => {
  const { network, log, reader, first, second, head } = crossroads()
  first.answer = ({ token }) => speak.data(first, token, headPayload(network, head(2)))
  followLog(reader, log.log)
  network.run(2_000)
  speak.nack(first, first.interests[0]?.token ?? 0, 'TooBig')
  network.settle()
  assert.is(first.interests.length, 2)
  assert.is(second.interests.length, 0)
  // A moment after it was asked: who says that again and again is not asked in a loop.
  first.answer = ({ token }) => speak.nack(first, token, 'TooBig')
  network.run(1_000)
  speak.nack(first, first.interests[1]?.token ?? 0, 'TooBig')
  network.settle()
  assert.is(first.interests.length, 3)
  assert.is(second.interests.length, 1)
})

test('an answer that goes on from the state before is joined to what came from somebody else meanwhile', () => {
  const { network, log, reader, first, second, append, head } = crossroads()
  reader.store.putHead(head(1), false)
  const { lengths } = followLog(reader, log.log)
  network.run(4_100)
  const [older] = first.interests
  assert.equal(older?.question, { kind: 'head', have: haveOfHead(head(1)), maxAgeS: 20 })
  // Stale, so that the first one stays asked.
  speak.data(second, second.interests[0]?.token ?? 0, headPayload(network, head(2), head(1)), { flags: DataFlag.stale })
  network.settle()
  append()
  speak.data(first, older?.token ?? 0, headPayload(network, head(3), head(1)))
  network.settle()
  assert.is(lengths.at(-1), 3)
  assert.is(first.interests.length, 1)
  assert.equal(second.ended, [second.interests[0]?.token])
})

test('an answer that continues neither is nobody’s fault when something else came meanwhile: it is asked anew', () => {
  const { network, log, reader, first, second, append, head, share } = crossroads()
  reader.store.putHead(head(1), false)
  const { lengths } = followLog(reader, log.log)
  network.run(4_100)
  const { token: asked = 0 } = second.interests[0] ?? {}
  speak.data(second, asked, headPayload(network, head(2), head(1)), { flags: DataFlag.stale })
  append()
  append()
  speak.data(second, asked, headPayload(network, head(3), head(2)), { flags: DataFlag.stale })
  network.settle()
  const [older] = first.interests
  speak.data(first, older?.token ?? 0, headPayload(network, head(4), head(1)))
  network.settle()
  assert.equal(first.ended, [older?.token])
  assert.equal(first.interests[1]?.question, { kind: 'head', have: haveOfHead(head(3)), maxAgeS: 20 })
  assert.is(share(first.id), 1)
  speak.data(first, first.interests[1]?.token ?? 0, headPayload(network, head(4), head(3)))
  network.settle()
  assert.is(lengths.at(-1), 4)
})

test('the open page comes whole where the one that we have has closed, in as many pieces as it needs', () => {
  const { network, log, reader, first, head } = crossroads()
  first.answer = ({ token }) => speak.data(first, token, headPayload(network, head(2)))
  const { lengths } = followLog(reader, log.log)
  network.settle()
  const token = first.interests[0]?.token ?? 0
  log.nowMs = network.clock.nowMs - 1_000
  log.appendSizes(...Array.from({ length: 40 }, () => 3_000))
  // What does not fit a page has closed one.
  assert.ok(log.held.page.length < 40 * 3_000)
  const payload = headPayload(network, log.held, head(2))
  for (let from = 0; from < payload.length; from += 16_000) {
    speak.piece(first, token, payload, from, Math.min(payload.length, from + 16_000))
  }
  network.settle()
  assert.equal(lengths, [2, 42])
})

test('when half of the credit is used it is renewed, with the state that is held by then', () => {
  const { network, log, reader, first } = crossroads()
  log.nowMs = network.clock.nowMs - 1_000
  log.appendSizes(30_000, 20_000)
  const payload = headPayload(network, log.held)
  const { lengths } = followLog(reader, log.log)
  network.settle()
  const { token = 0, answerBytes = 0 } = first.interests[0] ?? {}
  const answers = Math.ceil(answerBytes / 2 / payload.length)
  for (let count = 1; count < answers; count += 1) speak.data(first, token, payload)
  network.run(3_000)
  assert.is(first.interests.length, 1)
  speak.data(first, token, payload)
  network.run(100)
  assert.is(first.interests.length, 2)
  assert.is(first.interests[1]?.token, token)
  assert.equal(lengths, [4])
})

test('a question that is asked once meanwhile is answered by what comes on the live one', () => {
  const { network, log, reader, first, head } = crossroads()
  const { lengths } = followLog(reader, log.log)
  network.settle()
  const request = reader.ask({ kind: 'head', key: log.log, maxAgeS: 10, lifetimeMs: 4_000 })
  network.settle()
  assert.is(first.ordinary.length, 1)
  speak.data(first, first.interests[0]?.token ?? 0, headPayload(network, head(2)))
  network.settle()
  const result = reader.result(request)
  assert.is(result?.kind === 'answer' && result.answer.kind === 'head' && result.answer.held.head.length, 2)
  assert.equal(lengths, [2])
})

test('what comes for a question that is asked once is told to those who follow, and the next renewal says that we have it', () => {
  const { network, log, reader, first, head, append, share } = crossroads()
  first.answer = ({ token }) => {
    if (first.interests.length === 1) speak.data(first, token, headPayload(network, head(2)))
  }
  const { lengths } = followLog(reader, log.log)
  network.run(2_000)
  append()
  reader.ask({ kind: 'head', key: log.log, maxAgeS: 0, lifetimeMs: 4_000 })
  network.settle()
  const [question] = first.ordinary
  assert.ok(question)
  speak.data(first, question?.token ?? 0, headPayload(network, head(3), head(2)))
  network.settle()
  assert.equal(lengths, [2, 3])
  network.run(20_000)
  const renewed = first.interests[1]?.question
  assert.is(renewed?.kind === 'head' && renewed.have.length, 3)
  // So an answer that does not go on from there is a lie.
  append()
  const forged = headPayload(network, head(4), head(3))
  forged[20] = (forged[20] ?? 0) ^ 1
  speak.data(first, first.interests[1]?.token ?? 0, forged)
  network.settle()
  assert.ok(share(first.id) < 1)
})

test.run()
