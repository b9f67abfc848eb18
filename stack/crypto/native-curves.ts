// Ed25519 and X25519 by the addon, which takes raw keys: no import into OpenSSL, so no cache of imported keys either. The
// rule of verification is the one of ed25519.ts.

import { randomBytes } from 'node:crypto'
import type { NativeAddon } from './addon.js'
import { requireKey, requireLength } from './check.js'
import { KeyCache } from './key-cache.js'
import { CHECKED_KEYS, SIGNATURE_BYTES } from './limits.js'
import { place32, place64, secretFrom, takenFrom } from './native-place.js'
import type { Ed25519, X25519 } from './provider.js'

export class NativeEd25519 implements Ed25519 {
  readonly #addon: NativeAddon
  readonly #checked = new KeyCache<boolean>(randomBytes(8), CHECKED_KEYS)

  constructor(addon: NativeAddon) {
    this.#addon = addon
  }

  publicKeyFromSeed(seed: Uint8Array): Uint8Array {
    requireKey(seed, 'a seed')
    this.#addon.ed25519Sign(seed, undefined, place32)
    return takenFrom(place32)
  }

  sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
    requireKey(seed, 'a seed')
    this.#addon.ed25519Sign(seed, message, place64)
    return takenFrom(place64)
  }

  checkKey(publicKey: Uint8Array): boolean {
    requireKey(publicKey, 'a public key')
    const known = this.#checked.get(publicKey)
    if (known !== undefined) return known
    const good = this.#addon.ed25519Verify(publicKey, undefined, undefined)
    this.#checked.set(publicKey, good)
    return good
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    requireLength(signature, SIGNATURE_BYTES, 'a signature')
    return this.checkKey(publicKey) && this.#addon.ed25519Verify(publicKey, message, signature)
  }
}

/** `portable` converts secrets, which is a hash and no curve. */
export function nativeX25519(addon: NativeAddon, ed25519: Ed25519, portable: X25519): X25519 {
  return {
    publicFromPrivate(privateKey) {
      requireKey(privateKey, 'a private key')
      addon.x25519(privateKey, undefined, place32)
      return takenFrom(place32)
    },
    shared(privateKey, publicKey) {
      requireKey(privateKey, 'a private key')
      requireKey(publicKey, 'a public key')
      return addon.x25519(privateKey, publicKey, place32) ? secretFrom(place32) : undefined
    },
    montgomeryPublic(publicKey) {
      if (!ed25519.checkKey(publicKey)) return undefined
      return addon.x25519(undefined, publicKey, place32) ? takenFrom(place32) : undefined
    },
    montgomerySecret: portable.montgomerySecret,
  }
}
