// Builds a directory from its items (docs/protocol.md §6.4). A large one is cut where its names say so, on each level
// anew, so that a name that comes or goes changes one chunk on each level and not all that follow.

import { encodeUtf8 } from '../bytes/index.js'
import { type Crypto, fileScope } from '../crypto/index.js'
import { ChunkKind } from './chunk.js'
import { childTable, directoryClearBytes, encodeDirectory } from './directory.js'
import type { EmitChunk } from './file-builder.js'
import { type DirectoryItem, type FileItem, type Item, itemBytes, type SymlinkItem } from './item.js'
import { compareNames } from './item-name.js'
import { maxChunkBytes, maxMoreDepth, maxSplitItems, minSplitItems } from './limits.js'

/** An item, and what is reachable below its child as FileRef and DirectoryRef say it. */
export type BuiltItem = ((FileItem | DirectoryItem) & { readonly reachable: number }) | SymlinkItem

/** What a parent says of a directory. */
export interface DirectoryRef {
  readonly child: Uint8Array
  readonly id: Uint8Array
  /** Bytes of all files below it. */
  readonly bytes: number
  /** Bytes of all chunks below and including it, with multiplicity. */
  readonly reachable: number
}

interface Row {
  readonly item: Item
  readonly reachable: number
}

/**
 * Builds a directory of items in any order, and gives its chunks to `emit`, children before parents. `secret` is the
 * unlisted stream's, undefined for public. Throws RangeError for what no directory may hold: check names
 * (checkItemName) and targets (checkSymlink) before, and that no name comes twice.
 */
export function buildDirectory(
  crypto: Crypto,
  secret: Uint8Array | undefined,
  items: Iterable<BuiltItem>,
  emit: EmitChunk,
): DirectoryRef {
  const scope = fileScope(crypto, secret)
  let rows = Array.from(items, (item): Row => ({ item, reachable: item.kind === 'symlink' ? 0 : item.reachable }))
  rows.sort((a, b) => compareNames(a.item.name, b.item.name))
  const bytes = rows.reduce(
    (sum, { item }) => sum + (item.kind === 'symlink' || item.kind === 'more' ? 0 : item.bytes),
    0,
  )
  if (!Number.isSafeInteger(bytes)) throw new RangeError('a directory of more than 2^53 − 1 bytes')
  for (let level = 0; ; level++) {
    const groups = fitsOneChunk(rows) ? [rows] : split(crypto, scope, rows, level)
    const places = groups.map((group) => place(crypto, scope, group, emit))
    const [only] = places
    if (places.length === 1 && only !== undefined) return { ...only, bytes }
    if (level === maxMoreDepth) throw new RangeError('a directory of too many items')
    rows = places.map(({ child, id, reachable }, at) => {
      const name = groups[at]?.[0]?.item.name ?? ''
      return { item: { kind: 'more', name, child, id }, reachable }
    })
  }
}

function place(crypto: Crypto, scope: Uint8Array, rows: readonly Row[], emit: EmitChunk): Omit<DirectoryRef, 'bytes'> {
  const items = rows.map((row) => row.item)
  const { id, chunk } = encodeDirectory(crypto, scope, items)
  const child = crypto.hash(chunk)
  // A child that several items share stands once in the chunk, and counts once.
  const { indexes } = childTable(items)
  let reachable = chunk.length
  let counted = 0
  for (const [at, row] of rows.entries()) {
    if (row.item.kind === 'symlink' || indexes[at] !== counted) continue
    reachable += row.reachable
    counted++
  }
  emit(child, chunk)
  return { child, id, reachable }
}

/** Whether one chunk holds all: then it is not cut, whatever the names. */
function fitsOneChunk(rows: readonly Row[]): boolean {
  if (rows.length > maxSplitItems) return false
  let chunkBytes = directoryClearBytes
  for (const { item } of rows) chunkBytes += bytesFor(item)
  return chunkBytes <= maxChunkBytes
}

/** The most that an item adds to its chunk: itself and its child. */
function bytesFor(item: Item): number {
  return itemBytes(item) + (item.kind === 'symlink' ? 0 : 32)
}

function split(crypto: Crypto, scope: Uint8Array, rows: readonly Row[], level: number): Row[][] {
  const groups: Row[][] = []
  let group: Row[] = []
  let chunkBytes = directoryClearBytes
  for (const row of rows) {
    const rowBytes = bytesFor(row.item)
    const full = group.length === maxSplitItems || chunkBytes + rowBytes > maxChunkBytes
    if (full || (group.length >= minSplitItems && beginsChunk(crypto, scope, row.item.name, level))) {
      groups.push(group)
      group = []
      chunkBytes = directoryClearBytes
    }
    group.push(row)
    chunkBytes += rowBytes
  }
  groups.push(group)
  return groups
}

/** Each level asks another byte: the names of `more` are those for which the byte of the level below said yes. */
function beginsChunk(crypto: Crypto, scope: Uint8Array, name: string, level: number): boolean {
  const mark = crypto.keyedHash(scope, Uint8Array.of(ChunkKind.directory), encodeUtf8(name))
  return ((mark[level] ?? 0) & 0x3f) === 0
}
