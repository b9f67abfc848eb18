// Chunks in memory, a driver for whatever walks them, and the plaintext side of sealed chunks, so that tests reach what
// stands behind a seal.

import { concat, equal, toHex } from '../../stack/bytes/index.js'
import { type Crypto, open, seal } from '../../stack/crypto/index.js'
import { ChunkKind, checkChunk, type WantedChunk } from '../../stack/data/index.js'

/** Keeps what builders emit, and checks it: the right name, the children before their parents. */
export class ChunkMemory {
  readonly #crypto: Crypto
  readonly #chunks = new Map<string, Uint8Array>()
  /** Chunks emitted, repetitions included, and their bytes. */
  emitted = 0
  emittedBytes = 0

  constructor(crypto: Crypto) {
    this.#crypto = crypto
  }

  readonly emit = (name: Uint8Array, chunk: Uint8Array): void => {
    const refusal = checkChunk(this.#crypto, name, chunk)
    if (refusal !== undefined) throw new Error(`emitted a chunk that is refused: ${refusal}`)
    this.#chunks.set(toHex(name), chunk)
    this.emitted++
    this.emittedBytes += chunk.length
  }

  get size(): number {
    return this.#chunks.size
  }

  has(name: Uint8Array): boolean {
    return this.#chunks.has(toHex(name))
  }

  take(name: Uint8Array): Uint8Array {
    const chunk = this.#chunks.get(toHex(name))
    if (chunk === undefined) throw new Error(`nobody emitted ${toHex(name)}`)
    return chunk
  }

  names(): string[] {
    return [...this.#chunks.keys()]
  }
}

/** What every walk of stack/data can do. */
export interface Walk<T> {
  readonly done: boolean
  readonly failed: string | undefined
  wanted(limit: number): WantedChunk[]
  handleChunk(name: Uint8Array, chunk: Uint8Array): string | undefined
  take(): T[]
}

/** How a walk is driven: how much is asked for at once, and which of what is under way comes next. */
export interface Pace {
  readonly limit: number
  readonly pick: (underWay: number) => number
  /** Set where the lengths that a walk expects are a liar's. */
  readonly lies?: boolean
}

export const oneByOne: Pace = { limit: 1, pick: () => 0 }

/** Drives a walk to its end and gives all it gave, or why it was refused. */
export function driven<T>(walk: Walk<T>, memory: ChunkMemory, pace: Pace = oneByOne): T[] | string {
  const given: T[] = []
  const underWay: WantedChunk[] = []
  while (!walk.done) {
    for (const wanted of walk.wanted(pace.limit)) {
      if (underWay.some(({ name }) => equal(name, wanted.name))) throw new Error('a chunk was asked for twice')
      underWay.push(wanted)
    }
    const [next] = underWay.splice(pace.pick(underWay.length) % Math.max(underWay.length, 1), 1)
    if (next === undefined) throw new Error('the walk is not done and wants nothing')
    const chunk = memory.take(next.name)
    if (pace.lies !== true && next.bytes !== undefined && next.bytes !== chunk.length) {
      throw new Error('another length than was expected')
    }
    const refusal = walk.handleChunk(next.name, chunk)
    if (refusal !== undefined) return refusal
    given.push(...walk.take())
  }
  return given
}

/** Bytes of a node's or a directory's chunk before its id: kind, level, count and children. */
function clearBytes(chunk: Uint8Array): number {
  const at = chunk[0] === ChunkKind.node ? 2 : 1
  return at + 2 + 32 * ((chunk[at] ?? 0) * 256 + (chunk[at + 1] ?? 0))
}

/** The id that stands in a node's or a directory's chunk; zeros where it is cut. */
export function idIn(chunk: Uint8Array): Uint8Array {
  const at = clearBytes(chunk)
  const id = new Uint8Array(32)
  id.set(chunk.subarray(at, at + 32))
  return id
}

/** A node's or a directory's chunk with its list opened and without its id. */
export function unsealed(crypto: Crypto, scope: Uint8Array, chunk: Uint8Array): Uint8Array {
  const at = clearBytes(chunk)
  const list = open(crypto, scope, chunk[0] ?? 0, new Uint8Array(0), idIn(chunk), chunk.subarray(at + 32))
  if (typeof list === 'string') throw new Error(list)
  return concat(chunk.subarray(0, at), list)
}

/** The other way: whatever the bytes are, sealed so that only what is behind the seal can be at fault. */
export function sealed(crypto: Crypto, scope: Uint8Array, bytes: Uint8Array): { id: Uint8Array; chunk: Uint8Array } {
  const at = clearBytes(bytes)
  if (at > bytes.length) return { id: new Uint8Array(32), chunk: bytes }
  const list = seal(crypto, scope, bytes[0] ?? 0, new Uint8Array(0), bytes.subarray(at))
  return { id: list.id, chunk: concat(bytes.subarray(0, at), list.id, list.sealed) }
}
