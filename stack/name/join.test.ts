// Joining certificates: what is joined, what is left alone, and that copies who tell each other end at one certificate.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { filled, SampleName } from '../../test/samples/name.js'
import { equal, toHex } from '../bytes/index.js'
import { type Certificate, compareCertificates, encodeCertificate, verifyCertificate } from './certificate.js'
import { joinCertificates } from './join.js'
import { MAX_SERIAL } from './limits.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/join')

/** Devices stand for themselves: nothing is signed with them here. */
const devices = Array.from({ length: 40 }, (_, index) => crypto.ed25519.publicKeyFromSeed(filled(50 + index)))

function listing(indices: readonly number[], serial = 10, change: Partial<Certificate> = {}): Certificate {
  return sample.certificate({ serial, devices: indices.map((index) => devices[index]!), ...change })
}

/** What somebody with rung 0 holds after it has met another certificate. */
function meet(held: Certificate, came: Certificate): Certificate {
  const join = joinCertificates(crypto, held, came)
  if (join.kind === 'sign') return sample.certificate(join.body)
  return compareCertificates(crypto, held, came) >= 0 ? held : came
}

function texts({ devices }: Certificate): string[] {
  return devices.map(toHex).sort()
}

test('two certificates of the same rung become one above both that lists the devices of both', () => {
  const [a, b] = [listing([0, 1]), listing([0, 2], 17)]
  const joint = meet(a, b)
  assert.is(verifyCertificate(crypto, sample.name, joint), undefined)
  assert.is(joint.serial, 18)
  assert.equal(texts(joint), texts(listing([0, 1, 2])))
  for (const one of [a, b]) assert.ok(compareCertificates(crypto, joint, one) > 0)
  assert.equal(encodeCertificate(meet(b, a)), encodeCertificate(joint))
})

test('of equal serials as well', () => {
  const [a, b] = [listing([0, 1]), listing([0, 2])]
  assert.is(meet(a, b).serial, 11)
  assert.equal(encodeCertificate(meet(a, b)), encodeCertificate(meet(b, a)))
})

test('where the higher one lists all, nothing is signed', () => {
  assert.is(joinCertificates(crypto, listing([0]), listing([0, 1], 11)).kind, 'listed')
  assert.is(joinCertificates(crypto, listing([0, 1]), listing([1, 0])).kind, 'listed')
})

// protocol.md §4.4 MUST: Certificates MUST NOT be joined
// protocol.md §4.4 MUST: A certificate that strikes a device MUST name it
test('a device that a higher rung left out, or that stands in closings, does not come back', () => {
  const old = listing([0, 1])
  assert.is(joinCertificates(crypto, old, listing([0], 3, { k: 1 })).kind, 'struck')
  assert.is(joinCertificates(crypto, old, listing([0], 11, { closings: filled(9) })).kind, 'struck')
  const [here, there] = [listing([0, 1], 11, { closings: filled(9) }), listing([0], 12, { closings: filled(8) })]
  assert.is(joinCertificates(crypto, here, there).kind, 'struck')
})

test('the closings that both have stay', () => {
  const closings = filled(9)
  assert.equal(meet(listing([0, 1], 11, { closings }), listing([0, 2], 12, { closings })).closings, closings)
})

test('32 devices are joined and 33 are not; nor is what has no serial above it', () => {
  const many = Array.from({ length: 31 }, (_, index) => index)
  assert.is(meet(listing(many), listing([31], 11)).devices.length, 32)
  assert.is(joinCertificates(crypto, listing(many), listing([31, 32], 11)).kind, 'full')
  assert.is(joinCertificates(crypto, listing([0]), listing([1], MAX_SERIAL)).kind, 'full')
})

test('copies that meet in any order end at one certificate that lists all of them, and then sign nothing more', () => {
  const copies = fc.array(
    fc.record({
      own: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }),
      serial: fc.integer({ min: 5, max: 9 }),
    }),
    { minLength: 2, maxLength: 6 },
  )
  fc.assert(
    fc.property(copies, fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 12 }), (made, meetings) => {
      const held = made.map(({ own, serial }) => listing(own, serial))
      const exchange = (a: number, b: number): void => {
        const [left, right] = [held[a % held.length]!, held[b % held.length]!]
        held[a % held.length] = meet(left, right)
        held[b % held.length] = meet(right, left)
      }
      for (const [a, b] of meetings) exchange(a, b)
      // Then everybody meets everybody, as often as it takes a rumour to come around.
      for (let round = 0; round < 2; round += 1) {
        for (let a = 0; a < held.length; a += 1) for (let b = 0; b < a; b += 1) exchange(a, b)
      }
      const [first] = held as [Certificate]
      const bytes = encodeCertificate(first)
      assert.ok(held.every((one) => equal(encodeCertificate(one), bytes)))
      const all = new Set(made.flatMap(({ own }) => own))
      assert.is(first.devices.length, all.size)
      assert.ok(first.serial <= 9 + all.size)
    }),
    { numRuns: 60 },
  )
})

test.run()
