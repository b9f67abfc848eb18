// BLAKE3 in its three modes, behind one interface so that WebAssembly and plain JavaScript can stand in for each other.

import type { Hasher } from './provider.js'

/** What an implementation of BLAKE3 has to do. Lengths have been checked. */
export interface Blake3 {
  readonly implementation: string
  hash(parts: readonly Uint8Array[]): Uint8Array
  keyedHash(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array
  deriveKey(context: string, parts: readonly Uint8Array[]): Uint8Array
  hasher(): Hasher
}
