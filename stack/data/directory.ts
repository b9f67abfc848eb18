// A directory's chunk (docs/protocol.md §6.4).
//
//   DIRECTORY = 05 | n u16 (≤ 256) | n × child 32 | id 32 | sealed: ITEM …
//   ITEM      = LP8(name) | kind u8 | …
//                kind 0 file       mode u16 | bytes u64 | child u8 | id 32
//                kind 1 directory  mode u16 | bytes u64 | child u8 | id 32
//                kind 2 symlink    LP16(target)
//                kind 3 more       child u8 | id 32

import { compare, equal, Reader, type Reason, Writer } from '../bytes/index.js'
import { type Crypto, open, seal } from '../crypto/index.js'
import { ChunkKind } from './chunk.js'
import { decodeItem, encodeItem, type Item } from './item.js'
import { compareNames } from './item-name.js'
import { maxChildren, maxChunkBytes } from './limits.js'
import type { SealedChunk } from './part.js'

const NO_CONTEXT = new Uint8Array(0)

/** Bytes of a directory's chunk besides its children and items. */
export const directoryClearBytes = 1 + 2 + 32

/** Seals a directory's chunk under the files' scope key; RangeError for items that `decodeDirectory` would refuse. */
export function encodeDirectory(crypto: Crypto, scope: Uint8Array, items: readonly Item[]): SealedChunk {
  const { children, indexes } = childTable(items)
  const refusal = problemOf(items) ?? (children.length > maxChildren ? 'bad-count' : undefined)
  if (refusal !== undefined) throw new RangeError(`a directory of ${items.length} items: ${refusal}`)
  const list = new Writer(items.length * 64)
  for (const [at, item] of items.entries()) encodeItem(list, item, indexes[at] ?? 0)
  const { id, sealed } = seal(crypto, scope, ChunkKind.directory, NO_CONTEXT, list.bytes())
  const chunkBytes = directoryClearBytes + children.length * 32 + sealed.length
  if (chunkBytes > maxChunkBytes) throw new RangeError(`a directory's chunk of ${chunkBytes} bytes`)
  const chunk = new Writer(new Uint8Array(chunkBytes)).u8(ChunkKind.directory).u16(children.length)
  for (const child of children) chunk.put(child)
  return { id, chunk: chunk.put(id).put(sealed).bytes() }
}

/** Opens a directory's chunk. `id` is the 32 bytes that its parent says. Either all items are `more`, or none is. */
export function decodeDirectory(crypto: Crypto, scope: Uint8Array, id: Uint8Array, chunk: Uint8Array): Item[] | Reason {
  if (chunk.length > maxChunkBytes) return 'too-long'
  const reader = new Reader(chunk)
  if (reader.u8() !== ChunkKind.directory) return reader.failed ?? 'bad-kind'
  const count = reader.u16()
  if (count > maxChildren) return 'bad-count'
  const children = Array.from({ length: reader.failed === undefined ? count : 0 }, () => reader.take(32))
  const ownId = reader.take(32)
  const sealed = reader.rest()
  if (reader.failed !== undefined) return reader.failed
  if (!equal(ownId, id)) return 'bad-seal'
  const list = open(crypto, scope, ChunkKind.directory, NO_CONTEXT, id, sealed)
  return typeof list === 'string' ? list : decodeItems(list, children)
}

function decodeItems(list: Uint8Array, children: readonly Uint8Array[]): Item[] | Reason {
  const sorted = [...children].sort(compare)
  if (sorted.some((child, at) => at > 0 && equal(child, sorted[at - 1] ?? child))) return 'bad-order'
  const reader = new Reader(list)
  const items: Item[] = []
  let used = 0
  while (reader.remaining > 0) {
    const item = decodeItem(reader, (index) => {
      const child = children[index]
      if (child === undefined) return 'bad-index'
      // Children stand in the order of their first use.
      if (index > used) return 'not-canonical'
      if (index === used) used++
      return child
    })
    if (item === undefined) break
    items.push(item)
  }
  const refusal = reader.end() ?? problemOf(items)
  if (refusal !== undefined) return refusal
  return used === children.length ? items : 'bad-count'
}

/** The distinct children in the order of their first use, and for each item the index of its own. */
export function childTable(items: readonly Item[]): { children: Uint8Array[]; indexes: number[] } {
  const children: Uint8Array[] = []
  const indexes = items.map((item) => {
    if (item.kind === 'symlink') return 0
    const known = children.findIndex((child) => equal(child, item.child))
    return known < 0 ? children.push(item.child) - 1 : known
  })
  return { children, indexes }
}

/** What no item can show by itself: the order of names, and `more` among others. */
function problemOf(items: readonly Item[]): Reason | undefined {
  for (const [at, item] of items.entries()) {
    const before = items[at - 1]
    if (before === undefined) continue
    if (compareNames(before.name, item.name) >= 0) return 'bad-order'
    if ((before.kind === 'more') !== (item.kind === 'more')) return 'bad-kind'
  }
  return undefined
}
