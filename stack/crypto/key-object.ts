// Raw 32-byte keys in and out of node:crypto's KeyObject. Private keys go in as DER in a buffer that is wiped, not as a
// JWK, whose strings nobody can wipe.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { concat } from '../bytes/index.js'
import { plain } from './check.js'
import { wipe } from './secret.js'

export type Curve = 'Ed25519' | 'X25519'

// PKCS #8 with an OCTET STRING of 32 bytes at its end (RFC 8410, section 7); the object identifiers are 1.3.101.112, .110.
const PRIVATE_PREFIX: Readonly<Record<Curve, Uint8Array>> = {
  Ed25519: Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20),
  X25519: Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20),
}

/** The KeyObject of a 32-byte private key. OpenSSL keeps a copy and cleanses it when the object is collected. */
export function importPrivateKey(curve: Curve, secret: Uint8Array): KeyObject {
  const der = concat(PRIVATE_PREFIX[curve], secret)
  try {
    // A Buffer over the same memory: createPrivateKey takes no plain Uint8Array in its types.
    return createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' })
  } finally {
    wipe(der)
  }
}

/** The KeyObject of a 32-byte public key. A JWK is imported ten times as fast as DER. Any 32 bytes are taken. */
export function importPublicKey(curve: Curve, publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: curve, x }, format: 'jwk' })
}

/** The 32-byte public key of a private KeyObject. */
export function exportPublicKey(privateKey: KeyObject): Uint8Array {
  // SubjectPublicKeyInfo ends in the 32 bytes of the key (RFC 8410, section 4).
  return plain(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)).slice()
}
