// Stream records: membership is the log's own word, and a sealed record shows nothing but that it is there.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus } from '../../test/samples/decoders.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { toHex, Writer } from '../bytes/index.js'
import { cardScope, seal } from '../crypto/index.js'
import { encodeCard } from './card.js'
import { SEALED_STREAM_BYTES } from './limits.js'
import {
  encodeStreamBody,
  openStreamRecord,
  type SealedStreamRecord,
  sealStreamRecord,
  signMember,
  verifyMember,
} from './stream-record.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/stream-record')

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
const secret = fc.uint8Array({ minLength: 32, maxLength: 32 })
const membership = { name: sample.name, device: sample.device, visibility: 'public', label: 'main' } as const

/** What a writer that does not keep to the protocol could have sealed. */
function sealedOf(padded: Uint8Array): SealedStreamRecord {
  return { type: 'sealed', ...seal(crypto, cardScope(crypto, sampleSeeds.secret), 6, new Uint8Array(0), padded) }
}

function paddedWith(change: (padded: Uint8Array) => void): SealedStreamRecord {
  const body = encodeStreamBody(sample.stream('drafts', 'unlisted'))
  const padded = new Writer(SEALED_STREAM_BYTES)
    .put(body)
    .zeros(SEALED_STREAM_BYTES - body.length)
    .bytes()
  change(padded)
  return sealedOf(padded)
}

test('a log belongs to exactly the name, device, visibility and label that it signed', () => {
  const signature = signMember(crypto, sampleSeeds.log, membership)
  assert.is(verifyMember(crypto, sample.log, membership, signature), undefined)
  for (const change of [
    { name: filled(1) },
    { device: sample.secondDevice },
    { visibility: 'unlisted' as const },
    { label: 'mai' },
  ]) {
    assert.is(verifyMember(crypto, sample.log, { ...membership, ...change }, signature), 'bad-signature')
  }
  assert.is(verifyMember(crypto, sample.device, membership, signature), 'bad-signature')
  assert.is(verifyMember(crypto, filled(0), membership, signature), 'bad-key')
})

test('a sealed record opens with its secret to what was sealed', () => {
  fc.assert(
    fc.property(label, secret, (label, secret) => {
      const record = sample.stream(label, 'unlisted')
      assert.equal(openStreamRecord(crypto, secret, sealStreamRecord(crypto, secret, record)), record)
    }),
    { numRuns: 30 },
  )
})

test('a wrong secret opens nothing', () => {
  const sealed = sealStreamRecord(crypto, sampleSeeds.secret, sample.stream('drafts', 'unlisted'))
  fc.assert(
    fc.property(secret, (wrong) => {
      fc.pre(toHex(wrong) !== toHex(sampleSeeds.secret))
      assert.is(openStreamRecord(crypto, wrong, sealed), 'bad-seal')
    }),
  )
})

test('any changed bit of a sealed record is found', () => {
  const sealed = sealStreamRecord(crypto, sampleSeeds.secret, sample.stream('drafts', 'unlisted'))
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice()
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  for (let at = 0; at < 32; at++) {
    assert.is(openStreamRecord(crypto, sampleSeeds.secret, { ...sealed, id: flipped(sealed.id, at) }), 'bad-seal')
  }
  for (let at = 0; at < SEALED_STREAM_BYTES; at++) {
    const changed = { ...sealed, sealed: flipped(sealed.sealed, at) }
    assert.is(openStreamRecord(crypto, sampleSeeds.secret, changed), 'bad-seal')
  }
})

test('all sealed records have one size, and the label does not show in them', () => {
  const lengths = ['a', 'drafts', 'x'.repeat(63)].map((label) => {
    const card = encodeCard([sealStreamRecord(crypto, sampleSeeds.secret, sample.stream(label, 'unlisted'))])
    assert.not(toHex(card).includes(toHex(new TextEncoder().encode('drafts'))))
    assert.not(toHex(card).includes(toHex(sample.log)))
    return card.length
  })
  assert.equal(lengths, [260, 260, 260])
})

test('one record under two secrets has nothing in common', () => {
  const record = sample.stream('drafts', 'unlisted')
  const a = sealStreamRecord(crypto, filled(1), record)
  const b = sealStreamRecord(crypto, filled(2), record)
  assert.is.not(toHex(a.id), toHex(b.id))
  assert.is.not(toHex(a.sealed.subarray(0, 16)), toHex(b.sealed.subarray(0, 16)))
})

test('a public record is not sealed', () => {
  assert.throws(() => sealStreamRecord(crypto, sampleSeeds.secret, sample.stream()), /unlisted/)
})

// protocol.md §6.6 MUST: A card with a record of a known type
test('a seal around something else is refused, although it opens', () => {
  const end = 8 + 1 + 6 + 32 + 1 + 64
  const opened = (sealed: SealedStreamRecord): unknown => openStreamRecord(crypto, sampleSeeds.secret, sealed)
  assert.is.not(typeof opened(paddedWith(() => {})), 'string')
  assert.is(opened(paddedWith((padded) => padded.fill(1, end, end + 1))), 'bad-padding')
  assert.is(opened(paddedWith((padded) => padded.fill(1, SEALED_STREAM_BYTES - 1))), 'bad-padding')
  assert.is(opened(paddedWith((padded) => padded.fill(0, 47, 48))), 'bad-kind')
  assert.is(opened(paddedWith((padded) => padded.fill(0x2e, 9, 10))), 'bad-label')
  assert.is(opened(paddedWith((padded) => padded.fill(0xff, 0, 8))), 'too-large')
  assert.is(opened(sealedOf(new Uint8Array(200))), 'bad-length')
})

test('the time of a record is kept', () => {
  const record = sample.stream('drafts', 'unlisted', sampleTimeMs + 7)
  assert.equal(openStreamRecord(crypto, filled(3), sealStreamRecord(crypto, filled(3), record)), record)
})

test('nothing that is sealed or not makes it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 224, maxLength: 224 }), secret, (bytes, id) => {
      openStreamRecord(crypto, sampleSeeds.secret, sealedOf(bytes))
      assert.is(openStreamRecord(crypto, sampleSeeds.secret, { type: 'sealed', id, sealed: bytes }), 'bad-seal')
    }),
  )
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/sealed-stream', (bytes) =>
    openStreamRecord(crypto, sampleSeeds.secret, {
      type: 'sealed',
      id: bytes.subarray(0, 32),
      sealed: bytes.subarray(32),
    }),
  )
})

test.run()
