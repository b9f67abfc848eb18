// Why a typed signature is refused: which of the two, the key or the signature, only matters to who counts refusals.

import type { Reason } from '../bytes/index.js'
import { type Crypto, type SignedType, verifyTyped } from '../crypto/index.js'

/** 'bad-key' or 'bad-signature'; undefined when `body` was signed, as this type, by this key of 32 bytes. */
export function checkSignature(
  crypto: Crypto,
  type: SignedType,
  key: Uint8Array,
  body: Uint8Array,
  signature: Uint8Array,
): Reason | undefined {
  if (verifyTyped(crypto, type, key, body, signature)) return undefined
  return crypto.ed25519.checkKey(key) ? 'bad-signature' : 'bad-key'
}
