// Name answers: what an honest holder sends for each question, and every lie that a hop has to find.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus } from '../../test/samples/decoders.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { concat, Writer } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { encodeCard } from './card.js'
import { encodeCardHead } from './card-head.js'
import { encodeCertificate } from './certificate.js'
import { MAX_CARD_RECORDS, MAX_CHUNK_BYTES, MAX_CLOCK_AHEAD_MS, MAX_NAME_ANSWER_BYTES, MAX_SERIAL } from './limits.js'
import { encodeNameAnswer, verifyNameAnswer } from './name-answer.js'
import { type HeldCard, haveOf, type NameMerge, type NameState, sameNameState } from './name-state.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/name-answer')

const nothing = haveOf(undefined)
const both = [sample.device, sample.secondDevice]
const secondCard = sample.card(3, [], sampleTimeMs, sampleSeeds.secondDevice)
const pair = sample.state(sample.certificate({ serial: 1_700_000_001, devices: both }), [sample.card(1), secondCard])

function verify(payload: Uint8Array, held?: NameState, nowMs = sampleTimeMs): NameMerge | string {
  return verifyNameAnswer(crypto, nowMs, sample.name, held, payload)
}

function accepted(payload: Uint8Array, held?: NameState, nowMs?: number): NameMerge {
  const result = verify(payload, held, nowMs)
  if (typeof result === 'string') throw new Error(`refused: ${result}`)
  return result
}

/** An answer of one certificate and one card, as a liar may have put it together. */
function answer(card: Partial<HeldCard>, certificate = sample.certificate()): Uint8Array {
  const empty = new Uint8Array(0)
  return new Writer()
    .lp16(encodeCertificate(certificate))
    .lp16(card.headBytes ?? empty)
    .lp16(card.chunk ?? empty)
    .bytes()
}

test('who has nothing gets all of it', () => {
  const result = accepted(encodeNameAnswer(pair, nothing))
  assert.ok(result.newer)
  assert.equal(result.state, pair)
})

test('who has all of it gets heads without chunks, which confirm', () => {
  const payload = encodeNameAnswer(pair, haveOf(pair))
  assert.is(payload.length, 2 + pair.certificateBytes.length + 2 * (2 + 181 + 2))
  const result = accepted(payload, pair)
  assert.not(result.newer || result.older || result.conflict)
  assert.is(result.state, pair)
})

test('who has an older card gets the newer one whole, and nothing where its own is newer', () => {
  const held = sample.state(pair.certificate, [sample.card(5), sample.card(1, [], 0, sampleSeeds.secondDevice)])
  const result = accepted(encodeNameAnswer(pair, haveOf(held)), held)
  assert.ok(result.newer)
  assert.equal(result.state.cards, [held.cards[0], secondCard])
})

test('a card that was signed again with a newer time reaches who holds the older time', () => {
  const fresh = sample.state(sample.certificate(), [sample.card(1, sample.records(), sampleTimeMs + 60_000)])
  const held = sample.state()
  const result = accepted(encodeNameAnswer(fresh, haveOf(held)), held, sampleTimeMs + 60_000)
  assert.ok(result.newer)
  assert.equal(result.state, fresh)
  const whole = accepted(encodeNameAnswer(fresh, nothing), held, sampleTimeMs + 60_000)
  assert.is(whole.state.cards[0]?.chunk, held.cards[0]?.chunk)
})

test('who has another certificate gets every card whole', () => {
  assert.equal(accepted(encodeNameAnswer(pair, haveOf(sample.state()))).state, pair)
})

// protocol.md §4.3 MUST: Decoders take 0 as well
test('a card of version 0 reaches who has none', () => {
  const zero = sample.state(sample.certificate(), [sample.card(0)])
  const held = sample.state(sample.certificate(), [undefined])
  assert.equal(accepted(encodeNameAnswer(zero, haveOf(held)), held).state, zero)
})

test('whatever two holders have, an answer brings the asker at least as far as the holder', () => {
  const holder = fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.boolean())
    .map(([first, second, one]) => {
      const firstCard = first === 0 ? undefined : sample.card(first)
      const other = second === 0 ? undefined : sample.card(second, [], sampleTimeMs, sampleSeeds.secondDevice)
      return one ? sample.state(sample.certificate(), [firstCard]) : sample.state(pair.certificate, [firstCard, other])
    })
  fc.assert(
    fc.property(fc.option(holder, { nil: undefined }), holder, (asker, holder) => {
      const { state } = accepted(encodeNameAnswer(holder, haveOf(asker)), asker)
      assert.not(accepted(encodeNameAnswer(holder, nothing), state).newer)
    }),
    { numRuns: 50 },
  )
})

test('a certificate of another name, or of a rung that the name has not, is refused', () => {
  const other = new SampleName(crypto, [filled(11), filled(12)])
  assert.is(verify(encodeNameAnswer(other.state(other.certificate({}, filled(11))), nothing)), 'bad-name')
  const posing = { ...sample.certificate(), k: 2 }
  assert.is(verify(answer({}, posing)), 'bad-rank')
  assert.is(verify(answer({}, { ...sample.certificate(), serial: 9 })), 'bad-signature')
})

// protocol.md §10.2 MUST: One with a lower certificate MUST NOT count
test('a lower certificate is no lie, and changes nothing', () => {
  const owner = sample.state(sample.certificate({ k: 1, serial: 0, devices: [sample.secondDevice] }), [secondCard])
  const thief = sample.state(sample.certificate({ serial: MAX_SERIAL }), [sample.card(99)])
  const result = accepted(encodeNameAnswer(thief, nothing), owner)
  assert.is(result.state, owner)
  assert.ok(result.older)
  const recovered = accepted(encodeNameAnswer(owner, haveOf(thief)), thief)
  assert.equal(recovered.state, owner)
})

test('a thief of a device key alone cannot change who is listed, nor speak for another device', () => {
  const listing = { ...sample.certificate({}, sampleSeeds.rungs[0]), devices: [sample.device, filled(13)] }
  assert.is(verify(answer({}, listing)), 'bad-signature')
  const posing = { ...sample.cardHead({ version: 99 }), device: sample.secondDevice }
  const payload = new Writer().lp16(pair.certificateBytes)
  payload.lp16(pair.cards[0]!.headBytes).lp16(pair.cards[0]!.chunk)
  payload.lp16(encodeCardHead(posing)).lp16(encodeCard(sample.records()))
  assert.is(verify(payload.bytes()), 'bad-signature')
})

test('a card of a struck device is refused under the certificate that struck it', () => {
  const struck = sample.certificate({ k: 1, serial: 0, devices: [sample.secondDevice] })
  assert.is(verify(answer(sample.card(99), struck)), 'not-member')
  assert.is(verify(answer(sample.card(99, sample.records(), 0), struck), pair), 'not-member')
})

// protocol.md §10.2 MUST: A card head MUST be of the device
test('cards in another order than the devices are refused', () => {
  const swapped = { ...pair, cards: [...pair.cards].reverse() }
  assert.is(verify(encodeNameAnswer(swapped, nothing)), 'not-member')
})

test('a card head of more than ten minutes ahead is refused', () => {
  const payload = encodeNameAnswer(sample.state(), nothing)
  assert.ok(accepted(payload, undefined, sampleTimeMs - MAX_CLOCK_AHEAD_MS).newer)
  assert.is(verify(payload, undefined, sampleTimeMs - MAX_CLOCK_AHEAD_MS - 1), 'future-time')
})

test('a chunk that is not the one that the head names is refused', () => {
  const card = sample.card(1)
  assert.is(verify(answer({ ...card, chunk: encodeCard([]) })), 'bad-hash')
  assert.is(verify(answer({ ...card, chunk: encodeCard([]) }), sample.state()), 'bad-hash')
})

test('a chunk that is no card is refused although its hash is right', () => {
  for (const [chunk, reason] of [
    [Uint8Array.of(7, 0), 'bad-kind'],
    [Uint8Array.of(6, 5, 0, 1, 0), 'too-short'],
    [concat(Uint8Array.of(6), new Uint8Array(3 * (MAX_CARD_RECORDS + 1))), 'bad-count'],
  ] as const) {
    const head = sample.cardHead({ chunk: crypto.hash(chunk) })
    assert.is(verify(answer({ headBytes: encodeCardHead(head), chunk })), reason)
  }
})

// protocol.md §10.2 MUST: A card head MUST be of the device
test('a chunk without its head is refused', () => {
  assert.is(verify(answer({ chunk: sample.card(1).chunk })), 'bad-length')
})

test('a head without its chunk counts where the chunk is held, is skipped elsewhere, and is checked in any case', () => {
  const renewed = sample.card(1, sample.records(), sampleTimeMs + 1)
  const headOnly = answer({ headBytes: renewed.headBytes })
  assert.equal(accepted(headOnly, sample.state()).state.cards[0], renewed)
  assert.equal(accepted(headOnly).state.cards, [undefined])
  assert.equal([accepted(headOnly, sample.state()).older, accepted(headOnly).older], [false, true])
  const forged = encodeCardHead({ ...renewed.head, timeMs: sampleTimeMs + 2 })
  assert.is(verify(answer({ headBytes: forged })), 'bad-signature')
  assert.is(verify(answer({ headBytes: forged }), sample.state()), 'bad-signature')
})

test('two certificates of one order are shown as a conflict', () => {
  const a = sample.state()
  const b = sample.state(sample.certificate({ devices: [sample.secondDevice] }), [secondCard])
  assert.ok(accepted(encodeNameAnswer(b, haveOf(a)), a).conflict)
  assert.ok(accepted(encodeNameAnswer(a, haveOf(b)), b).conflict)
})

test('an answer that repeats what is held costs no signature check', () => {
  const counting: Crypto = {
    ...crypto,
    ed25519: {
      ...crypto.ed25519,
      verify: () => {
        throw new Error('a signature was checked')
      },
    },
  }
  const result = verifyNameAnswer(counting, sampleTimeMs, sample.name, pair, encodeNameAnswer(pair, nothing))
  assert.is((result as NameMerge).state, pair)
})

test('the state shares no memory with the answer', () => {
  const payload = encodeNameAnswer(pair, nothing)
  const name = sample.name.slice()
  const result = verifyNameAnswer(crypto, sampleTimeMs, name, undefined, payload) as NameMerge
  payload.fill(0)
  name.fill(0)
  assert.equal(result.state, pair)
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a full certificate with full cards is an answer, and one byte more is refused unread', () => {
  const seeds = Array.from({ length: 32 }, (_, index) => filled(100 + index))
  const devices = seeds.map((seed) => crypto.ed25519.publicKeyFromSeed(seed))
  const records = [{ type: 'unknown' as const, code: 9, body: new Uint8Array(MAX_CHUNK_BYTES - 4) }]
  const full = sample.state(
    sample.certificate({ devices }),
    seeds.map((seed) => sample.card(1, records, sampleTimeMs, seed)),
  )
  const payload = encodeNameAnswer(full, nothing)
  assert.ok(payload.length > 1_900_000 && payload.length <= MAX_NAME_ANSWER_BYTES)
  assert.ok(sameNameState(accepted(payload).state, full))
  const longest = new Uint8Array(MAX_NAME_ANSWER_BYTES + 1)
  assert.is(verify(longest), 'too-long')
  assert.is.not(verify(longest.subarray(1)), 'too-long')
})

test('every truncation, every byte too many and any damage is refused, or changes nothing that is signed', () => {
  const payload = encodeNameAnswer(sample.state(), nothing)
  for (let length = 0; length < payload.length; length++) {
    assert.type(verify(payload.subarray(0, length)), 'string', `the first ${length} bytes`)
  }
  assert.is(verify(concat(payload, Uint8Array.of(0))), 'trailing')
  fc.assert(
    fc.property(fc.nat(payload.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = payload.slice()
      damaged[at] = (damaged[at] ?? 0) ^ change
      assert.type(verify(damaged), 'string')
    }),
    { numRuns: 300 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => assert.type(verify(bytes), 'string')))
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/name-answer', (bytes) => verify(bytes))
})

test.run()
