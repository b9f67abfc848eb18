// Walks everything below some roots by the children in clear, as a carrier does that may not read it. It remembers what it
// has seen, so each chunk is visited once however many paths lead to it, and ends at limits that its caller sets.

import { KeySet, type Reason } from '../bytes/index.js'
import { childrenOf } from './children.js'
import type { WantedChunk } from './frontier.js'
import { maxReadAhead } from './limits.js'

/** Bounds of one walk: chunks and their bytes, each counted once. Beyond them it ends with 'too-many' or 'too-large'. */
export interface ChunkWalkLimits {
  /** Also the walk's memory: about 100 bytes a chunk. */
  readonly maxChunks: number
  /** What a head declares as reachable, or a quota. */
  readonly maxBytes: number
}

/** Walks all that is reachable from `roots`. `seed` are 8 random bytes that no peer knows (see KeySet). */
export function walkChunks(seed: Uint8Array, roots: readonly Uint8Array[], limits: ChunkWalkLimits): ChunkWalk {
  return new ChunkWalk(seed, roots, limits)
}

export class ChunkWalk {
  readonly #limits: ChunkWalkLimits
  readonly #seen: KeySet
  readonly #inFlight: KeySet
  /** Seen and not asked for yet; the next one is the last. */
  readonly #open: Uint8Array[] = []
  #chunks = 0
  #bytes = 0
  #failed: Reason | undefined

  constructor(seed: Uint8Array, roots: readonly Uint8Array[], limits: ChunkWalkLimits) {
    this.#limits = limits
    this.#seen = new KeySet(seed, limits.maxChunks)
    this.#inFlight = new KeySet(seed, maxReadAhead)
    this.#add(roots)
  }

  /** Chunks visited so far. */
  get chunks(): number {
    return this.#chunks
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Why the walk ended before its end, if it did. */
  get failed(): Reason | undefined {
    return this.#failed
  }

  /** Whether all has been visited. */
  get done(): boolean {
    return this.#failed === undefined && this.#open.length === 0 && this.#inFlight.size === 0
  }

  /** Chunks to fetch now, each asked for once; at most `limit` (1 to 256) are under way. */
  wanted(limit: number): WantedChunk[] {
    const found: WantedChunk[] = []
    const most = Math.min(limit, maxReadAhead)
    while (this.#failed === undefined && this.#inFlight.size < most) {
      const name = this.#open.pop()
      if (name === undefined) break
      this.#inFlight.add(name)
      found.push({ name, bytes: undefined })
    }
    return found
  }

  /**
   * Takes a chunk that hashes to `name`; one that it did not ask for is ignored.
   * @returns why the walk ended, or undefined
   */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    if (this.#failed !== undefined || !this.#inFlight.delete(name)) return this.#failed
    this.#chunks++
    this.#bytes += chunk.length
    const children = childrenOf(chunk)
    if (this.#bytes > this.#limits.maxBytes) this.#failed = 'too-large'
    else if (typeof children === 'string') this.#failed = children
    else this.#add(children.map((child) => child.name))
    return this.#failed
  }

  /** Remembers the names that are new, so that the first of them comes next. */
  #add(names: readonly Uint8Array[]): void {
    const from = this.#open.length
    for (const name of names) {
      if (this.#seen.has(name)) continue
      if (this.#seen.full) {
        this.#failed = 'too-many'
        return
      }
      this.#seen.add(name)
      // A copy: a view would keep its whole chunk in memory.
      this.#open.push(name.slice())
    }
    this.#open.push(...this.#open.splice(from).reverse())
  }
}
