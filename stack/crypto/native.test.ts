// The native provider is the portable one, faster: equal on random cases of everything that it computes. Where there is
// no addon there is nothing to hold equal.

import { ed25519 as curve } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { concat, equal } from '../bytes/index.js'
import { ADDON_INTERFACE } from './addon.js'
import { nobleBlake3 } from './blake3-noble.js'
import { answersOf, openNativeCrypto, rightAnswers } from './native.js'
import { portableCrypto } from './portable.js'
import type { Crypto, GearTable } from './provider.js'

const providers = await openProviders()
const portable = providers[0]!
const found = providers.find(({ provider }) => provider === 'native')
const test = suite('crypto/native')
const check = found === undefined ? test.skip : test
const native = found ?? portable

/** Cases of a block, which one seed gives; enough blocks for 100,000 symmetric and 2,000 curve cases. */
const symmetricCases = 200
const symmetricBlocks = 500
const curveCases = 2000

/** Marsaglia's xorshift32: random cases at a cost below that of what they try. */
class Random {
  #word: number

  constructor(seed: number) {
    this.#word = seed | 1
  }

  below(limit: number): number {
    this.#word ^= this.#word << 13
    this.#word ^= this.#word >>> 17
    this.#word ^= this.#word << 5
    return (this.#word >>> 0) % limit
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let index = 0; index < length; index++) bytes[index] = this.below(256)
    return bytes
  }

  /** Mostly short, or just around a block or a chunk of the hash; now and then some chunks. */
  length(): number {
    const kind = this.below(64)
    if (kind === 0) return this.below(20_000)
    if (kind < 8) return 1024 * this.below(6) + this.below(3) - (kind > 4 ? 1 : 0) + 1
    return kind < 30 ? 16 * this.below(20) + this.below(3) : this.below(100)
  }
}

type Operation = (random: Random, one: Crypto, other: Crypto) => boolean

const operations: Readonly<Record<string, Operation>> = {
  hash(random, one, other) {
    const bytes = random.bytes(random.length())
    return equal(one.hash(bytes), other.hash(bytes))
  },
  hashParts(random, one, other) {
    const parts = Array.from({ length: random.below(4) }, () => random.bytes(random.length()))
    const many = one.hashMany(parts)
    return (
      equal(one.hashParts(...parts), other.hashParts(...parts)) &&
      other.hashMany(parts).every((hash, index) => equal(hash, many[index]!))
    )
  },
  keyedHash(random, one, other) {
    const [key, a, b] = [random.bytes(32), random.bytes(random.length()), random.bytes(random.below(40))]
    return (
      equal(one.keyedHash(key, a, b), other.keyedHash(key, a, b)) && equal(one.keyedHash(key), other.keyedHash(key))
    )
  },
  deriveKey(random, one, other) {
    const context = `runnel v1 test ${random.below(200)} é`
    const material = random.bytes(random.length())
    return equal(one.deriveKey(context, material), other.deriveKey(context, material))
  },
  hasher(random, one, other) {
    const pieces = Array.from({ length: 1 + random.below(4) }, () => random.bytes(random.length()))
    const hasher = one.hasher()
    for (const piece of pieces) hasher.update(piece)
    const state = hasher.save()
    const resumed = one.hasher().update(random.bytes(random.length())).restore(state).update(pieces[0]!)
    return (
      equal(hasher.digest(), other.hashParts(...pieces)) &&
      equal(resumed.digest(), other.hashParts(...pieces, pieces[0]!)) &&
      equal(hasher.digest(), one.hashParts(...pieces))
    )
  },
  aes256ctr(random, one, other) {
    const [key, bytes] = [random.bytes(32), random.bytes(random.length())]
    const slab = random.bytes(bytes.length + 50)
    const shift = random.below(40)
    const overlapping = slab.slice()
    const into = overlapping.subarray(random.below(40))
    one.aes256ctr(key, overlapping.subarray(shift, shift + bytes.length), into.subarray(0, bytes.length))
    const expected = other.aes256ctr(key, slab.subarray(shift, shift + bytes.length))
    return (
      equal(one.aes256ctr(key, bytes), other.aes256ctr(key, bytes)) && equal(into.subarray(0, bytes.length), expected)
    )
  },
  records(random, one, other) {
    const [key, bytes, data] = [random.bytes(32), random.bytes(random.length()), random.bytes(random.below(3))]
    const counter = random.below(2 ** 32) * random.below(2 ** 20)
    const sealed = one.sealRecord(key, counter, bytes, data)
    const plain = other.sealRecord(key, counter, bytes)
    const changed = plain.slice()
    const at = random.below(changed.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return (
      equal(sealed, other.sealRecord(key, counter, bytes, data)) &&
      equal(one.openRecord(key, counter, sealed, data)!, bytes) &&
      equal(other.openRecord(key, counter, sealed, data)!, bytes) &&
      one.openRecord(key, counter, changed) === undefined &&
      one.openRecordInPlace(key, counter, changed) === undefined &&
      equal(one.openRecordInPlace(key, counter, plain)!, bytes)
    )
  },
  seals(random, one, other) {
    const [scope, kind, context] = [random.bytes(32), random.below(256), random.bytes(random.below(10))]
    const plaintext = random.bytes(random.length())
    const { id, sealed } = one.seals.seal(scope, kind, context, plaintext)
    const theirs = other.seals.seal(scope, kind, context, plaintext)
    const wrong = id.slice()
    wrong[random.below(32)]! ^= 1 << random.below(8)
    return (
      equal(id, theirs.id) &&
      equal(sealed, theirs.sealed) &&
      equal(one.seals.open(scope, kind, context, id, sealed)!, plaintext) &&
      one.seals.open(scope, kind, context, wrong, sealed) === undefined
    )
  },
  parts(random, one, other) {
    const [scope, kind] = [random.bytes(32), random.below(256)]
    const plaintexts = Array.from({ length: random.below(5) }, () => random.bytes(random.length()))
    const parts = one.seals.sealParts(scope, kind, plaintexts)
    const theirs = other.seals.sealParts(scope, kind, plaintexts)
    const ids = parts.map(({ id }) => id)
    const chunks = parts.map(({ chunk }) => chunk)
    const opened = one.seals.openParts(scope, kind, ids, chunks)
    const same = theirs.every(({ id, chunk, name }, index) => {
      const ours = parts[index]!
      return equal(id, ours.id) && equal(chunk, ours.chunk) && equal(name, ours.name) && ours.chunk[0] === kind
    })
    if (!same || opened?.some((plaintext, index) => !equal(plaintext, plaintexts[index]!)) !== false) return false
    if (ids.length === 0) return true
    const spoilt = ids.map((id) => id.slice())
    spoilt[random.below(ids.length)]![random.below(32)]! ^= 1
    return one.seals.openParts(scope, kind, spoilt, chunks) === undefined
  },
  gear(random, one, other) {
    const table: GearTable = {
      middle: Int32Array.from({ length: 256 }, () => random.below(2 ** 32)),
      low: Int32Array.from({ length: 256 }, () => random.below(2 ** 16)),
    }
    // A few bits of all 48, so that there are ends.
    const bits = () => (1 << random.below(32)) | (1 << random.below(32))
    const mask = { middle: bits() | bits(), low: bits() & bits() & 0xffff }
    const bytes = random.bytes(random.length())
    const [a, b] = [one.gearScanner(table), other.gearScanner(table)]
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + 1 + random.below(300))
      const end = a.scan(bytes, from, to, mask)
      if (end !== b.scan(bytes, from, to, mask)) return false
      if (end >= 0) {
        a.reset()
        b.reset()
      }
      from = end < 0 ? to : end + 1
    }
    return true
  },
}

check(`agrees with the portable provider on ${symmetricCases * symmetricBlocks} symmetric cases`, () => {
  const names = Object.keys(operations)
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new Random(seed)
      for (let index = 0; index < symmetricCases; index++) {
        const name = names[random.below(names.length)]!
        assert.ok(operations[name]!(random, native, portable), `case ${index} of seed ${seed}: ${name}`)
      }
    }),
    { numRuns: symmetricBlocks, includeErrorInReport: true },
  )
})

/** Keys that are good, of mixed or small order, not canonical, changed by a bit, or anything. */
function someKey(random: Random, good: Uint8Array): Uint8Array {
  const kind = random.below(8)
  if (kind < 4) return good
  if (kind === 4) return random.bytes(32)
  if (kind === 5) {
    const torsion = curve.Point.fromBytes(concat(torsionOfOrder8), true).multiplyUnsafe(BigInt(1 + random.below(7)))
    return (random.below(4) === 0 ? torsion : curve.Point.fromBytes(good).add(torsion)).toBytes()
  }
  const changed = kind === 6 ? good.slice() : new Uint8Array(32).fill(0xff)
  changed[random.below(32)]! ^= 1 << random.below(8)
  if (kind === 7) changed[0] = 0xe0 + random.below(32)
  return changed
}

const torsionOfOrder8 = Uint8Array.from(
  Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex'),
)

check(`agrees with the portable provider on ${curveCases} curve cases`, () => {
  const message = Uint8Array.of(1, 2, 3)
  let refused = 0
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new Random(seed)
      const secret = random.bytes(32)
      const good = native.ed25519.publicKeyFromSeed(secret)
      const signature = native.ed25519.sign(secret, message)
      assert.equal(signature, portable.ed25519.sign(secret, message))
      const key = someKey(random, good)
      if (random.below(3) === 0) signature[random.below(64)]! ^= 1 << random.below(8)
      const accepted = portable.ed25519.verify(key, message, signature)
      if (!accepted) refused++
      assert.is(native.ed25519.verify(key, message, signature), accepted)
      assert.is(native.ed25519.checkKey(key), portable.ed25519.checkKey(key))
      assert.equal(native.x25519.montgomeryPublic(key), portable.x25519.montgomeryPublic(key))
      assert.equal(native.x25519.shared(secret, key), portable.x25519.shared(secret, key))
      if (random.below(4) > 0) return
      assert.equal(good, portable.ed25519.publicKeyFromSeed(secret))
      assert.equal(native.x25519.publicFromPrivate(secret), portable.x25519.publicFromPrivate(secret))
    }),
    { numRuns: curveCases, includeErrorInReport: true },
  )
  assert.ok(refused > curveCases / 10 && refused < curveCases, `${refused} refused`)
})

check('gives plain arrays of the caller’s own', () => {
  const key = new Uint8Array(32).fill(1)
  const large = new Uint8Array(5000)
  const sealed = native.sealRecord(key, 0, large)
  for (const result of [
    native.hash(key),
    ...native.hashMany([key, large]),
    native.aes256ctr(key, large),
    sealed,
    native.openRecord(key, 0, sealed)!,
    native.seals.seal(key, 1, key, large).sealed,
    native.seals.sealParts(key, 1, [large])[0]!.chunk,
  ]) {
    assert.is(Object.getPrototypeOf(result), Uint8Array.prototype)
    const copy = result.slice()
    result.fill(9)
    assert.not.equal(copy, result)
  }
})

check('takes memory that was detached as no bytes, and memory that is shared', () => {
  const bytes = new Uint8Array(100).fill(7)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  assert.equal(native.hash(bytes), native.hash(new Uint8Array(0)))
  const shared = new Uint8Array(new SharedArrayBuffer(100)).fill(7)
  assert.equal(native.hash(shared), native.hash(new Uint8Array(100).fill(7)))
})

check('throws, and nothing worse, for what its types do not allow', () => {
  const wrong = [
    undefined,
    null,
    1,
    'text',
    [1],
    {},
    new Uint16Array(40),
    new ArrayBuffer(32),
    new DataView(new ArrayBuffer(32)),
  ]
  const functions: ReadonlyArray<(value: Uint8Array) => unknown> = [
    (value) => native.hash(value),
    (value) => native.hashMany([value]),
    (value) => native.hashParts(new Uint8Array(1), value),
    (value) => native.hasher().update(value),
    (value) => native.aes256ctr(new Uint8Array(32), value),
    (value) => native.seals.sealParts(new Uint8Array(32), 3, [value]),
    (value) => native.ed25519.sign(new Uint8Array(32), value),
  ]
  for (const run of functions) for (const value of wrong) assert.throws(() => run(value as Uint8Array))
})

test('every provider gives the answers by which an addon is known', () => {
  for (const provider of [...providers, portableCrypto(nobleBlake3)]) {
    assert.is(answersOf(provider), rightAnswers, provider.provider)
  }
})

test('is refused where it is no addon of this version, or lies', () => {
  assert.is(openNativeCrypto(undefined), 'another-version')
  assert.is(openNativeCrypto({}), 'another-version')
  assert.is(openNativeCrypto({ INTERFACE: ADDON_INTERFACE }), 'another-version')
  const names = [
    ...['blake3', 'blake3Many', 'blake3State', 'aesCounter', 'sealRecord', 'openRecord', 'sealMany', 'openMany'],
    ...['scanGear', 'ed25519Verify', 'ed25519Sign', 'x25519'],
  ]
  const doing = (what: () => unknown) => Object.fromEntries(names.map((name) => [name, what]))
  assert.is(openNativeCrypto({ INTERFACE: ADDON_INTERFACE, ...doing(() => 0) }), 'another-result')
  assert.is(openNativeCrypto({ INTERFACE: ADDON_INTERFACE + 1, ...doing(() => 0) }), 'another-version')
  const failing = () => {
    throw new Error('a broken file')
  }
  assert.is(openNativeCrypto({ INTERFACE: ADDON_INTERFACE, ...doing(failing) }), 'another-result')
})

test.run()
