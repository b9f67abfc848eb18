// Signatures that carry what they are for: a signature of one type never verifies as another, nor as anything outside
// this protocol (docs/protocol.md, signatures).

import { concat, encodeUtf8 } from '../bytes/index.js'
import type { Crypto } from './provider.js'

/** What can be signed. */
export type SignedType = 'cert' | 'head' | 'card' | 'member' | 'announce' | 'receipt' | 'ticket' | 'envelope'

const PREFIX = 'runnel v1 sign '

// One contiguous prefix a type, up to and including the zero byte.
const contexts: Readonly<Record<SignedType, Uint8Array>> = {
  cert: contextOf('cert'),
  head: contextOf('head'),
  card: contextOf('card'),
  member: contextOf('member'),
  announce: contextOf('announce'),
  receipt: contextOf('receipt'),
  ticket: contextOf('ticket'),
  envelope: contextOf('envelope'),
}

function contextOf(type: SignedType): Uint8Array {
  return encodeUtf8(`${PREFIX}${type}\0`)
}

/** What is signed: ASCII "runnel v1 sign ", the type, a zero byte, the body. */
export function signedMessage(type: SignedType, body: Uint8Array): Uint8Array {
  return concat(contexts[type], body)
}

/** The 64-byte signature of a body. */
export function signTyped(crypto: Crypto, type: SignedType, seed: Uint8Array, body: Uint8Array): Uint8Array {
  return crypto.ed25519.sign(seed, signedMessage(type, body))
}

/** Whether a body was signed, as this type, by this key. RangeError unless key and signature have 32 and 64 bytes. */
export function verifyTyped(
  crypto: Crypto,
  type: SignedType,
  publicKey: Uint8Array,
  body: Uint8Array,
  signature: Uint8Array,
): boolean {
  return crypto.ed25519.verify(publicKey, signedMessage(type, body), signature)
}
