// X25519: RFC 7748 vectors, results that contribute nothing, and the way from Ed25519 keys.

import { x25519 as noble, ed25519 as nobleEd25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProviders } from '../../test/provider.js'
import { fromHex, toHex } from '../bytes/index.js'

const hex = (text: string) => fromHex(text)!
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

for (const { provider, ed25519, x25519 } of await openProviders()) {
  const test = suite(`crypto/x25519 by ${provider}`)

  test('multiplies as RFC 7748, section 5.2, whose second point has its highest bit set', () => {
    assert.is(
      toHex(
        x25519.shared(
          hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'),
          hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'),
        )!,
      ),
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    )
    assert.is(
      toHex(
        x25519.shared(
          hex('4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d'),
          hex('e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493'),
        )!,
      ),
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    )
  })

  test('agrees on a secret as RFC 7748, section 6.1', () => {
    const alice = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
    const bob = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
    const [alicePublic, bobPublic] = [x25519.publicFromPrivate(alice), x25519.publicFromPrivate(bob)]
    assert.is(toHex(alicePublic), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    assert.is(toHex(bobPublic), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
    const secret = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    assert.is(toHex(x25519.shared(alice, bobPublic)!), secret)
    assert.is(toHex(x25519.shared(bob, alicePublic)!), secret)
  })

  test('agrees with @noble/curves on any private key and any 32 bytes as public key', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (privateKey, publicKey) => {
        assert.equal(x25519.publicFromPrivate(privateKey), noble.getPublicKey(privateKey))
        assert.equal(x25519.shared(privateKey, publicKey), noble.getSharedSecret(privateKey, publicKey))
      }),
      { numRuns: 20 },
    )
  })

  test('gives undefined for each public key of small order', () => {
    const smallOrder = [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ]
    const privateKey = new Uint8Array(32).fill(3)
    for (const text of smallOrder) {
      const key = hex(text)
      assert.is(x25519.shared(privateKey, key), undefined, text)
      key[31] = key[31]! | 0x80
      assert.is(x25519.shared(privateKey, key), undefined, `${text} with its highest bit set`)
    }
  })

  test('converts the published Ed25519 key pair (libsodium, ed25519_convert)', () => {
    const seed = hex('421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee')
    assert.is(toHex(x25519.montgomerySecret(seed)), '8052030376d47112be7f73ed7a019293dd12ad910b654455798b4667d73de166')
    assert.is(
      toHex(x25519.montgomeryPublic(ed25519.publicKeyFromSeed(seed))!),
      'f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50',
    )
  })

  test('the two halves of a converted key pair belong together, as @noble/curves converts them', () => {
    fc.assert(
      fc.property(bytes32, (seed) => {
        const secret = x25519.montgomerySecret(seed)
        const converted = x25519.montgomeryPublic(ed25519.publicKeyFromSeed(seed))
        assert.equal(converted, x25519.publicFromPrivate(secret))
        assert.equal(secret, nobleEd25519.utils.toMontgomerySecret(seed))
      }),
      { numRuns: 20 },
    )
  })

  test('does not convert a key that is not canonical or not of prime order', () => {
    const bad = [
      '0100000000000000000000000000000000000000000000000000000000000000',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
      'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    ]
    for (const text of bad) assert.is(x25519.montgomeryPublic(hex(text)), undefined, text)
  })

  test('throws RangeError for keys of another length', () => {
    const refused = (error: unknown) => error instanceof RangeError
    const key = new Uint8Array(32)
    for (const length of [0, 31, 33]) {
      const other = new Uint8Array(length)
      assert.throws(() => x25519.publicFromPrivate(other), refused)
      assert.throws(() => x25519.shared(other, key), refused)
      assert.throws(() => x25519.shared(key, other), refused)
      assert.throws(() => x25519.montgomeryPublic(other), refused)
      assert.throws(() => x25519.montgomerySecret(other), refused)
    }
  })

  test.run()
}
