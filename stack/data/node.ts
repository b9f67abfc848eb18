// A file's node (docs/protocol.md §6.3): what a file of several parts is, or of none.
//
//   NODE = 04 | level u8 | n u16 (0..256) | n × child 32 | id 32 | sealed: n × { id 32 | bytes u64 }

import { equal, Reader, type Reason, Writer } from '../bytes/index.js'
import { type Crypto, open, seal } from '../crypto/index.js'
import { ChunkKind } from './chunk.js'
import { maxChunkBytes, maxNodeLevel, maxPartBytes, nodeFanOut } from './limits.js'
import type { SealedChunk } from './part.js'

const NO_CONTEXT = new Uint8Array(0)
const CLEAR_BYTES = 1 + 1 + 2 + 32

export interface NodeChild {
  /** Name of the chunk. */
  readonly name: Uint8Array
  /** Its seal's id. */
  readonly id: Uint8Array
  /** Bytes of the file below it. */
  readonly bytes: number
}

export interface FileNode {
  /** 0 above parts, l above nodes of level l − 1. */
  readonly level: number
  readonly children: readonly NodeChild[]
}

/** Bytes of a node's chunk with that many children. */
export function nodeBytes(children: number): number {
  return CLEAR_BYTES + children * (32 + 32 + 8)
}

/** Seals a node under the files' scope key; RangeError for one that `decodeNode` would refuse. */
export function encodeNode(crypto: Crypto, scope: Uint8Array, { level, children }: FileNode): SealedChunk {
  const refusal = problemOf({ level, children })
  if (refusal !== undefined)
    throw new RangeError(`a node of level ${level} and ${children.length} children: ${refusal}`)
  const list = new Writer(children.length * 40)
  for (const child of children) list.put(child.id).u64(child.bytes)
  const { id, sealed } = seal(crypto, scope, ChunkKind.node, NO_CONTEXT, list.bytes())
  const chunk = new Writer(new Uint8Array(nodeBytes(children.length)))
  chunk.u8(ChunkKind.node).u8(level).u16(children.length)
  for (const child of children) chunk.put(child.name)
  return { id, chunk: chunk.put(id).put(sealed).bytes() }
}

/** Opens a node; names are views of the chunk. `id` is the 32 bytes that its parent says. */
export function decodeNode(crypto: Crypto, scope: Uint8Array, id: Uint8Array, chunk: Uint8Array): FileNode | Reason {
  if (chunk.length > maxChunkBytes) return 'too-long'
  const reader = new Reader(chunk)
  if (reader.u8() !== ChunkKind.node) return reader.failed ?? 'bad-kind'
  const level = reader.u8()
  const count = reader.u16()
  if (count > nodeFanOut) return 'bad-count'
  const names = Array.from({ length: reader.failed === undefined ? count : 0 }, () => reader.take(32))
  const ownId = reader.take(32)
  const sealed = reader.rest()
  if (reader.failed !== undefined) return reader.failed
  if (sealed.length !== count * 40) return 'bad-length'
  if (!equal(ownId, id)) return 'bad-seal'
  const list = open(crypto, scope, ChunkKind.node, NO_CONTEXT, id, sealed)
  if (typeof list === 'string') return list
  const items = new Reader(list)
  const node = { level, children: names.map((name) => ({ name, id: items.take(32), bytes: items.u64() })) }
  return items.end() ?? problemOf(node) ?? node
}

/** The file's bytes below a node. */
export function bytesBelow(node: FileNode): number {
  return node.children.reduce((sum, child) => sum + child.bytes, 0)
}

/** What no builder writes, wherever the node stands in its tree. */
function problemOf(node: FileNode): Reason | undefined {
  const { level, children } = node
  if (level > maxNodeLevel) return 'too-deep'
  if (children.length > nodeFanOut || (level > 0 && children.length === 0)) return 'bad-count'
  for (const { bytes } of children) if (bytes < 1 || (level === 0 && bytes > maxPartBytes)) return 'bad-range'
  return Number.isSafeInteger(bytesBelow(node)) ? undefined : 'too-large'
}
