// Card heads: who may sign one, when it is refused, and which of two counts.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { cardConflict, compareCardHeads, decodeCardHead, encodeCardHead, verifyCardHead } from './card-head.js'
import { CARD_HEAD_BYTES, MAX_CLOCK_AHEAD_MS } from './limits.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const certificate = sample.certificate()
const test = suite('name/card-head')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const u64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const layout = fc.record(
  {
    name: bytes32,
    device: bytes32,
    version: u64,
    chunk: bytes32,
    timeMs: u64,
    maxAgeS: fc.integer({ min: 0, max: 0xffff_ffff }),
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  },
  { noNullPrototype: true },
)

test('a card head is read as it was written, and refused with any byte missing or added', () => {
  assertDecoder({ valid: layout.map(encodeCardHead), decode: decodeCardHead, encode: encodeCardHead })
  fc.assert(fc.property(layout, (head) => assert.equal(decodeCardHead(encodeCardHead(head)), head)))
  assert.is(encodeCardHead(sample.cardHead()).length, CARD_HEAD_BYTES)
})

test('a listed device speaks for itself under its own name only', () => {
  const head = sample.cardHead()
  assert.is(verifyCardHead(crypto, sample.name, certificate, head, sampleTimeMs), undefined)
  assert.is(verifyCardHead(crypto, filled(1), certificate, head, sampleTimeMs), 'bad-name')
  const replayed = sample.cardHead({ name: filled(1) })
  assert.is(verifyCardHead(crypto, sample.name, certificate, replayed, sampleTimeMs), 'bad-name')
})

// protocol.md §4.3 MUST: The device key MUST be listed
test('a device that is not listed is refused, and so is a struck one, backdated or not', () => {
  const stranger = sample.cardHead({}, filled(13))
  assert.is(verifyCardHead(crypto, sample.name, certificate, stranger, sampleTimeMs), 'not-member')
  const struck = sample.certificate({ k: 1, serial: 0, devices: [sample.secondDevice] })
  for (const timeMs of [0, sampleTimeMs]) {
    const head = sample.cardHead({ timeMs, version: 99 })
    assert.is(verifyCardHead(crypto, sample.name, struck, head, sampleTimeMs), 'not-member')
  }
})

test('a card of another device, or one that was changed, has a bad signature', () => {
  const head = sample.cardHead()
  for (const change of [{ version: 2 }, { chunk: filled(1) }, { timeMs: 1 }, { maxAgeS: 1 }]) {
    assert.is(verifyCardHead(crypto, sample.name, certificate, { ...head, ...change }, sampleTimeMs), 'bad-signature')
  }
  const both = sample.certificate({ devices: [sample.device, sample.secondDevice] })
  const posing = { ...head, device: sample.secondDevice }
  assert.is(verifyCardHead(crypto, sample.name, both, posing, sampleTimeMs), 'bad-signature')
})

test('a device key that is none is refused as such', () => {
  const listed = { ...certificate, devices: [filled(0)] }
  const head = { ...sample.cardHead(), device: filled(0) }
  assert.is(verifyCardHead(crypto, sample.name, listed, head, sampleTimeMs), 'bad-key')
})

// protocol.md §4.3 MUST: A head whose timeMs is more than 600,000 ms ahead
test('a time of ten minutes ahead is taken, one millisecond more is not', () => {
  const head = sample.cardHead()
  assert.is(verifyCardHead(crypto, sample.name, certificate, head, sampleTimeMs - MAX_CLOCK_AHEAD_MS), undefined)
  assert.is(
    verifyCardHead(crypto, sample.name, certificate, head, sampleTimeMs - MAX_CLOCK_AHEAD_MS - 1),
    'future-time',
  )
})

test('the version goes before the time, and two chunks of one version are a conflict', () => {
  const first = sample.cardHead({ version: 1, timeMs: sampleTimeMs + 5 })
  const second = sample.cardHead({ version: 2 })
  assert.ok(compareCardHeads(second, first) > 0)
  assert.ok(compareCardHeads(sample.cardHead({ timeMs: sampleTimeMs + 1 }), sample.cardHead()) > 0)
  assert.is(compareCardHeads(first, first), 0)
  assert.ok(cardConflict(sample.cardHead(), sample.cardHead({ chunk: filled(1) })))
  assert.not(cardConflict(first, second))
})

test('a seed signs for its own device only', () => {
  assert.throws(() => sample.cardHead({ device: sample.device }, sampleSeeds.secondDevice), /not the seed/)
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/card-head', decodeCardHead)
})

test.run()
