// Ed25519 and X25519 by the addon, which takes raw keys: no import into OpenSSL, so no cache of imported keys either. The
// rule of verification is the one of ed25519.ts.

import { randomBytes } from 'node:crypto'
import type { NativeAddon } from './addon.js'
import { requireKey, requireLength } from './check.js'
import { KeyCache } from './key-cache.js'
import { CHECKED_KEYS, HASH_BYTES, KEY_BYTES, SIGNATURE_BYTES } from './limits.js'
import type { Ed25519, X25519 } from './provider.js'

export class NativeEd25519 implements Ed25519 {
  readonly #addon: NativeAddon
  readonly #checked = new KeyCache<boolean>(randomBytes(8), CHECKED_KEYS)

  constructor(addon: NativeAddon) {
    this.#addon = addon
  }

  publicKeyFromSeed(seed: Uint8Array): Uint8Array {
    requireKey(seed, 'a seed')
    const out = new Uint8Array(KEY_BYTES)
    this.#addon.ed25519Sign(seed, undefined, out)
    return out
  }

  sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
    requireKey(seed, 'a seed')
    const out = new Uint8Array(SIGNATURE_BYTES)
    this.#addon.ed25519Sign(seed, message, out)
    return out
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
      const out = new Uint8Array(HASH_BYTES)
      addon.x25519(privateKey, undefined, out)
      return out
    },
    shared(privateKey, publicKey) {
      requireKey(privateKey, 'a private key')
      requireKey(publicKey, 'a public key')
      const out = new Uint8Array(HASH_BYTES)
      return addon.x25519(privateKey, publicKey, out) ? out : undefined
    },
    montgomeryPublic(publicKey) {
      if (!ed25519.checkKey(publicKey)) return undefined
      const out = new Uint8Array(HASH_BYTES)
      return addon.x25519(undefined, publicKey, out) ? out : undefined
    },
    montgomerySecret: portable.montgomerySecret,
  }
}
