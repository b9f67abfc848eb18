// The simulated cryptography: what it takes and refuses is what the real one takes and refuses.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat, toHex } from '../../stack/bytes/index.js'
import { openSimulatedCrypto } from './crypto.js'

const test = suite('simulator/crypto')
const crypto = openSimulatedCrypto()
const bytes = fc.uint8Array({ maxLength: 700 })
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('a hash depends on the bytes alone, however they come', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 6 }), (parts) => {
      const whole = crypto.hash(concat(...parts))
      assert.equal(crypto.hashParts(...parts), whole)
      const hasher = crypto.hasher()
      for (const part of parts) {
        hasher.update(part)
        const saved = hasher.save()
        hasher.update(Uint8Array.of(1)).restore(saved)
      }
      assert.equal(hasher.digest(), whole)
      assert.equal(hasher.digest(), whole, 'it stays usable')
    }),
  )
})

test('two things that differ in a bit, a length, a key or a purpose have different hashes', () => {
  const seen = new Set<string>()
  const add = (hash: Uint8Array): void => {
    assert.not(seen.has(toHex(hash)))
    seen.add(toHex(hash))
  }
  for (let length = 0; length < 70; length++) {
    const zeros = new Uint8Array(length)
    add(crypto.hash(zeros))
    add(crypto.sha256(zeros))
    add(crypto.deriveKey('a', zeros))
    add(crypto.deriveKey('b', zeros))
    add(crypto.keyedHash(new Uint8Array(32), zeros))
    add(crypto.keyedHash(new Uint8Array(32).fill(1), zeros))
    for (let bit = 0; bit < 8 * length; bit++) {
      const changed = zeros.slice()
      changed[bit >> 3] = 1 << (bit & 7)
      add(crypto.hash(changed))
    }
  }
})

test('a record opens with its key, counter and data, and with no other', () => {
  fc.assert(
    fc.property(bytes32, fc.nat(), bytes, bytes, fc.nat(), (key, counter, plaintext, data, at) => {
      const sealed = crypto.sealRecord(key, counter, plaintext, data)
      assert.equal(crypto.openRecord(key, counter, sealed, data), plaintext)
      assert.is(crypto.openRecord(key, counter + 1, sealed, data), undefined)
      assert.is(crypto.openRecord(key, counter, sealed, concat(data, Uint8Array.of(0))), undefined)
      const changed = sealed.slice()
      changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ 1
      assert.is(crypto.openRecord(key, counter, changed, data), undefined)
      assert.is(crypto.openRecord(key, counter, sealed.subarray(0, -1), data), undefined)
      const otherKey = key.slice()
      otherKey[at % 32] = (otherKey[at % 32] ?? 0) ^ 1
      assert.is(crypto.openRecord(otherKey, counter, sealed, data), undefined)
    }),
  )
})

test('a seal is undone by itself under its key, and hides what it seals', () => {
  fc.assert(
    fc.property(bytes32, fc.uint8Array({ minLength: 16, maxLength: 200 }), (key, plaintext) => {
      const sealed = crypto.aes256ctr(key, plaintext)
      assert.equal(crypto.aes256ctr(key, sealed), plaintext)
      if (key.some((byte) => byte !== 0x5a)) assert.not.equal(sealed, plaintext)
    }),
  )
})

test('a signature is that of its key and its message, and two sides agree on a secret', () => {
  fc.assert(
    fc.property(bytes32, bytes32, bytes, (seed, other, message) => {
      fc.pre(toHex(seed) !== toHex(other))
      const { ed25519, x25519 } = crypto
      const publicKey = ed25519.publicKeyFromSeed(seed)
      const signature = ed25519.sign(seed, message)
      assert.ok(ed25519.verify(publicKey, message, signature))
      assert.not(ed25519.verify(ed25519.publicKeyFromSeed(other), message, signature))
      assert.not(ed25519.verify(publicKey, concat(message, Uint8Array.of(0)), signature))
      const [a, b] = [x25519.montgomerySecret(seed), x25519.montgomerySecret(other)]
      const [publicA, publicB] = [x25519.publicFromPrivate(a), x25519.publicFromPrivate(b)]
      assert.equal(x25519.shared(a, publicB), x25519.shared(b, publicA))
      assert.equal(x25519.montgomeryPublic(publicKey), publicA)
    }),
  )
})

test.run()
