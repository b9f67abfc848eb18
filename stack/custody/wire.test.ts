// The messages of custody and its receipts: read as they were written, refused otherwise.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { sampleCustody } from '../../test/samples/custody.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { filled } from '../../test/samples/name.js'
import { maxMessageBytes } from './limits.js'
import { decodeReceipt, encodeReceipt, type Receipt, signReceipt, verifyReceipt } from './receipt.js'
import { type CustodyMessage, decodeCustody, encodeCustody } from './wire.js'

const crypto = await openTestCrypto()
const test = suite('custody/wire')
const samples = sampleCustody(crypto)

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const keys = fc.array(key, { minLength: 1, maxLength: 16 })
const u64 = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const request = fc.nat({ max: 0xffff_ffff })
const receipt: fc.Arbitrary<Receipt> = fc.record({
  ...{ head: key, log: key, bytes: u64, untilMs: u64, custodian: key },
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
})
const message: fc.Arbitrary<CustodyMessage> = fc.oneof(
  fc.record({
    ...{ type: fc.constant('offer' as const), request, wantUntilMs: u64, name: fc.option(key, { nil: undefined }) },
    headBytes: fc.uint8Array({ minLength: 207, maxLength: 207 }),
    page: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({ type: fc.constant('receipt' as const), request, receipt }),
  fc.record({ type: fc.constant('progress' as const), request, bytes: u64, ofBytes: u64 }),
  fc.record({ type: fc.constant('challenge' as const), request, log: key, nonce: key, names: keys }),
  fc.record({ type: fc.constant('proof' as const), request, proofs: keys }),
  fc.record({ type: fc.constantFrom('withdraw' as const, 'withdrawn' as const), request, log: key }),
  fc.constantFrom(...samples),
)

test('every message is read as it was written, and nothing that is cut, changed or longer is taken for another', () => {
  assertDecoder({ valid: message.map(encodeCustody), decode: decodeCustody, encode: encodeCustody }, 60)
  assertDecoder({ valid: receipt.map(encodeReceipt), decode: decodeReceipt, encode: encodeReceipt })
})

test('each sample is read back equal', () => {
  for (const sample of samples) assert.equal(decodeCustody(encodeCustody(sample)), sample)
})

// protocol.md §19 MUST: reason: 1 Policy, 2 Denied
test('what the corpora hold is read or refused for its reason', () => {
  assertCorpus('stack/custody/corpus/message', decodeCustody)
  assertCorpus('stack/custody/corpus/receipt', decodeReceipt)
})

test('a receipt verifies as its custodian signed it, and no other does', () => {
  const seed = filled(40)
  const custodian = crypto.ed25519.publicKeyFromSeed(seed)
  const body = { head: filled(1), log: filled(2), bytes: 10, untilMs: 20, custodian }
  const signed = signReceipt(crypto, seed, body)
  assert.ok(verifyReceipt(crypto, signed))
  for (const change of [{ head: filled(3) }, { log: filled(3) }, { bytes: 11 }, { untilMs: 21 }]) {
    assert.not(verifyReceipt(crypto, { ...signed, ...change }))
  }
  const other = crypto.ed25519.publicKeyFromSeed(filled(41))
  assert.not(verifyReceipt(crypto, { ...signed, custodian: other }))
})

test('a message longer than any can be is refused before it is looked into', () => {
  assert.is(decodeCustody(new Uint8Array(maxMessageBytes + 1)), 'too-long')
  assert.is.not(decodeCustody(new Uint8Array(maxMessageBytes)), 'too-long')
})

test('an offer names a stream by 32 bytes or by none', () => {
  const offer = samples.find((sample) => sample.type === 'offer' && sample.name !== undefined)
  if (offer === undefined) throw new Error('no sample')
  const bytes = encodeCustody(offer)
  // The last 32 bytes are the name, behind their length.
  const shorter = bytes.slice(0, -1)
  shorter[shorter.length - 32] = 31
  assert.equal(decodeCustody(bytes), offer)
  assert.is(decodeCustody(shorter), 'bad-length')
})

test('an offer carries a whole head and a page', () => {
  const offer = samples.find((sample) => sample.type === 'offer')
  if (offer?.type !== 'offer') throw new Error('no sample')
  assert.is(decodeCustody(encodeCustody({ ...offer, page: new Uint8Array(0) })), 'bad-length')
  assert.type(decodeCustody(encodeCustody(offer)), 'object')
})

test.run()
