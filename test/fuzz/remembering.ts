// The crypto with a memory of what it worked out with public keys, which costs milliseconds: a fuzzed handshake has fixed
// keys, so all but the first one are a look-up.

import { toHex } from '../../stack/bytes/index.js'
import type { Crypto, Ed25519, X25519 } from '../../stack/crypto/index.js'
import { crypto } from './samples.js'

/** Results that are remembered of each function; then it begins anew. */
const maxResults = 512

function remembered<R extends Uint8Array | undefined>(
  work: (...given: Uint8Array[]) => R,
): (...given: Uint8Array[]) => R {
  const results = new Map<string, R>()
  return (...given) => {
    const key = given.map(toHex).join()
    if (!results.has(key)) {
      if (results.size >= maxResults) results.clear()
      results.set(key, work(...given))
    }
    // A copy: whoever gets a secret wipes it.
    return results.get(key)?.slice() as R
  }
}

const x25519: X25519 = {
  publicFromPrivate: remembered((key) => crypto.x25519.publicFromPrivate(key as Uint8Array)),
  shared: remembered((own, other) => crypto.x25519.shared(own as Uint8Array, other as Uint8Array)),
  montgomeryPublic: remembered((key) => crypto.x25519.montgomeryPublic(key as Uint8Array)),
  montgomerySecret: remembered((seed) => crypto.x25519.montgomerySecret(seed as Uint8Array)),
}

const ed25519: Ed25519 = {
  publicKeyFromSeed: remembered((seed) => crypto.ed25519.publicKeyFromSeed(seed as Uint8Array)),
  sign: (seed, message) => crypto.ed25519.sign(seed, message),
  checkKey: (key) => crypto.ed25519.checkKey(key),
  verify: (key, message, signature) => crypto.ed25519.verify(key, message, signature),
}

export const rememberingCrypto: Crypto = { ...crypto, x25519, ed25519 }
