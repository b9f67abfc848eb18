// Questions that come as packets: who may ask, how much, and what a packet of an answer may be.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { concat } from '../../bytes/index.js'
import { addressOf, addressPrefix } from '../../name/index.js'
import {
  decodeStreamPacket,
  encodeStreamPacket,
  type Interest,
  InterestFlag,
  type Part,
  type StreamFrame,
} from '../wire/index.js'
import {
  MAX_OWN_PACKET_BYTES,
  MAX_PACKET_BYTES,
  MAX_QUESTIONS,
  MAX_QUESTIONS_OF_SOURCE,
  MAX_SOURCES,
  PACKETS_AT_ONCE,
  PACKETS_PER_SECOND,
  SOURCE_ALLOWANCE_BYTES,
} from './limits.js'
import { type PacketAnswer, PacketQuestions, type PacketStep } from './questions.js'
import { Sources } from './sources.js'

const crypto = await openTestCrypto()
const test = suite('forward/packets')
const key = (byte: number) => new Uint8Array(32).fill(byte)
const own = addressOf(crypto, 'device', key(1))
const peer = addressOf(crypto, 'device', key(2))
const stream = addressOf(crypto, 'stream', key(3))
const chunk = Uint8Array.from({ length: 5_000 }, (_, at) => at * 7)
const here = { hops: 1, cached: true, ageS: 0, stale: false, neighbour: 4 }

const machine = (admits = (_: Uint8Array) => true) => new PacketQuestions({ crypto, address: own, admits })

function interest(change: Partial<Interest> = {}, part?: Part): Interest {
  const question = { kind: 'chunk', via: key(8), ...(part === undefined ? {} : { part }) } as const
  return { token: 1, lifetimeMs: 4_000, hops: 32, rank: 0, answerBytes: 61_440, key: key(9), question, ...change }
}

function packet(of: Interest, { from = own, to = stream, flags = 0 } = {}) {
  return { from, to, bytes: encodeStreamPacket([{ type: 'interest', flags, interest: of }]) }
}

function asked(steps: readonly PacketStep[]) {
  const [step] = steps
  if (steps.length !== 1 || step?.kind !== 'ask') throw new Error(`${steps.length} steps, ${step?.kind}`)
  return step
}

/** The one frame of an answer, and that it goes back to who asked. */
function said(step: PacketAnswer | PacketStep | undefined, from = stream, to = own): StreamFrame {
  if (step === undefined || !('head' in step)) throw new Error('nothing is sent')
  assert.equal([step.from, step.to], [from, to])
  const frames = decodeStreamPacket(concat(step.head, step.payload))
  if (typeof frames === 'string') throw new Error(frames)
  const [frame] = frames
  if (frame === undefined || frames.length > 1) throw new Error(`${frames.length} frames`)
  return frame
}

test('a question is asked as it stands, and its answer is one packet to who asked, one hop further', () => {
  const questions = machine()
  const { question, interest: local } = asked(questions.handlePacket(0, packet(interest())))
  assert.equal(local, { kind: 'chunk', key: key(9), via: key(8), lifetimeMs: 4_000, hops: 32 })
  const answer = questions.handleAnswer(question, { kind: 'chunk', bytes: chunk }, here)
  const bytesAllowed = SOURCE_ALLOWANCE_BYTES
  const data = { token: 1, offset: 0, total: 5_000, bytesAllowed, hops: 2, ageS: 0, payload: chunk }
  assert.equal(said(answer), { type: 'data', flags: 1, data })
  assert.is(answer.payload.buffer, chunk.buffer, 'what is lent is not copied')
  assert.equal(
    [...questions.counters],
    [
      ['asked', 1],
      ['answered', 1],
    ],
  )
})

test('a state is asked for on behalf of who has what it says it has', () => {
  const have = { length: 4, openPage: key(5) }
  const head = interest({ question: { kind: 'head', have, maxAgeS: 7 }, answerBytes: 900 })
  const { interest: local } = asked(machine().handlePacket(0, packet(head, { flags: InterestFlag.staleOk })))
  const common = { key: key(9), lifetimeMs: 4_000, hops: 32, answerBytes: 900 }
  assert.equal(local, { kind: 'head', ...common, have, maxAgeS: 7, staleOk: true })
})

// protocol.md §22 MUST: An answer MUST be one packet
test('a part is given as it was asked for, and one that is none is refused', () => {
  const ask = (part: Part, answerBytes = 61_440) => {
    const questions = machine()
    const { question } = asked(questions.handlePacket(0, packet(interest({ answerBytes }, part))))
    const frame = said(questions.handleAnswer(question, { kind: 'chunk', bytes: chunk }, here))
    return frame.type === 'data'
      ? [frame.data.offset, frame.data.payload.length, frame.data.total]
      : frame.type === 'nack' && frame.nack.reason
  }
  assert.equal(ask({ from: 100, bytes: 50 }), [100, 50, 5_000])
  assert.equal(ask({ from: 4_990, bytes: 50 }), [4_990, 10, 5_000])
  assert.equal(ask({ from: 4_990, bytes: 0 }), [4_990, 10, 5_000])
  assert.is(ask({ from: 5_000, bytes: 1 }), 'Bad')
  assert.equal(ask({ from: 1, bytes: 50 }, 50), [1, 50, 5_000])
  assert.is(ask({ from: 1, bytes: 51 }, 50), 'TooBig')
})

// protocol.md §22 MUST: A packet to another device MUST NOT have more
test('what does not fit one packet of its way is refused: to this machine, and to another device', () => {
  for (const [from, to, room] of [
    [own, stream, MAX_OWN_PACKET_BYTES],
    [peer, own, MAX_PACKET_BYTES],
  ] as const) {
    // What stands before the payload: the header, that of the frame, that of DATA.
    for (const [length, type] of [
      [room - 29, 'data'],
      [room - 28, 'nack'],
    ] as const) {
      const questions = machine()
      const { question } = asked(questions.handlePacket(0, packet(interest(), { from, to })))
      const bytes = new Uint8Array(length)
      const roomy = { ...question, answerBytes: 100_000 }
      const frame = said(questions.handleAnswer(roomy, { kind: 'chunk', bytes }, here), to, from)
      assert.is(frame.type, type)
      if (frame.type === 'nack') assert.is(frame.nack.reason, 'TooBig')
    }
  }
})

// protocol.md §22 MUST: A packet from any other address
test('only this machine asks at streams, and only devices at this one; answers go nowhere else', () => {
  const names = concat(addressPrefix('stream').subarray(0, 15), Uint8Array.of(0x53))
  const elsewhere = new Uint8Array(16).fill(0x20)
  const outcome = (from: Uint8Array, to: Uint8Array) => {
    const questions = machine()
    const steps = questions.handlePacket(0, packet(interest(), { from, to }))
    return steps.length === 1 ? steps[0]?.kind : [...questions.counters.keys()].join()
  }
  assert.is(outcome(own, stream), 'ask')
  assert.is(outcome(names, stream), 'ask')
  assert.is(outcome(own, own), 'ask')
  assert.is(outcome(peer, own), 'ask')
  assert.is(outcome(peer, stream), 'dropped destination')
  assert.is(outcome(own, peer), 'dropped destination')
  assert.is(outcome(elsewhere, own), 'dropped source')
  assert.is(outcome(elsewhere, stream), 'dropped source')
})

// protocol.md §22 MUST: A question of a device that no rule lets in
test('a device that no rule lets in hears nothing, whatever was sent to it, and this machine needs no rule', () => {
  const asking: Uint8Array[] = []
  const questions = machine((address) => {
    asking.push(address)
    return false
  })
  assert.equal(questions.handlePacket(0, packet(interest(), { from: peer, to: own })), [])
  assert.is(questions.counters.get('dropped denied'), 1)
  asked(questions.handlePacket(0, packet(interest(), { from: own, to: own })))
  asked(questions.handlePacket(0, packet(interest({ token: 2 }))))
  assert.equal(asking, [peer])
})

test('what is open keeps its own bytes alone, and none of those that came with it', () => {
  const many = new Uint8Array(100_000)
  const { from, to, bytes } = packet(interest())
  many.set(from)
  many.set(to, 16)
  many.set(bytes, 32)
  const lent = { from: many.subarray(0, 16), to: many.subarray(16, 32), bytes: many.subarray(32, 32 + bytes.length) }
  const { question } = asked(machine().handlePacket(0, lent))
  const { key: asks } = question.interest
  for (const kept of [question.packet.from, question.packet.to, question.packet.bytes, asks])
    assert.ok(kept.buffer.byteLength < many.length)
  many.fill(0)
  assert.equal([question.packet.from, question.packet.to, asks], [own, stream, key(9)])
})

// protocol.md §22 MUST: **Questions.** An INTEREST is as §10.1 says
// protocol.md §22 MUST: A token is chosen for the pair of addresses
test('answers that nobody waits for, live questions and tokens in use are dropped', () => {
  const questions = machine()
  const nack: StreamFrame = { type: 'nack', flags: 0, nack: { token: 1, reason: 'Busy', retryMs: 0, bytesAllowed: 0 } }
  assert.equal(questions.handlePacket(0, { from: own, to: stream, bytes: encodeStreamPacket([nack]) }), [])
  assert.equal(questions.handlePacket(0, packet(interest(), { flags: InterestFlag.live })), [])
  const { question } = asked(questions.handlePacket(0, packet(interest())))
  assert.equal(questions.handlePacket(0, packet(interest())), [])
  // Another program has tokens of its own when it asks elsewhere.
  asked(questions.handlePacket(0, packet(interest(), { to: own })))
  questions.handleNack(question, 'NoRoute', 0)
  asked(questions.handlePacket(0, packet(interest())))
  assert.equal(
    ['dropped answer', 'dropped bad-flags', 'dropped bad-token'].map((what) => questions.counters.get(what)),
    [1, 1, 1],
  )
})

test('every bound of a source is kept at the limit and one more', () => {
  const questions = machine()
  const ask = (token: number, answerBytes: number, from = own) => {
    return questions.handlePacket(1e9 * token, packet(interest({ token, answerBytes }), { from, to: own }))
  }
  for (let token = 1; token <= MAX_QUESTIONS_OF_SOURCE; token++) asked(ask(token, 100))
  const [quota] = ask(100, 100)
  const refused = said(quota, own)
  assert.is(refused.type === 'nack' && refused.nack.reason, 'Quota')

  const most = SOURCE_ALLOWANCE_BYTES / 61_440
  for (let token = 1; token <= most; token++) asked(ask(token, 61_440, peer))
  const busy = said(ask(100, 61_440, peer)[0], own, peer)
  assert.is(busy.type === 'nack' && busy.nack.reason, 'Busy')
  assert.ok(busy.type === 'nack' && busy.nack.retryMs > 0)
})

test('questions in all are bounded, at the limit and one more', () => {
  const questions = machine()
  for (let index = 0; index < MAX_QUESTIONS; index++) {
    const from = addressOf(crypto, 'device', key(100 + Math.floor(index / MAX_QUESTIONS_OF_SOURCE)))
    asked(questions.handlePacket(0, packet(interest({ token: index + 1, answerBytes: 1 }), { from, to: own })))
  }
  const frame = said(questions.handlePacket(0, packet(interest(), { from: peer, to: own }))[0], own, peer)
  assert.is(frame.type === 'nack' && frame.nack.reason, 'Quota')
})

test('packets of a source are bounded, at once and a second; of sources the one that asked longest ago is forgotten', () => {
  const sources = new Sources()
  for (let count = 0; count < PACKETS_AT_ONCE; count++) assert.ok(sources.take(0, own))
  assert.is(sources.take(0, own), undefined)
  assert.ok(sources.take(0, peer), 'others are not held up')
  assert.ok(sources.take(Math.ceil(1e6 / PACKETS_PER_SECOND), own))
  assert.is(sources.take(Math.ceil(1e6 / PACKETS_PER_SECOND), own), undefined)
  const many = (index: number) => Uint8Array.of(index >> 8, index & 255)
  for (let index = 0; index < MAX_SOURCES; index++) sources.take(1e6, many(index))
  assert.is(sources.size, MAX_SOURCES)
  // Forgotten, and so with a whole bucket.
  for (let count = 0; count < PACKETS_AT_ONCE; count++) assert.ok(sources.take(1e6, own))
  // Many questions in a packet cost as many packets with one.
  const packed = machine()
  const frames = (count: number) =>
    Array.from({ length: count }, (_, token): StreamFrame => {
      return { type: 'interest', flags: 0, interest: interest({ token: token + 1 }) }
    })
  for (let count = 0; count < PACKETS_AT_ONCE / 8; count++)
    packed.handlePacket(0, { from: own, to: stream, bytes: encodeStreamPacket(frames(8)) })
  assert.is(packed.counters.get('dropped rate'), undefined)
  assert.equal(packed.handlePacket(0, packet(interest({ token: 99 }))), [])
  assert.is(packed.counters.get('dropped rate'), 1)
  const flood = machine()
  for (let count = 0; count <= PACKETS_AT_ONCE; count++) flood.handlePacket(0, packet(interest()))
  assert.is(flood.counters.get('dropped rate'), 1)
})

test.run()
