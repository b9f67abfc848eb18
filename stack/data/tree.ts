// The log tree above the closed pages: what it counts stands in clear, so that a walk finds an entry or a byte by
// descending, and checks on its way what was declared above (protocol §6.2).
//
//   02 | level u8 | n u16 | n × { child 32 | entries u64 | bytes u64 | reachable u64 }

import { fromHex, Reader, type Reason, Writer } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { ChunkKind } from './chunk.js'
import { maxTreeLevel, treeFanOut } from './limits.js'

/** A page or a tree, as the tree above it counts it. */
export interface TreeChild {
  readonly name: Uint8Array
  /** Entries below, at least 1. */
  readonly entries: number
  /** Sum of those entries' own bytes. */
  readonly bytes: number
  /** Bytes of all chunks below and including it, with multiplicity. */
  readonly reachable: number
}

export interface Tree {
  /** 0 above pages, else one more than its children's. */
  readonly level: number
  readonly children: readonly TreeChild[]
}

/** KDF("runnel v1 empty", ""): the closed root of a log that has closed no page. Not to be changed. */
export const emptyRoot: Uint8Array =
  fromHex('88be4a2e1a5a5ba1bf4e5bd9f3c30442fd0bb99d27550106391d20c851ad8017') ?? new Uint8Array(32)

const childBytes = 32 + 3 * 8

/** The chunk of a tree. Throws RangeError for a level, a number of children or a count that cannot be. */
export function encodeTree(tree: Tree): Uint8Array {
  const { level, children } = tree
  if (level > maxTreeLevel) throw new RangeError(`a tree of level ${level}`)
  if (children.length < 1 || children.length > treeFanOut) throw new RangeError(`a tree of ${children.length} children`)
  const writer = new Writer(4 + children.length * childBytes).u8(ChunkKind.tree).u8(level).u16(children.length)
  for (const child of children) {
    if (child.name.length !== 32) throw new RangeError(`a name of ${child.name.length} bytes`)
    if (child.entries < 1) throw new RangeError('a child without an entry')
    writer.put(child.name).u64(child.entries).u64(child.bytes).u64(child.reachable)
  }
  return writer.bytes()
}

/** Reads a whole tree chunk. Its names are views. Sums are for who knows what was declared above. */
export function decodeTree(chunk: Uint8Array): Tree | Reason {
  const reader = new Reader(chunk)
  if (reader.u8() !== ChunkKind.tree) return reader.failed ?? 'bad-kind'
  const level = reader.u8()
  const count = reader.u16()
  if (reader.failed !== undefined) return reader.failed
  if (level > maxTreeLevel) return 'too-deep'
  if (count < 1 || count > treeFanOut) return 'bad-count'
  const children: TreeChild[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) {
    const child = { name: reader.take(32), entries: reader.u64(), bytes: reader.u64(), reachable: reader.u64() }
    if (reader.failed === undefined && child.entries < 1) return 'bad-count'
    children.push(child)
  }
  return reader.end() ?? { level, children }
}

/** What the tree above says of a tree whose chunk is this one. */
export function summaryOf(crypto: Crypto, chunk: Uint8Array, children: readonly TreeChild[]): TreeChild {
  return { name: crypto.hash(chunk), ...sumOf(chunk, children) }
}

/** The counts of a tree's chunk with these children. */
export function sumOf(chunk: Uint8Array, children: readonly TreeChild[]): Omit<TreeChild, 'name'> {
  let entries = 0
  let bytes = 0
  let reachable = chunk.length
  for (const child of children) {
    entries += child.entries
    bytes += child.bytes
    reachable += child.reachable
  }
  return { entries, bytes, reachable }
}
