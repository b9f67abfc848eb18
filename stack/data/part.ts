// A file's part (docs/protocol.md §6.3): PART = 03 | sealed. Its id stands in its parent, so nothing but bytes is in it.

import type { Reason } from '../bytes/index.js'
import { type Crypto, open, type SealedPart } from '../crypto/index.js'
import { ChunkKind } from './chunk.js'
import { maxChunkBytes, maxPartBytes } from './limits.js'

const NO_CONTEXT = new Uint8Array(0)

/** What a seal gave: the id for the parent, and the chunk. */
export interface SealedChunk {
  readonly id: Uint8Array
  readonly chunk: Uint8Array
}

/** Seals parts of 1 to 61,439 bytes of a file under the files' scope key; RangeError for another length. */
export function encodeParts(crypto: Crypto, scope: Uint8Array, plaintexts: readonly Uint8Array[]): SealedPart[] {
  for (const { length } of plaintexts) {
    if (length < 1 || length > maxPartBytes) {
      throw new RangeError(`a part of ${length} bytes where 1 to ${maxPartBytes} are allowed`)
    }
  }
  return crypto.seals.sealParts(scope, ChunkKind.part, plaintexts)
}

/** Seals one of them. */
export function encodePart(crypto: Crypto, scope: Uint8Array, plaintext: Uint8Array): SealedPart {
  const [part] = encodeParts(crypto, scope, [plaintext])
  if (part === undefined) throw new RangeError('a provider that seals nothing')
  return part
}

/**
 * The bytes of a part, in the beginning of `into` or in memory of their own. `id` is the 32 bytes that its parent says.
 */
export function openPart(
  crypto: Crypto,
  scope: Uint8Array,
  id: Uint8Array,
  chunk: Uint8Array,
  into?: Uint8Array,
): Uint8Array | Reason {
  if (chunk.length > maxChunkBytes) return 'too-long'
  if (chunk.length === 0) return 'too-short'
  if (chunk[0] !== ChunkKind.part) return 'bad-kind'
  // A file of no bytes is a node, so no encoder writes an empty part.
  if (chunk.length === 1) return 'too-short'
  return open(crypto, scope, ChunkKind.part, NO_CONTEXT, id, chunk.subarray(1), into)
}
