// Certificates: who may speak for a name, which one counts, and what thieves of each rung can do.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { equal, toHex } from '../bytes/index.js'
import {
  type Certificate,
  compareCertificates,
  conflict,
  decodeCertificate,
  deviceIndex,
  encodeCertificate,
  nextSerial,
  verifyCertificate,
} from './certificate.js'
import { rungOf } from './ladder.js'
import { MAX_CERTIFICATE_BYTES, MAX_SERIAL } from './limits.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/certificate')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const u64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const serial = fc.integer({ min: 0, max: MAX_SERIAL })
/** Any layout, with a signature that nobody made. */
const layout: fc.Arbitrary<Certificate> = fc
  .record({
    ladder: fc.array(bytes32, { minLength: 1, maxLength: 16 }),
    k: fc.nat(15),
    serial,
    rungKey: bytes32,
    timeMs: u64,
    devices: fc.uniqueArray(bytes32, { minLength: 1, maxLength: 32, selector: toHex }),
    closings: fc.option(
      bytes32.filter((bytes) => bytes.some((byte) => byte !== 0)),
      { nil: undefined },
    ),
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  })
  .map((certificate) => ({ ...certificate, k: certificate.k % certificate.ladder.length }))

test('a certificate is read as it was written, and refused with any byte missing or added', () => {
  assertDecoder({ valid: layout.map(encodeCertificate), decode: decodeCertificate, encode: encodeCertificate }, 30)
  fc.assert(fc.property(layout, (value) => assert.equal(decodeCertificate(encodeCertificate(value)), value)))
})

test('each rung of the ladder can sign, and anyone who knows the name can check', () => {
  for (const k of [0, 1, 2]) assert.is(verifyCertificate(crypto, sample.name, sample.certificate({ k })), undefined)
})

// protocol.md §4.2 MUST: A certificate MUST be refused unless
test('a certificate of another name is refused', () => {
  const other = new SampleName(crypto, [filled(11)])
  assert.is(verifyCertificate(crypto, other.name, sample.certificate()), 'bad-name')
  const stolenLadder = { ...other.certificate({}, filled(11)), ladder: sample.ladder }
  assert.is(verifyCertificate(crypto, sample.name, stolenLadder), 'bad-rank')
})

// protocol.md §4.2 MUST: A certificate MUST be refused unless
test('the key of one rung cannot sign for another', () => {
  const low = sample.certificate({ k: 0 })
  assert.is(verifyCertificate(crypto, sample.name, { ...low, k: 1 }), 'bad-rank')
  assert.throws(() => sample.certificate({ k: 1 }, sampleSeeds.rungs[0]), /not the seed of rung 1/)
})

// protocol.md §4.2 MUST: A certificate MUST be refused unless
test('a changed field breaks the signature', () => {
  const honest = sample.certificate()
  for (const change of [
    { serial: honest.serial + 1 },
    { timeMs: honest.timeMs + 1 },
    { devices: [sample.secondDevice] },
    { devices: [sample.device, sample.secondDevice] },
    { closings: filled(1) },
    { signature: new Uint8Array(64) },
  ]) {
    assert.is(verifyCertificate(crypto, sample.name, { ...honest, ...change }), 'bad-signature')
  }
})

test('a rung that is no key of prime order is refused as such', () => {
  const smallOrder = new Uint8Array(32)
  const ladder = [rungOf(crypto, smallOrder)]
  const victim = new SampleName(crypto)
  const forged = { ...sample.certificate(), ladder, rungKey: smallOrder, signature: new Uint8Array(64) }
  assert.is(
    verifyCertificate(crypto, crypto.deriveKey('runnel v1 name', Uint8Array.of(1, 1), ladder[0]!), forged),
    'bad-key',
  )
  assert.is(verifyCertificate(crypto, victim.name, forged), 'bad-name')
})

test('the order of any certificates is total, and the rung goes before the serial', () => {
  const certificate = fc.record({ k: fc.nat(2), serial: fc.nat(3), timeMs: fc.nat(3) }).map((change) => ({
    ...sample.certificate(),
    ...change,
  }))
  fc.assert(
    fc.property(certificate, certificate, certificate, (a, b, c) => {
      const order = (x: Certificate, y: Certificate): number => Math.sign(compareCertificates(crypto, x, y))
      assert.is(order(a, b), 0 - order(b, a))
      if (order(a, b) >= 0 && order(b, c) >= 0) assert.ok(order(a, c) >= 0)
      if (a.k > b.k) assert.is(order(a, b), 1)
      if (a.k === b.k && a.serial > b.serial) assert.is(order(a, b), 1)
      assert.is(conflict(a, b), a.k === b.k && a.serial === b.serial && a.timeMs !== b.timeMs)
    }),
  )
})

test('of two with the same order and other bytes the smaller hash counts, whichever came first', () => {
  const a = sample.certificate()
  const b = sample.certificate({ devices: [sample.secondDevice] })
  const body = (certificate: Certificate): Uint8Array => encodeCertificate(certificate).subarray(0, -64)
  const [lower, higher] = toHex(crypto.hash(body(a))) < toHex(crypto.hash(body(b))) ? [a, b] : [b, a]
  assert.ok(conflict(a, b))
  assert.ok(compareCertificates(crypto, lower, higher) > 0)
  assert.ok(compareCertificates(crypto, higher, lower) < 0)
})

test('another signature under the same words is no conflict', () => {
  const a = sample.certificate()
  assert.not(conflict(a, { ...a, signature: new Uint8Array(64) }))
  assert.is(compareCertificates(crypto, a, { ...a, signature: new Uint8Array(64) }), 0)
})

test('a thief of rung 0 with the greatest serial is outranked by rung 1 with the smallest', () => {
  const thief = sample.certificate({ serial: MAX_SERIAL, devices: [sample.secondDevice] })
  const owner = sample.certificate({ k: 1, serial: 0 })
  assert.is(verifyCertificate(crypto, sample.name, thief), undefined)
  assert.ok(compareCertificates(crypto, owner, thief) > 0)
})

test('a serial is the seconds of now, or one more than the known one, and ends at the greatest u32', () => {
  assert.is(nextSerial(undefined, sampleTimeMs), 1_700_000_000)
  assert.is(nextSerial(5, sampleTimeMs), 1_700_000_000)
  assert.is(nextSerial(1_700_000_000, sampleTimeMs), 1_700_000_001)
  assert.is(nextSerial(MAX_SERIAL - 1, sampleTimeMs), MAX_SERIAL)
  assert.is(nextSerial(MAX_SERIAL, sampleTimeMs), 'too-large')
  const last = sample.certificate({ serial: MAX_SERIAL })
  assert.equal(decodeCertificate(encodeCertificate(last)), last)
  assert.throws(() => sample.certificate({ serial: MAX_SERIAL + 1 }), RangeError)
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('16 rungs and 32 devices fit, one more of either does not', () => {
  const seeds = Array.from({ length: 17 }, (_, index) => filled(100 + index))
  const devices = Array.from({ length: 33 }, (_, index) => filled(index + 1))
  const full = new SampleName(crypto, seeds.slice(1)).certificate({ devices: devices.slice(1) }, seeds[1])
  assert.is(encodeCertificate(full).length, MAX_CERTIFICATE_BYTES)
  assert.equal(decodeCertificate(encodeCertificate(full)), full)
  assert.throws(() => new SampleName(crypto, seeds), /17 rungs/)
  assert.throws(() => sample.certificate({ devices }), /33 devices/)
  assert.throws(() => sample.certificate({ devices: [] }), /0 devices/)
  assert.throws(() => encodeCertificate({ ...full, k: 16 }), /rung 16/)
})

// protocol.md §4.2 MUST: A certificate MUST be refused unless
test('a device twice is neither written nor read', () => {
  assert.throws(() => sample.certificate({ devices: [sample.device, sample.device] }), /twice/)
  const bytes = encodeCertificate(sample.certificate({ devices: [sample.device, sample.secondDevice] }))
  const second = bytes.length - 64 - 32 - 32
  bytes.copyWithin(second, second - 32, second)
  assert.is(decodeCertificate(bytes), 'bad-order')
})

test('devices are found by their place', () => {
  const certificate = sample.certificate({ devices: [sample.secondDevice, sample.device] })
  assert.is(deviceIndex(certificate, sample.device), 1)
  assert.is(deviceIndex(certificate, filled(1)), -1)
})

test('no closings are zeros on the wire', () => {
  const certificate = sample.certificate()
  const bytes = encodeCertificate(certificate)
  assert.ok(equal(bytes.subarray(-96, -64), filled(0)))
  assert.is((decodeCertificate(bytes) as Certificate).closings, undefined)
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/certificate', decodeCertificate)
})

test.run()
