// The whole provider, over WebAssembly and over plain JavaScript: the same results, the lengths it insists on, and
// results that belong to the caller.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat, toHex } from '../bytes/index.js'
import { nobleBlake3 } from './blake3-noble.js'
import { KeyCache } from './key-cache.js'
import { openPortableCrypto, portableCrypto } from './portable.js'
import { constantTimeEqual, wipe } from './secret.js'

const test = suite('crypto/portable')
const fast = await openPortableCrypto()
const slow = portableCrypto(nobleBlake3)
const bytes = fc.uint8Array({ maxLength: 2500 })
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('says what it is made of', () => {
  assert.is(fast.provider, 'portable (hash-wasm)')
  assert.is(slow.provider, 'portable (@noble/hashes)')
})

test('is the same to the bit with and without WebAssembly', () => {
  fc.assert(
    fc.property(bytes, bytes, bytes32, (a, b, key) => {
      assert.equal(fast.hash(a), slow.hash(a))
      assert.equal(fast.hashParts(a, b), slow.hashParts(a, b))
      assert.equal(fast.hashParts(a, b), fast.hash(concat(a, b)))
      assert.equal(fast.hashMany([a, b, a]), [slow.hash(a), slow.hash(b), slow.hash(a)])
      assert.equal(fast.keyedHash(key, a, b), slow.keyedHash(key, a, b))
      assert.equal(fast.deriveKey('runnel v1 rung', a, b), slow.deriveKey('runnel v1 rung', a, b))
      assert.equal(fast.hasher().update(a).update(b).digest(), slow.hasher().update(a).update(b).digest())
    }),
    { numRuns: 50 },
  )
})

test('makes the first values of docs/protocol.md: rung seeds 32×01, 32×02, 32×03 give the name', () => {
  for (const crypto of [fast, slow]) {
    const rungs = [1, 2, 3].map((value) =>
      crypto.deriveKey('runnel v1 rung', crypto.ed25519.publicKeyFromSeed(new Uint8Array(32).fill(value))),
    )
    const name = crypto.deriveKey('runnel v1 name', Uint8Array.of(1, 3), ...rungs)
    assert.is(toHex(name), '56f3089b68a22db363270b47cd835dde2f735ff6cb8b1025fd6f9efe01080638')
  }
})

test('gives plain arrays of the caller’s own, whose slice is a copy', () => {
  const key = new Uint8Array(32).fill(1)
  const sealed = fast.sealRecord(key, 0, key)
  const results = {
    hash: fast.hash(key),
    keyedHash: fast.keyedHash(key, key),
    deriveKey: fast.deriveKey('a test', key),
    aes256ctr: fast.aes256ctr(key, key),
    sealRecord: sealed,
    openRecord: fast.openRecord(key, 0, sealed)!,
    publicKey: fast.ed25519.publicKeyFromSeed(key),
    signature: fast.ed25519.sign(key, key),
    xPublic: fast.x25519.publicFromPrivate(key),
    shared: fast.x25519.shared(key, fast.x25519.publicFromPrivate(key))!,
    montgomeryPublic: fast.x25519.montgomeryPublic(fast.ed25519.publicKeyFromSeed(key))!,
    montgomerySecret: fast.x25519.montgomerySecret(key),
    sha256: fast.sha256(key),
    hmac: fast.hmacSha256(key, key),
    hkdf: fast.hkdf2(key, key)[0],
  }
  for (const [what, result] of Object.entries(results)) {
    assert.is(Object.getPrototypeOf(result), Uint8Array.prototype, what)
    const before = toHex(result)
    const copy = result.slice()
    result.fill(0)
    assert.is(toHex(copy), before, what)
  }
  assert.is.not(toHex(fast.hash(key)), toHex(results.hash), 'wiping a result changes no later one')
})

test('throws RangeError for a MAC key of another length', () => {
  for (const length of [0, 31, 33]) {
    for (const crypto of [fast, slow]) {
      assert.throws(
        () => crypto.keyedHash(new Uint8Array(length), new Uint8Array(1)),
        (error: unknown) => error instanceof RangeError,
      )
    }
  }
})

test('compares in constant time what equals, and not what differs in value or length', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.is(constantTimeEqual(a, b), toHex(a) === toHex(b))
      assert.ok(constantTimeEqual(a, a.slice()))
    }),
  )
  assert.not(constantTimeEqual(new Uint8Array(2), new Uint8Array(3)))
})

test('wipe leaves zeros in each', () => {
  const secrets = [new Uint8Array(3).fill(1), new Uint8Array(0), new Uint8Array(5).fill(2)]
  wipe(...secrets)
  assert.ok(secrets.every((secret) => secret.every((byte) => byte === 0)))
})

const numbered = (number: number) => {
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(0, number)
  return key
}

test('a cache never holds more than two generations, however many keys come', () => {
  const cache = new KeyCache<number>(new Uint8Array(8), 10)
  for (let number = 0; number < 1000; number++) {
    cache.set(numbered(number), number)
    assert.ok(cache.size <= 20)
    assert.is(cache.get(numbered(number)), number)
  }
  assert.is(cache.size, 20)
  assert.is(cache.get(numbered(0)), undefined)
})

test('a cache keeps through a flood what is asked for once a generation', () => {
  const cache = new KeyCache<string>(new Uint8Array(8), 10)
  cache.set(numbered(1_000_000), 'kept')
  for (let number = 0; number < 1000; number++) {
    cache.set(numbered(number), 'flood')
    if (number % 9 === 0) assert.is(cache.get(numbered(1_000_000)), 'kept')
  }
})

test('a cache that is full forgets nothing when a value is replaced', () => {
  const cache = new KeyCache<string>(new Uint8Array(8), 2)
  for (const number of [1, 2, 3, 4]) cache.set(numbered(number), 'first')
  cache.set(numbered(4), 'second')
  cache.set(numbered(3), 'second')
  assert.is(cache.size, 4)
  assert.is(cache.get(numbered(4)), 'second')
  assert.is(cache.get(numbered(1)), 'first')
})

test('a cache replaces a value also when it is full', () => {
  const cache = new KeyCache<number>(new Uint8Array(8), 1)
  cache.set(numbered(1), 1)
  cache.set(numbered(2), 2)
  cache.set(numbered(1), 3)
  assert.is(cache.get(numbered(1)), 3)
  assert.is(cache.get(numbered(2)), 2)
  assert.is(cache.get(numbered(1)), 3)
})

test.run()
