// X25519 by node:crypto, and the way from Ed25519 keys to X25519 keys (RFC 7748, section 4.1), so that one device key
// serves both signatures and handshakes.

import { createHash, diffieHellman } from 'node:crypto'
import { ed25519 as curve } from '@noble/curves/ed25519.js'
import { isZero } from '../bytes/index.js'
import { plain, requireKey } from './check.js'
import { exportPublicKey, importPrivateKey, importPublicKey } from './key-object.js'
import type { Ed25519, X25519 } from './provider.js'
import { wipe } from './secret.js'

/** `checkKey` is asked before a key is converted. */
export function portableX25519({ checkKey }: { checkKey: Ed25519['checkKey'] }): X25519 {
  return {
    publicFromPrivate,
    shared,
    montgomeryPublic: (publicKey) => (checkKey(publicKey) ? curve.utils.toMontgomery(publicKey) : undefined),
    montgomerySecret,
  }
}

function publicFromPrivate(privateKey: Uint8Array): Uint8Array {
  requireKey(privateKey, 'a private key')
  return exportPublicKey(importPrivateKey('X25519', privateKey))
}

function shared(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  requireKey(privateKey, 'a private key')
  requireKey(publicKey, 'a public key')
  const own = importPrivateKey('X25519', privateKey)
  const other = importPublicKey('X25519', publicKey)
  try {
    const secret = plain(diffieHellman({ privateKey: own, publicKey: other }))
    return isZero(secret) ? undefined : secret
  } catch {
    // OpenSSL itself refuses an all-zero result (RFC 7748, section 6.1).
    return undefined
  }
}

/** The first half of SHA-512 of the seed, pruned: the scalar of RFC 8032, section 5.1.5. */
function montgomerySecret(seed: Uint8Array): Uint8Array {
  requireKey(seed, 'a seed')
  const expanded = plain(createHash('sha512').update(seed).digest())
  const scalar = expanded.slice(0, 32)
  wipe(expanded)
  scalar[0] = (scalar[0] ?? 0) & 0xf8
  scalar[31] = ((scalar[31] ?? 0) & 0x7f) | 0x40
  return scalar
}
