// Signatures that are remembered: a good one is checked once, a bad one each time, and nothing that differs is taken for it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { VERIFIED_SIGNATURES } from './limits.js'
import type { Crypto } from './provider.js'
import { rememberingSignatures } from './verified-signatures.js'

const crypto = await openTestCrypto()
const test = suite('crypto/verified-signatures')
const seed = new Uint8Array(32).fill(1)
const key = crypto.ed25519.publicKeyFromSeed(seed)
const message = Uint8Array.of(1, 2, 3)
const signature = crypto.ed25519.sign(seed, message)

/** Counts what is asked of the provider; its answer is `good`, or what is true. */
function counting(good?: boolean): { remembering: Crypto; count: () => number } {
  let checks = 0
  const ed25519: Crypto['ed25519'] = {
    sign: (...given) => crypto.ed25519.sign(...given),
    publicKeyFromSeed: (given) => crypto.ed25519.publicKeyFromSeed(given),
    checkKey: (given) => crypto.ed25519.checkKey(given),
    verify: (...given) => {
      checks += 1
      return good ?? crypto.ed25519.verify(...given)
    },
  }
  return { remembering: rememberingSignatures({ ...crypto, ed25519 }, new Uint8Array(8)), count: () => checks }
}

test('a good signature is checked once', () => {
  const { remembering, count } = counting()
  assert.ok(remembering.ed25519.verify(key, message, signature))
  assert.ok(remembering.ed25519.verify(key, message, signature))
  assert.is(count(), 1)
})

test('another key, message or signature is checked by itself, and a bad one every time', () => {
  const { remembering, count } = counting()
  remembering.ed25519.verify(key, message, signature)
  const changed = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte))
  for (const [at, given] of [
    [changed(key), message, signature] as const,
    [key, changed(message), signature] as const,
    [key, message.subarray(0, 2), signature] as const,
    [key, message, changed(signature)] as const,
  ].entries()) {
    assert.not.ok(remembering.ed25519.verify(...given))
    assert.not.ok(remembering.ed25519.verify(...given))
    assert.is(count(), 1 + 2 * (at + 1))
  }
})

test('a key or signature of another length is a programmer’s error here too', () => {
  const { remembering } = counting(true)
  assert.throws(() => remembering.ed25519.verify(key.subarray(1), message, signature), RangeError)
  assert.throws(() => remembering.ed25519.verify(key, message, signature.subarray(1)), RangeError)
})

test('everything else is what it was', () => {
  const { remembering } = counting()
  assert.equal(remembering.ed25519.sign(seed, message), signature)
  assert.equal(remembering.ed25519.publicKeyFromSeed(seed), key)
  assert.ok(remembering.ed25519.checkKey(key))
  assert.is(remembering.provider, crypto.provider)
})

test('of two generations the signatures that nobody asked for go', () => {
  const { remembering, count } = counting(true)
  const numbered = (number: number) => Uint8Array.of(number >> 8, number & 255)
  for (let at = 0; at < 2 * VERIFIED_SIGNATURES; at += 1) remembering.ed25519.verify(key, numbered(at), signature)
  const before = count()
  remembering.ed25519.verify(key, numbered(0), signature)
  assert.is(count(), before, 'two generations are held')
  for (let at = 0; at <= VERIFIED_SIGNATURES; at += 1) {
    remembering.ed25519.verify(key, numbered(at + 20_000), signature)
  }
  const asked = count()
  remembering.ed25519.verify(key, numbered(2), signature)
  assert.is(count(), asked + 1, 'the oldest are gone')
})

test.run()
