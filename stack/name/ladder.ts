// A ladder of keys, and the name that commits to it (protocol §4.1).
//
//   rung   R_i = KDF("runnel v1 rung", Ed25519 public key of rung i)
//   ladder I   = version u8 = 1 | n u8 (1..16) | n × R_i        rung 0 has the lowest authority
//   name   N   = KDF("runnel v1 name", I)
//
// Rungs are hashes, so that a key of the ladder is seen by nobody before it signs.

import type { Reason } from '../bytes/index.js'
import { Reader, Writer } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { key } from './field.js'
import { KEY_BYTES, MAX_RUNGS } from './limits.js'

/** Rungs of 32 bytes each, lowest authority first. */
export type Ladder = readonly Uint8Array[]

const VERSION = 1

/** Writes a ladder. Throws RangeError unless it has 1 to 16 rungs of 32 bytes. */
export function encodeLadder(rungs: Ladder): Uint8Array {
  if (rungs.length < 1 || rungs.length > MAX_RUNGS) throw new RangeError(`a ladder of ${rungs.length} rungs`)
  const writer = new Writer(2 + rungs.length * KEY_BYTES).u8(VERSION).u8(rungs.length)
  for (const rung of rungs) writer.put(key(rung))
  return writer.bytes()
}

/** Reads a ladder: all of `bytes`. The rungs are views. */
export function decodeLadder(bytes: Uint8Array): Ladder | Reason {
  const reader = new Reader(bytes)
  const version = reader.u8()
  const count = reader.u8()
  if (reader.failed === undefined && version !== VERSION) return 'bad-version'
  if (reader.failed === undefined && (count < 1 || count > MAX_RUNGS)) return 'bad-count'
  const rungs: Uint8Array[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) rungs.push(reader.take(KEY_BYTES))
  return reader.end() ?? rungs
}

/** The rung of a public key of 32 bytes. */
export function rungOf(crypto: Crypto, publicKey: Uint8Array): Uint8Array {
  return crypto.deriveKey('runnel v1 rung', publicKey)
}

/** The name of a ladder, 32 bytes. */
export function nameOf(crypto: Crypto, ladder: Ladder): Uint8Array {
  return crypto.deriveKey('runnel v1 name', encodeLadder(ladder))
}
