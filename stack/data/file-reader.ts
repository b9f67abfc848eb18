// Reads a range of a file (docs/protocol.md §6.3) from chunks that its caller fetches, several at a time and in any order.
// What it gives is in order and checked: each part by its id, each node by its kind, level, lengths and shape.
// Memory: the nodes on the way to the next part, and the chunks that `wanted` was allowed to ask for.

import type { Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { ChunkKind } from './chunk.js'
import { fileCutRule } from './cutter.js'
import { type Content, Frontier, type PendingChunk, type TreeRoot, type WantedChunk } from './frontier.js'
import { maxPartBytes, maxReadAhead, nodeFanOut } from './limits.js'
import { bytesBelow, decodeNode, type FileNode, nodeBytes } from './node.js'
import { openPart } from './part.js'

/** What is known of a chunk from above. */
interface FilePlace {
  readonly id: Uint8Array
  /** Where it begins in the file, and how many bytes of the file it holds. */
  readonly offset: number
  readonly bytes: number
  /** The level of a node, −1 for a part, undefined for the root, which may be either. */
  readonly level: number | undefined
  /** Whether it is the last of its level: only there may a node be less than full. */
  readonly last: boolean
}

export interface FileRange {
  /** The first byte, 0 unless said. */
  readonly from?: number
  /** The byte after the last, the end of the file unless said. */
  readonly to?: number
  /** As FileShape: for tests. */
  readonly fanOut?: number
  /**
   * Memory for a part of so many bytes, or undefined for memory of its own. Each piece that `take` gives is a view of what
   * was given for it, and of nobody else's.
   */
  readonly room?: ((bytes: number) => Uint8Array | undefined) | undefined
}

/**
 * A reader of a file or of the range [from, to) of it. `scope` is the files' scope key. A range of no bytes needs no
 * chunk. Throws RangeError for a range that is not inside the file.
 */
export function openFileReader(crypto: Crypto, scope: Uint8Array, file: TreeRoot, range: FileRange = {}): FileReader {
  return new FileReader(crypto, scope, file, range)
}

export class FileReader {
  readonly #crypto: Crypto
  readonly #scope: Uint8Array
  readonly #from: number
  readonly #to: number
  readonly #fanOut: number
  readonly #room: FileRange['room']
  readonly #frontier: Frontier<FilePlace, Uint8Array>
  #offset: number
  #failed: Reason | undefined

  constructor(crypto: Crypto, scope: Uint8Array, file: TreeRoot, range: FileRange) {
    const { from = 0, to = file.bytes, fanOut = nodeFanOut } = range
    if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to && to <= file.bytes)) {
      throw new RangeError(`bytes ${from} to ${to} of a file of ${file.bytes}`)
    }
    this.#crypto = crypto
    this.#scope = scope
    this.#from = from
    this.#to = to
    this.#fanOut = fanOut
    this.#room = range.room
    this.#offset = from
    const root: FilePlace = { id: file.id, offset: 0, bytes: file.bytes, level: undefined, last: true }
    this.#frontier = new Frontier(from === to ? [] : [this.#pending(file.child, root)])
  }

  /** Where in the file the next taken byte stands. */
  get offset(): number {
    return this.#offset
  }

  /** Why the file was refused, if it was: then nothing more is wanted or given. */
  get failed(): Reason | undefined {
    return this.#failed
  }

  /** Whether all bytes of the range have been taken. */
  get done(): boolean {
    return this.#failed === undefined && this.#frontier.empty
  }

  /**
   * Chunks to fetch now, each asked for once. At most `limit` (1 to 256) are asked for or held untaken, so call it
   * again after `take`. Who cannot get one of them gives the reader up.
   */
  wanted(limit: number): WantedChunk[] {
    return this.#failed === undefined ? this.#frontier.wanted(Math.min(limit, maxReadAhead)) : []
  }

  /**
   * Takes a chunk that hashes to `name` (see checkChunk), which is lent; one that it did not ask for is ignored.
   * @returns why the file is refused, or undefined
   */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    if (this.#failed !== undefined) return this.#failed
    for (const arrival of this.#frontier.arrive(name)) {
      const contents = this.#open(arrival.place, chunk)
      if (typeof contents === 'string') {
        this.#failed = contents
        return contents
      }
      this.#frontier.replace(arrival, contents)
    }
    return undefined
  }

  /** The next bytes of the range, as far as they are complete; not to be written to, because pieces may share memory. */
  take(): Uint8Array[] {
    if (this.#failed !== undefined) return []
    const pieces = this.#frontier.take()
    for (const piece of pieces) this.#offset += piece.length
    return pieces
  }

  #open(place: FilePlace, chunk: Uint8Array): Content<FilePlace, Uint8Array>[] | Reason {
    const isPart = place.level === undefined ? chunk[0] === ChunkKind.part : place.level < 0
    return isPart ? this.#openPart(place, chunk) : this.#openNode(place, chunk)
  }

  #openPart({ id, offset, bytes }: FilePlace, chunk: Uint8Array): Content<FilePlace, Uint8Array>[] | Reason {
    if (chunk.length !== bytes + 1) return 'bad-length'
    const part = openPart(this.#crypto, this.#scope, id, chunk, this.#room?.(bytes))
    if (typeof part === 'string') return part
    return [{ ready: part.subarray(Math.max(this.#from - offset, 0), this.#to - offset), cost: 1 }]
  }

  #openNode(place: FilePlace, chunk: Uint8Array): Content<FilePlace, Uint8Array>[] | Reason {
    const node = decodeNode(this.#crypto, this.#scope, place.id, chunk.slice())
    if (typeof node === 'string') return node
    const refusal = this.#problemOf(place, node)
    if (refusal !== undefined) return refusal
    const contents: Content<FilePlace, Uint8Array>[] = []
    let offset = place.offset
    for (const [index, { name, id, bytes }] of node.children.entries()) {
      const last = place.last && index === node.children.length - 1
      if (offset < this.#to && offset + bytes > this.#from) {
        contents.push(this.#pending(name, { id, offset, bytes, level: node.level - 1, last }))
      }
      offset += bytes
    }
    return contents
  }

  /** Whether the node is the one that a builder would have put in this place. */
  #problemOf(place: FilePlace, { level, children }: FileNode): Reason | undefined {
    if (place.level !== undefined && level !== place.level) return 'bad-range'
    if (bytesBelow({ level, children }) !== place.bytes) return 'bad-length'
    // Filled from the left, and no deeper than needed.
    if (!place.last && children.length !== this.#fanOut) return 'not-canonical'
    return place.level === undefined && children.length < 2 ? 'not-canonical' : undefined
  }

  /** Most bytes of the root, or of a node that may be less than full. So little is asked for that many fit into a window. */
  #likelyBytes(level: number | undefined, bytes: number): number {
    const parts = Math.ceil(bytes / fileCutRule.minimumBytes)
    const asNode = parts > 1 || level !== undefined ? nodeBytes(Math.min(parts, this.#fanOut)) : 0
    const asPart = level === undefined && bytes <= maxPartBytes ? bytes + 1 : 0
    return Math.max(asNode, asPart)
  }

  #pending(name: Uint8Array, place: FilePlace): { pending: PendingChunk<FilePlace> } {
    const { level, offset, bytes, last } = place
    const isPart = level !== undefined && level < 0
    const isFull = level !== undefined && !last
    const chunkBytes = isPart ? bytes + 1 : isFull ? nodeBytes(this.#fanOut) : undefined
    const likelyBytes = chunkBytes === undefined ? this.#likelyBytes(level, bytes) : undefined
    // A node is asked for when the parts before it leave room for the parts below it, and no earlier.
    const cost = Math.max(1, Math.ceil(bytes / maxPartBytes))
    return { pending: { name, bytes: chunkBytes, likelyBytes, offset: level === -1 ? offset : undefined, place, cost } }
  }
}
