// Remembers signatures that were found good, so that who reads the same thing again and again checks it once: a check costs
// 45 to 100 µs, a look-up one hash. Bad ones are not remembered: whoever sends them takes no room here.

import { requireKey, requireLength } from './check.js'
import { KeyCache } from './key-cache.js'
import { SIGNATURE_BYTES, VERIFIED_SIGNATURES } from './limits.js'
import type { Crypto } from './provider.js'

const SEEN: true = true

/** The same crypto; only that `ed25519.verify` says at once what it has found good lately. `seed`: 8 random bytes for its table. */
export function rememberingSignatures(crypto: Crypto, seed: Uint8Array): Crypto {
  const { ed25519 } = crypto
  const verified = new KeyCache<true>(seed, VERIFIED_SIGNATURES)
  return {
    ...crypto,
    ed25519: {
      publicKeyFromSeed: (seed) => ed25519.publicKeyFromSeed(seed),
      sign: (seed, message) => ed25519.sign(seed, message),
      checkKey: (publicKey) => ed25519.checkKey(publicKey),
      verify(publicKey, message, signature) {
        requireKey(publicKey, 'a public key')
        requireLength(signature, SIGNATURE_BYTES, 'a signature')
        // Key and signature have one length each, so no other three have these bytes in a row.
        const name = crypto.hashParts(publicKey, signature, message)
        if (verified.get(name) !== undefined) return true
        if (!ed25519.verify(publicKey, message, signature)) return false
        verified.set(name, SEEN)
        return true
      },
    },
  }
}
