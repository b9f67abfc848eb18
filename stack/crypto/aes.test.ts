// AES-256 in counter mode and GCM: published values, another implementation, and every way in which a record may not open.

import { ctr, gcm } from '@noble/ciphers/aes.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { concat, equal, fromHex, toHex } from '../bytes/index.js'

for (const { provider, aes256ctr, openRecord, openRecordInPlace, sealRecord } of await openProviders()) {
  const test = suite(`crypto/aes by ${provider}`)
  const zeroKey = new Uint8Array(32)
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const plaintext = fc.uint8Array({ maxLength: 300 })
  const counter = fc.oneof(fc.maxSafeNat(), fc.nat({ max: 3 }), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1))
  const refused = (error: unknown) => error instanceof RangeError

  test('the first keystream block is AES of the zero block (NIST AESAVS, KeySbox 256)', () => {
    const key = fromHex('c47b0294dbbbee0fec4757f22ffeee3587ca4730c3d33b691df38bab076bc558')!
    assert.is(toHex(aes256ctr(key, new Uint8Array(16))), '46f2fb342d6f0ab477476fc501242c5f')
  })

  test('the following blocks count up (the hash key and counter blocks of GCM test cases 13 and 14)', () => {
    assert.is(
      toHex(aes256ctr(zeroKey, new Uint8Array(48))),
      'dc95c078a2408989ad48a21492842087530f8afbc74536b9a963b4f1c4cb738bcea7403d4d606b6e074ec5d3baf39d18',
    )
  })

  test('counter mode agrees with @noble/ciphers and is its own inverse, into any slab', () => {
    fc.assert(
      fc.property(bytes32, plaintext, (key, bytes) => {
        const before = bytes.slice()
        const sealed = aes256ctr(key, bytes)
        assert.equal(sealed, ctr(key, new Uint8Array(16)).encrypt(bytes))
        assert.equal(bytes, before, 'the input is not changed')
        const slab = new Uint8Array(400).fill(7)
        const opened = aes256ctr(key, sealed, slab)
        assert.is(opened.buffer, slab.buffer)
        assert.equal(opened, bytes)
        assert.ok(slab.subarray(bytes.length).every((byte) => byte === 7))
        aes256ctr(key, bytes, bytes)
        assert.equal(bytes, sealed, 'in place')
      }),
    )
  })

  test('counter mode agrees with @noble/ciphers around each width that is worked on at once', () => {
    const key = new Uint8Array(32).fill(5)
    for (const width of [16, 32, 48, 64, 128, 256, 512, 1024, 4096, 57_344]) {
      for (let length = width - 1; length <= width + 1; length++) {
        const bytes = Uint8Array.from({ length }, (_, index) => index)
        assert.ok(equal(aes256ctr(key, bytes), ctr(key, new Uint8Array(16)).encrypt(bytes)), `${length} bytes`)
      }
    }
  })

  test('records with counter 0 are the published ones (GCM specification, test cases 13 and 14)', () => {
    assert.is(toHex(sealRecord(zeroKey, 0, new Uint8Array(0))), '530f8afbc74536b9a963b4f1c4cb738b')
    assert.is(
      toHex(sealRecord(zeroKey, 0, new Uint8Array(16))),
      'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
    )
  })

  test('records agree with @noble/ciphers for any counter and associated data', () => {
    fc.assert(
      fc.property(bytes32, counter, plaintext, plaintext, (key, counter, bytes, data) => {
        const nonce = new Uint8Array(12)
        new DataView(nonce.buffer).setBigUint64(4, BigInt(counter))
        assert.equal(sealRecord(key, counter, bytes, data), gcm(key, nonce, data).encrypt(bytes))
        assert.equal(sealRecord(key, counter, bytes), gcm(key, nonce).encrypt(bytes))
      }),
    )
  })

  test('what was sealed opens, into any slab', () => {
    fc.assert(
      fc.property(bytes32, counter, plaintext, plaintext, (key, counter, bytes, data) => {
        const slab = new Uint8Array(400)
        const sealed = sealRecord(key, counter, bytes, data, slab.subarray(5))
        assert.is(sealed.length, bytes.length + 16)
        assert.is(sealed.byteOffset, 5)
        assert.equal(openRecord(key, counter, sealed, data), bytes)
        const opened = openRecord(key, counter, sealed, data, sealed)
        assert.is(opened?.byteOffset, 5, 'in place')
        assert.equal(opened, bytes)
      }),
    )
  })

  test('a record opens in its own memory, and not at all when it is another one', () => {
    fc.assert(
      fc.property(bytes32, counter, plaintext, (key, counter, bytes) => {
        const slab = new Uint8Array(400)
        const sealed = sealRecord(key, counter, bytes, undefined, slab.subarray(5))
        const other = sealed.slice()
        other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1
        assert.is(openRecordInPlace(key, counter, other), undefined)
        const opened = openRecordInPlace(key, counter, sealed)
        assert.equal(opened, bytes)
        assert.is(opened?.buffer, slab.buffer)
        assert.is(opened?.byteOffset, 5)
        assert.is(openRecordInPlace(key, counter, new Uint8Array(15)), undefined)
      }),
    )
  })

  test('a record may be sealed in the memory of its plaintext', () => {
    const slab = Uint8Array.from({ length: 40 }, (_, index) => index)
    const plaintext = slab.slice(0, 20)
    assert.equal(sealRecord(zeroKey, 1, slab.subarray(0, 20), undefined, slab), sealRecord(zeroKey, 1, plaintext))
  })

  test('a record does not open with any bit changed, nor with another key, counter or data', () => {
    const key = new Uint8Array(32).fill(1)
    const data = Uint8Array.of(1, 2)
    const sealed = sealRecord(key, 5, Uint8Array.of(1, 2, 3), data)
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const changed = sealed.slice()
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7))
      assert.is(openRecord(key, 5, changed, data), undefined)
    }
    assert.is(openRecord(new Uint8Array(32), 5, sealed, data), undefined)
    assert.is(openRecord(key, 6, sealed, data), undefined)
    assert.is(openRecord(key, 5 + 2 ** 32, sealed, data), undefined)
    assert.is(openRecord(key, 5, sealed, Uint8Array.of(1, 3)), undefined)
    assert.is(openRecord(key, 5, sealed), undefined)
    assert.is(openRecord(key, 5, concat(sealed, Uint8Array.of(0)), data), undefined)
  })

  test('every truncation of a record is refused, down to nothing', () => {
    const sealed = sealRecord(zeroKey, 0, new Uint8Array(20))
    for (let length = 0; length < sealed.length; length++) {
      assert.is(openRecord(zeroKey, 0, sealed.subarray(0, length)), undefined)
    }
  })

  test('random bytes never open and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), counter, (bytes, counter) => {
        assert.is(openRecord(zeroKey, counter, bytes), undefined)
      }),
    )
  })

  test('a slab is as it was when a record does not open', () => {
    const slab = new Uint8Array(30).fill(9)
    const sealed = sealRecord(zeroKey, 0, new Uint8Array(20))
    assert.is(openRecord(zeroKey, 1, sealed, undefined, slab), undefined)
    assert.ok(slab.every((byte) => byte === 9))
  })

  test('keys, counters and slabs that cannot be throw RangeError', () => {
    const bytes = new Uint8Array(20)
    for (const length of [0, 16, 31, 33]) {
      const key = new Uint8Array(length)
      assert.throws(() => aes256ctr(key, bytes), refused)
      assert.throws(() => sealRecord(key, 0, bytes), refused)
      assert.throws(() => openRecord(key, 0, bytes), refused)
      assert.throws(() => openRecordInPlace(key, 0, bytes), refused)
    }
    for (const counter of [-1, 0.5, 2 ** 53, Number.NaN]) {
      assert.throws(() => sealRecord(zeroKey, counter, bytes), refused)
      assert.throws(() => openRecord(zeroKey, counter, bytes), refused)
    }
    assert.throws(() => aes256ctr(zeroKey, bytes, new Uint8Array(19)), refused)
    assert.throws(() => sealRecord(zeroKey, 0, bytes, undefined, new Uint8Array(35)), refused)
    assert.throws(() => openRecord(zeroKey, 0, bytes, undefined, new Uint8Array(3)), refused)
  })

  test.run()
}
