// Ed25519 with one rule of verification on every node: the key is canonical and of prime order (by @noble/curves, once
// a key), R is not the neutral element, then OpenSSL's check: S < L, and encode(S·B − k·A) equal to the bytes of R. The
// last part alone would take keys with torsion, for which other implementations answer otherwise. OpenSSL 3.5 refuses
// points of small order and earlier ones do not; under a key of prime order R could only be the neutral one.

import { type KeyObject, randomBytes, sign, verify } from 'node:crypto'
import { ed25519 as curve } from '@noble/curves/ed25519.js'
import { isZero } from '../bytes/index.js'
import { plain, requireKey, requireLength } from './check.js'
import { KeyCache } from './key-cache.js'
import { exportPublicKey, importPrivateKey, importPublicKey } from './key-object.js'
import { CHECKED_KEYS, IMPORTED_PRIVATE_KEYS, IMPORTED_PUBLIC_KEYS, SIGNATURE_BYTES } from './limits.js'
import type { Ed25519 } from './provider.js'

/** `hash` names a seed in the cache of imported keys, so that the cache holds no seed itself. */
export class PortableEd25519 implements Ed25519 {
  readonly #hash: (bytes: Uint8Array) => Uint8Array
  readonly #checked = new KeyCache<boolean>(randomBytes(8), CHECKED_KEYS)
  readonly #publicKeys = new KeyCache<KeyObject>(randomBytes(8), IMPORTED_PUBLIC_KEYS)
  readonly #privateKeys = new KeyCache<KeyObject>(randomBytes(8), IMPORTED_PRIVATE_KEYS)

  constructor(hash: (bytes: Uint8Array) => Uint8Array) {
    this.#hash = hash
  }

  publicKeyFromSeed(seed: Uint8Array): Uint8Array {
    return exportPublicKey(this.#privateKey(seed))
  }

  sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
    return plain(sign(null, message, this.#privateKey(seed)))
  }

  checkKey(publicKey: Uint8Array): boolean {
    requireKey(publicKey, 'a public key')
    const known = this.#checked.get(publicKey)
    if (known !== undefined) return known
    const good = isPrimeOrderKey(publicKey)
    this.#checked.set(publicKey, good)
    return good
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    requireLength(signature, SIGNATURE_BYTES, 'a signature')
    if (isNeutral(signature) || !this.checkKey(publicKey)) return false
    return verify(null, message, this.#publicKey(publicKey), signature)
  }

  #privateKey(seed: Uint8Array): KeyObject {
    requireKey(seed, 'a seed')
    const name = this.#hash(seed)
    let key = this.#privateKeys.get(name)
    if (key === undefined) {
      key = importPrivateKey('Ed25519', seed)
      this.#privateKeys.set(name, key)
    }
    return key
  }

  #publicKey(publicKey: Uint8Array): KeyObject {
    let key = this.#publicKeys.get(publicKey)
    if (key === undefined) {
      key = importPublicKey('Ed25519', publicKey)
      this.#publicKeys.set(publicKey, key)
    }
    return key
  }
}

/** Whether R, the first half of a signature, is the encoding of the neutral element: 01, then zeros. */
function isNeutral(signature: Uint8Array): boolean {
  return signature[0] === 1 && isZero(signature.subarray(1, 32))
}

function isPrimeOrderKey(publicKey: Uint8Array): boolean {
  try {
    // false: RFC 8032 decoding, which refuses y ≥ p and the negative zero x that ZIP 215 takes.
    const point = curve.Point.fromBytes(publicKey, false)
    return !point.isSmallOrder() && point.isTorsionFree()
  } catch {
    return false
  }
}
