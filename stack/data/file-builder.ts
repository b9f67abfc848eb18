// Builds a file's tree from its bytes (docs/protocol.md §6.3), in one pass and in memory that does not grow with the file:
// at most one part and, on each level, the children of one node. Chunks leave in the order children before parents.

import type { Crypto } from '../crypto/index.js'
import { fileScope } from '../crypto/index.js'
import { type CutRule, type Cutter, createCutter, fileCutRule } from './cutter.js'
import { nodeFanOut } from './limits.js'
import { encodeNode, type NodeChild } from './node.js'
import { encodeParts, type SealedChunk } from './part.js'

/** Takes a chunk that was built; both arrays are the taker's own. The same chunk may come several times. */
export type EmitChunk = (name: Uint8Array, chunk: Uint8Array) => void

/** What a parent says of a file. */
export interface FileRef {
  /** Name of its only part, or of its topmost node. */
  readonly child: Uint8Array
  readonly id: Uint8Array
  /** Bytes of the file. */
  readonly bytes: number
  /** Bytes of all its chunks, with multiplicity. */
  readonly reachable: number
}

/** Other numbers than the protocol's are for tests that want deep trees of small files. */
export interface FileShape {
  readonly cutRule?: CutRule
  readonly fanOut?: number
}

interface Level {
  children: NodeChild[]
  /** Bytes of all chunks below and including these children. */
  reachable: number
}

export class FileBuilder {
  readonly #crypto: Crypto
  readonly #scope: Uint8Array
  readonly #emit: EmitChunk
  readonly #cutter: Cutter
  readonly #fanOut: number
  #levels: Level[] = []

  /** `secret` is the unlisted stream's, undefined for public. */
  constructor(crypto: Crypto, secret: Uint8Array | undefined, emit: EmitChunk, shape: FileShape = {}) {
    this.#crypto = crypto
    this.#scope = fileScope(crypto, secret)
    this.#emit = emit
    this.#cutter = createCutter(crypto, secret === undefined ? undefined : this.#scope, shape.cutRule ?? fileCutRule)
    this.#fanOut = shape.fanOut ?? nodeFanOut
  }

  /** Children that wait for their node: at most 256 a level. */
  get waiting(): number {
    return this.#levels.reduce((sum, level) => sum + level.children.length, 0)
  }

  /** Appends bytes, which are borrowed until it returns. */
  push(bytes: Uint8Array): void {
    this.#addParts(this.#cutter.push(bytes))
  }

  /** The whole file. Afterwards the builder is as new, ready for another one. */
  end(): FileRef {
    this.#addParts(this.#cutter.end())
    if (this.#levels.length === 0)
      return this.#place(encodeNode(this.#crypto, this.#scope, { level: 0, children: [] }), 0, 0)
    for (let level = 0; ; level++) {
      const { children, reachable } = this.#levels[level] ?? { children: [], reachable: 0 }
      const [first] = children
      const topmost = level === this.#levels.length - 1
      if (topmost && children.length === 1 && first !== undefined) {
        this.#levels = []
        return { child: first.name, id: first.id, bytes: first.bytes, reachable }
      }
      if (children.length > 0) this.#closeLevel(level)
    }
  }

  /** Seals and names them in one call: that is where publishing spends its time. */
  #addParts(parts: readonly Uint8Array[]): void {
    for (const { id, name, chunk } of encodeParts(this.#crypto, this.#scope, parts)) {
      this.#emit(name, chunk)
      this.#addChild(0, { child: name, id, bytes: chunk.length - 1, reachable: chunk.length })
    }
  }

  #addChild(level: number, { child, id, bytes, reachable }: FileRef): void {
    const place = this.#levels[level] ?? { children: [], reachable: 0 }
    this.#levels[level] = place
    place.children.push({ name: child, id, bytes })
    place.reachable += reachable
    if (place.children.length === this.#fanOut) this.#closeLevel(level)
  }

  /** Makes a node of a level's children, which becomes a child of the next level. */
  #closeLevel(level: number): void {
    const { children, reachable } = this.#levels[level] ?? { children: [], reachable: 0 }
    this.#levels[level] = { children: [], reachable: 0 }
    const bytes = children.reduce((sum, child) => sum + child.bytes, 0)
    this.#addChild(level + 1, this.#place(encodeNode(this.#crypto, this.#scope, { level, children }), bytes, reachable))
  }

  #place({ id, chunk }: SealedChunk, bytes: number, reachableBelow: number): FileRef {
    const child = this.#crypto.hash(chunk)
    const reachable = reachableBelow + chunk.length
    this.#emit(child, chunk)
    return { child, id, bytes, reachable }
  }
}
