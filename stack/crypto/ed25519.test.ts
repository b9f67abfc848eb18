// Ed25519: RFC 8032 vectors, and the rule of verification on every edge where implementations are known to differ.

import { createPublicKey, verify as opensslVerify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ed25519 as noble } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { concat, fromHex, toHex } from '../bytes/index.js'
import { IMPORTED_PRIVATE_KEYS } from './limits.js'

const hex = (text: string) => fromHex(text)!
const { Point } = noble
const ORDER = Point.Fn.ORDER
const PRIME = Point.Fp.ORDER

/** 32 bytes, little-endian. */
function little(value: bigint): Uint8Array {
  return hex(value.toString(16).padStart(64, '0')).reverse()
}

const scalarOf = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes.slice().reverse())}`)
const challenge = (...parts: Uint8Array[]) => scalarOf(sha512(concat(...parts))) % ORDER
/** A point of order 8. */
const torsion = Point.fromBytes(hex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'), true)
const message = Uint8Array.of(1, 2, 3)
const secret = 0x1234567890abcdefn

/** What OpenSSL says alone, without our check of the key. */
function opensslSays(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') }
  return opensslVerify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature)
}

const rfc8032 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
]

const path = new URL('../../../stack/crypto/vectors/ed25519-speccheck.json', import.meta.url)
interface Case {
  why: string
  valid: boolean
  message: string
  publicKey: string
  signature: string
}
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[] }

/** R, then S = r + k·secret, with k taken over the bytes of R as given. */
function signedWith(encodedR: Uint8Array, r: bigint, key: Uint8Array): Uint8Array {
  return concat(encodedR, little((r + challenge(encodedR, key, message) * secret) % ORDER))
}

for (const { provider, ed25519 } of await openProviders()) {
  const test = suite(`crypto/ed25519 by ${provider}`)

  test('signs and verifies as RFC 8032, section 7.1', () => {
    for (const vector of rfc8032) {
      const seed = hex(vector.seed)
      assert.is(toHex(ed25519.publicKeyFromSeed(seed)), vector.publicKey)
      assert.is(toHex(ed25519.sign(seed, hex(vector.message))), vector.signature)
      assert.ok(ed25519.verify(hex(vector.publicKey), hex(vector.message), hex(vector.signature)))
    }
  })

  test('agrees with @noble/curves on any seed and message', () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(bytes32, fc.uint8Array({ maxLength: 300 }), (seed, message) => {
        const publicKey = ed25519.publicKeyFromSeed(seed)
        assert.equal(publicKey, noble.getPublicKey(seed))
        const signature = ed25519.sign(seed, message)
        assert.equal(signature, noble.sign(message, seed))
        assert.ok(ed25519.verify(publicKey, message, signature))
        assert.not(ed25519.verify(publicKey, concat(message, Uint8Array.of(0)), signature))
      }),
      { numRuns: 15 },
    )
  })

  test('refuses a signature with any bit changed', () => {
    const { publicKey, signature } = rfc8032[2]!
    for (let bit = 0; bit < 512; bit++) {
      const changed = hex(signature)
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7))
      assert.not(ed25519.verify(hex(publicKey), hex('af82'), changed))
    }
  })

  for (const [index, { why, valid, message, publicKey, signature }] of cases.entries()) {
    test(`"Taming the many EdDSAs", case ${index}: ${why}: ${valid ? 'accepted' : 'refused'}`, () => {
      assert.is(ed25519.verify(hex(publicKey), hex(message), hex(signature)), valid)
    })
  }

  test('the cases reach both halves of the rule: OpenSSL alone would accept some of them', () => {
    // Five before OpenSSL 3.5, which refuses small orders itself.
    const accepted = cases.filter((c) => opensslSays(hex(c.publicKey), hex(c.message), hex(c.signature)))
    assert.ok(accepted.length > 0)
    assert.ok(accepted.every((c) => !ed25519.checkKey(hex(c.publicKey))))
    assert.ok(ed25519.checkKey(hex(cases[6]!.publicKey)), 'the key of the two cases of S ≥ L is good')
  })

  // protocol.md §3 MUST: A verifier MUST accept exactly when
  test('refuses every key of small order, in every encoding', () => {
    for (let multiple = 0n; multiple < 8n; multiple++) {
      const point = multiple === 0n ? Point.ZERO : torsion.multiplyUnsafe(multiple)
      const encoded = point.toBytes()
      assert.not(ed25519.checkKey(encoded))
      const otherSign = encoded.slice()
      otherSign[31] = otherSign[31]! ^ 0x80
      assert.not(ed25519.checkKey(otherSign))
      const y = scalarOf(encoded) & (2n ** 255n - 1n)
      if (y + PRIME < 2n ** 255n) assert.not(ed25519.checkKey(little(y + PRIME)))
    }
  })

  // protocol.md §3 MUST: A verifier MUST accept exactly when
  test('refuses keys that are not canonical: y ≥ p with either sign', () => {
    for (let y = PRIME; y < 2n ** 255n; y++) {
      assert.not(ed25519.checkKey(little(y)))
      assert.not(ed25519.checkKey(little(y + 2n ** 255n)))
    }
  })

  test('refuses a key that is not on the curve, and all bytes equal', () => {
    const offCurve = Array.from({ length: 40 }, (_, y) => little(BigInt(y))).filter((key) => {
      try {
        Point.fromBytes(key, true)
        return false
      } catch {
        return true
      }
    })
    assert.ok(offCurve.length > 5)
    for (const key of offCurve) assert.not(ed25519.checkKey(key))
    assert.not(ed25519.checkKey(new Uint8Array(32).fill(0xff)))
    assert.not(ed25519.checkKey(new Uint8Array(32)))
  })

  // protocol.md §3 MUST: A verifier MUST accept exactly when
  test('refuses a key of mixed order for each torsion component, and accepts it without one', () => {
    const good = Point.BASE.multiply(secret)
    assert.ok(ed25519.checkKey(good.toBytes()))
    for (let multiple = 1n; multiple < 8n; multiple++) {
      assert.not(ed25519.checkKey(good.add(torsion.multiplyUnsafe(multiple)).toBytes()))
    }
  })

  test('gives the same answer about a key each time it is asked', () => {
    const good = Point.BASE.multiply(secret).toBytes()
    const bad = Point.BASE.multiply(secret).add(torsion).toBytes()
    for (let round = 0; round < 3; round++) {
      assert.ok(ed25519.checkKey(good))
      assert.not(ed25519.checkKey(bad))
    }
  })

  test('refuses R with a torsion component, which the cofactored equation would accept', () => {
    const key = Point.BASE.multiply(secret).toBytes()
    const r = 77n
    assert.ok(
      ed25519.verify(key, message, signedWith(Point.BASE.multiply(r).toBytes(), r, key)),
      'without it: accepted',
    )
    const mixed = Point.BASE.multiply(r).add(torsion).toBytes()
    const signature = signedWith(mixed, r, key)
    assert.ok(noble.verify(signature, message, key, { zip215: true }))
    assert.not(ed25519.verify(key, message, signature))
  })

  // protocol.md §3 MUST: A verifier MUST accept exactly when
  test('refuses the neutral element as R in every encoding, which not every OpenSSL does', () => {
    const key = Point.BASE.multiply(secret).toBytes()
    for (const other of [
      Point.ZERO.toBytes(),
      little(PRIME + 1n),
      little(1n + 2n ** 255n),
      little(PRIME + 1n + 2n ** 255n),
    ]) {
      assert.not(ed25519.verify(key, message, signedWith(other, 0n, key)))
    }
  })

  // protocol.md §3 MUST: A verifier MUST accept exactly when
  test('refuses S + L and greater S for a signature that is good otherwise', () => {
    const { publicKey, signature } = rfc8032[0]!
    const r = hex(signature).subarray(0, 32)
    const s = scalarOf(hex(signature).subarray(32))
    for (let scalar = s + ORDER; scalar < 2n ** 256n; scalar += ORDER) {
      assert.not(ed25519.verify(hex(publicKey), new Uint8Array(0), concat(r, little(scalar))))
    }
  })

  test('refuses a key of mixed order even where OpenSSL accepts the signature', () => {
    const key = Point.BASE.multiply(secret).add(torsion).toBytes()
    // The torsion of A vanishes from k·A when 8 divides k, which some R brings about.
    for (let r = 1n; ; r++) {
      const encodedR = Point.BASE.multiply(r).toBytes()
      if (challenge(encodedR, key, message) % 8n !== 0n) continue
      const signature = signedWith(encodedR, r, key)
      assert.ok(opensslSays(key, message, signature))
      assert.not(ed25519.verify(key, message, signature))
      return
    }
  })

  test('signs the same with more seeds than it keeps imported', () => {
    const seeds = Array.from({ length: 2 * IMPORTED_PRIVATE_KEYS + 1 }, (_, index) => new Uint8Array(32).fill(index))
    const sign = () => seeds.map((seed) => toHex(ed25519.sign(seed, message)))
    const first = sign()
    assert.equal(sign(), first)
    assert.is(new Set(first).size, seeds.length)
  })

  test('follows the content of a seed, not the array that holds it', () => {
    const seed = new Uint8Array(32).fill(1)
    const one = toHex(ed25519.publicKeyFromSeed(seed))
    seed.fill(2)
    assert.is.not(toHex(ed25519.publicKeyFromSeed(seed)), one)
  })

  test('throws RangeError for keys, seeds and signatures of another length', () => {
    const refused = (error: unknown) => error instanceof RangeError
    const [key, signature] = [new Uint8Array(32), new Uint8Array(64)]
    for (const length of [0, 31, 33, 64]) {
      const other = new Uint8Array(length)
      assert.throws(() => ed25519.publicKeyFromSeed(other), refused)
      assert.throws(() => ed25519.sign(other, message), refused)
      assert.throws(() => ed25519.checkKey(other), refused)
      assert.throws(() => ed25519.verify(other, message, signature), refused)
    }
    for (const length of [0, 63, 65]) assert.throws(() => ed25519.verify(key, message, new Uint8Array(length)), refused)
  })

  test.run()
}
