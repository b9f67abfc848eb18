// SHA-256, HMAC and HKDF as Noise_IK_25519_AESGCM_SHA256 uses them (Noise revision 34, section 4.3; RFC 2104, RFC 5869).

import { createHash, createHmac } from 'node:crypto'
import { plain } from './check.js'
import { wipe } from './secret.js'

const ONE = Uint8Array.of(1)
const TWO = Uint8Array.of(2)
const THREE = Uint8Array.of(3)

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const state = createHash('sha256')
  for (const part of parts) state.update(part)
  return plain(state.digest())
}

export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = createHmac('sha256', key)
  for (const part of parts) state.update(part)
  return plain(state.digest())
}

/** See Crypto.hkdf2. The intermediate key is wiped. */
export function hkdf2(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array] {
  const intermediate = hmacSha256(chainingKey, input)
  const first = hmacSha256(intermediate, ONE)
  const second = hmacSha256(intermediate, first, TWO)
  wipe(intermediate)
  return [first, second]
}

/** See Crypto.hkdf3. The intermediate key is wiped. */
export function hkdf3(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  const intermediate = hmacSha256(chainingKey, input)
  const first = hmacSha256(intermediate, ONE)
  const second = hmacSha256(intermediate, first, TWO)
  const third = hmacSha256(intermediate, second, THREE)
  wipe(intermediate)
  return [first, second, third]
}
