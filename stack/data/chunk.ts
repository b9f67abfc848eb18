// What every chunk has in common: a kind in its first byte, at most 61,440 bytes, and its hash for a name (protocol §6).

import { equal, type Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { maxChunkBytes } from './limits.js'

/** The first byte of a chunk. */
export const ChunkKind = { page: 1, tree: 2, part: 3, node: 4, directory: 5, card: 6, closings: 7 } as const
export type ChunkKind = (typeof ChunkKind)[keyof typeof ChunkKind]

/** A child that stands in clear. */
export interface ChunkChild {
  readonly name: Uint8Array
  /** Bytes of all chunks below and including it, with multiplicity, as its parent declares; where the parent says so. */
  readonly reachable: number | undefined
}

/**
 * Whether `bytes` are the chunk `name`: their length, their kind and their hash. All that a router checks of a chunk.
 * @returns the first refusal, or undefined when all is well
 */
export function checkChunk(crypto: Crypto, name: Uint8Array, bytes: Uint8Array): Reason | undefined {
  const kind = bytes[0]
  if (kind === undefined) return 'too-short'
  if (bytes.length > maxChunkBytes) return 'too-long'
  if (kind < ChunkKind.page || kind > ChunkKind.closings) return 'bad-kind'
  return equal(crypto.hash(bytes), name) ? undefined : 'bad-hash'
}
