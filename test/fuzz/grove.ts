// Trees of files and folders from any bytes. An input is blocks, children before parents, each a chunk with its list open;
// here the lists are sealed and the names of children put in, so that whatever the input says gets past hashes and seals
// and meets the walks themselves.
//
// Where a name of a child belongs stand 32 bytes of which the first says which chunk before it is meant, and the second,
// if it is even, that its count of bytes is to be made right too.

import { concat, equal, Writer } from '../../stack/bytes/index.js'
import { ChunkKind, encodePart } from '../../stack/data/index.js'
import { sealed } from '../samples/chunks.js'
import type { Choices } from './choices.js'
import { crypto, fileScopes } from './samples.js'

export interface Grown {
  readonly name: Uint8Array
  readonly id: Uint8Array
  readonly chunk: Uint8Array
  /** Bytes of the file, or of all files below. */
  readonly bytes: number
}

/** Chunks of one input, at most. */
const maxBlocks = 64

/** Builds what the blocks say, each behind a 16-bit length, to the end of the choices. */
export function growTrees(choices: Choices): Grown[] {
  const grown: Grown[] = []
  while (choices.left > 0 && grown.length < maxBlocks) grown.push(growChunk(choices.block16(), grown))
  return grown
}

/** The chunk of a name that was built; undefined for what nobody has. */
export function chunkOf(grown: readonly Grown[], name: Uint8Array): Uint8Array | undefined {
  return grown.find((candidate) => equal(candidate.name, name))?.chunk
}

/** 32 bytes that stand for a chunk built before; its count of bytes is made right unless `asSaid`. */
export function slot(index: number, asSaid = false): Uint8Array {
  return Uint8Array.from([index, asSaid ? 1 : 0, ...new Uint8Array(30)])
}

function growChunk(block: Uint8Array, grown: readonly Grown[]): Grown {
  const kind = block[0]
  if (kind === ChunkKind.part && block.length > 1) {
    const { id, chunk } = encodePart(crypto, fileScopes.public, block.subarray(1))
    return { name: crypto.hash(chunk), id, chunk, bytes: block.length - 1 }
  }
  const bytes = block.slice()
  const children = putNames(bytes, kind === ChunkKind.node ? 4 : 3, grown)
  let total = 0
  if (kind === ChunkKind.node) total = putNodeList(bytes, children)
  if (kind === ChunkKind.directory) total = putItems(bytes, children)
  const { id, chunk } = sealed(crypto, fileScopes.public, bytes)
  return { name: crypto.hash(chunk), id, chunk, bytes: total }
}

type Child = { readonly grown: Grown | undefined; readonly asSaid: boolean }

/** Puts the names of children where they belong; gives the children in order. */
function putNames(bytes: Uint8Array, from: number, grown: readonly Grown[]): Child[] {
  const count = (bytes[from - 2] ?? 0) * 256 + (bytes[from - 1] ?? 0)
  const children: Child[] = []
  for (let index = 0; index < count && from + 32 * (index + 1) <= bytes.length; index++) {
    const at = from + 32 * index
    const child = grown[(bytes[at] ?? 0) % Math.max(1, grown.length)]
    children.push({ grown: child, asSaid: (bytes[at + 1] ?? 0) % 2 === 1 })
    if (child !== undefined) bytes.set(child.name, at)
  }
  return children
}

/** n × { id 32 | bytes u64 } behind the names. */
function putNodeList(bytes: Uint8Array, children: readonly Child[]): number {
  let total = 0
  for (const [index, { grown, asSaid }] of children.entries()) {
    const at = 4 + 32 * children.length + 40 * index
    if (at + 40 > bytes.length) break
    if (grown !== undefined) bytes.set(grown.id, at)
    if (grown !== undefined && !asSaid) putU64(bytes, at + 32, grown.bytes)
    total += readU64(bytes, at + 32)
  }
  return total
}

/** The items behind the names, as far as they are ones. */
function putItems(bytes: Uint8Array, children: readonly Child[]): number {
  let total = 0
  for (let at = 3 + 32 * children.length; at < bytes.length; ) {
    at += 1 + (bytes[at] ?? 0)
    const kind = bytes[at++]
    if (kind === 2) {
      at += 2 + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
      continue
    }
    const counts = kind === 3 ? undefined : at + 2
    at += kind === 3 ? 0 : 10
    if (at + 33 > bytes.length) break
    const child = children[bytes[at] ?? 0]
    if (child?.grown !== undefined) bytes.set(child.grown.id, at + 1)
    if (child?.grown !== undefined && !child.asSaid && counts !== undefined) putU64(bytes, counts, child.grown.bytes)
    total += counts === undefined ? (child?.grown?.bytes ?? 0) : readU64(bytes, counts)
    at += 33
  }
  return total
}

function putU64(bytes: Uint8Array, at: number, value: number): void {
  bytes.set(new Writer(8).u64(Math.min(value, Number.MAX_SAFE_INTEGER)).bytes(), at)
}

function readU64(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let index = at; index < at + 8; index++) value = value * 256 + (bytes[index] ?? 0)
  return Math.min(value, Number.MAX_SAFE_INTEGER)
}

/** Blocks for `growTrees`, for seeds. */
export const block = {
  part(length: number, value: number): Uint8Array {
    return concat(Uint8Array.of(3), new Uint8Array(length).fill(value))
  },
  node(level: number, ...children: readonly number[]): Uint8Array {
    const writer = new Writer(4 + 72 * children.length).u8(4).u8(level).u16(children.length)
    for (const child of children) writer.put(slot(child))
    return writer.zeros(40 * children.length).bytes()
  },
  /** Items by name: a file or directory is the index of its child in `children`. */
  directory(children: readonly number[], items: readonly Item[]): Uint8Array {
    const writer = new Writer(256).u8(5).u16(children.length)
    for (const child of children) writer.put(slot(child))
    for (const { name, kind, child = 0, target = '' } of items) {
      writer.lp8(Buffer.from(name)).u8(kind)
      if (kind === 2) writer.lp16(Buffer.from(target))
      else if (kind === 3) writer.u8(child).zeros(32)
      else writer.u16(0o644).u64(0).u8(child).zeros(32)
    }
    return writer.bytes()
  },
}

interface Item {
  readonly name: string
  readonly kind: number
  readonly child?: number
  readonly target?: string
}
