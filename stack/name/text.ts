// The text of a name, a key or a secret: 56 characters, one DNS label, with a kind and a checksum (protocol §2).
// A typing error is found with a chance of 65,535 in 65,536; one kind is never taken for another.

import type { Reason } from '../bytes/index.js'
import { concat, equal } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { decodeBase32, encodeBase32 } from './base32.js'
import { KEY_BYTES } from './limits.js'

/** What 32 bytes of text are. */
export const TextKind = { name: 0, log: 1, device: 2, secret: 3 } as const

/** One of the numbers of `TextKind`. */
export type TextKind = (typeof TextKind)[keyof typeof TextKind]

/** Characters of a text. */
export const TEXT_CHARACTERS = 56

const CHECKSUM_BYTES = 2

/** The text of 32 bytes, in lower case. Throws RangeError for another length. */
export function encodeText(crypto: Crypto, kind: TextKind, bytes: Uint8Array): string {
  if (bytes.length !== KEY_BYTES) throw new RangeError(`a text of ${bytes.length} bytes where ${KEY_BYTES} are needed`)
  return encodeBase32(concat(bytes, Uint8Array.of(kind), checksum(crypto, kind, bytes)))
}

/**
 * The kind and 32 bytes of a text in either case.
 * 'bad-length', 'bad-text' (a character that base32 lacks) and 'bad-checksum' are typing errors; 'bad-kind' is a text of
 * a later version.
 */
export function decodeText(crypto: Crypto, text: string): { kind: TextKind; bytes: Uint8Array } | Reason {
  if (text.length !== TEXT_CHARACTERS) return 'bad-length'
  const all = decodeBase32(text)
  if (all === undefined) return 'bad-text'
  const bytes = all.subarray(0, KEY_BYTES)
  const kind = all[KEY_BYTES] ?? 0
  if (!equal(all.subarray(KEY_BYTES + 1), checksum(crypto, kind, bytes))) return 'bad-checksum'
  return isKind(kind) ? { kind, bytes } : 'bad-kind'
}

function checksum(crypto: Crypto, kind: number, bytes: Uint8Array): Uint8Array {
  return crypto.deriveKey('runnel v1 text', Uint8Array.of(kind), bytes).subarray(0, CHECKSUM_BYTES)
}

function isKind(kind: number): kind is TextKind {
  return kind <= TextKind.secret
}
