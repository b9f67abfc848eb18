// Cryptography for simulations: hashes, seals and MACs are the real ones; signatures and key agreement, which cost a
// thousand times as much as everything else together, are hashes that anyone could compute. Nobody in a simulation does:
// its thieves steal seeds. A signature of another key, of other bytes or a changed one is refused like a real one.

import { equal } from '../../stack/bytes/index.js'
import { type Crypto, openPortableCrypto } from '../../stack/crypto/index.js'

const PUBLIC = new Uint8Array(32).fill(1)
const MONTGOMERY = new Uint8Array(32).fill(2)
const SHARED = new Uint8Array(32).fill(3)

export async function openSimulatedCrypto(): Promise<Crypto> {
  const real = await openPortableCrypto()
  const publicKeyFromSeed = (seed: Uint8Array): Uint8Array => real.keyedHash(PUBLIC, seed)
  const montgomery = (publicKey: Uint8Array): Uint8Array => real.keyedHash(MONTGOMERY, publicKey)
  const signatureOf = (publicKey: Uint8Array, message: Uint8Array): Uint8Array => {
    const signature = new Uint8Array(64)
    signature.set(real.keyedHash(publicKey, message))
    signature.set(publicKey, 32)
    return signature
  }
  return {
    ...real,
    provider: 'simulated',
    ed25519: {
      publicKeyFromSeed,
      sign: (seed, message) => signatureOf(publicKeyFromSeed(seed), message),
      checkKey: (publicKey) => publicKey.length === 32,
      verify: (publicKey, message, signature) => equal(signature, signatureOf(publicKey, message)),
    },
    // A private key is its own public key: both sides can then compute the same secret of the two.
    x25519: {
      publicFromPrivate: (privateKey) => privateKey.slice(),
      shared(privateKey, publicKey) {
        const ordered = isBefore(privateKey, publicKey) ? [privateKey, publicKey] : [publicKey, privateKey]
        return real.keyedHash(SHARED, ...ordered)
      },
      montgomeryPublic: montgomery,
      montgomerySecret: (seed) => montgomery(publicKeyFromSeed(seed)),
    },
  }
}

function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
