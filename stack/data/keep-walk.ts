// Walks a whole log for who keeps it for others and may not be able to read it: newest first, each chunk once, and only
// what a log can be made of. What the head and the trees declare is checked on the way (protocol §6.2), so a walk that
// ends well has found no more than the head said.

import { equal, KeySet, type Reason } from '../bytes/index.js'
import { childrenOf } from './children.js'
import { ChunkKind } from './chunk.js'
import type { HeldHead } from './head.js'
import { maxReadAhead } from './limits.js'
import { type LogPlace, openClosedPage, openPageOf, openTree, rootPlace } from './log-place.js'

export interface KeepWalkOptions {
  /** 8 random bytes that no peer knows (see KeySet). */
  readonly seed: Uint8Array
  /** Chunks, each counted once; also the walk's memory, about 100 bytes a chunk. Beyond it the walk ends: 'too-many'. */
  readonly maxChunks: number
  /** Bytes of the chunks that it visits, the open page's among them. The chunk beyond it ends the walk: 'too-large'. */
  readonly maxBytes: number
  /** Whether all below a chunk is kept already: then it is neither wanted nor counted. */
  readonly isKnown?: (name: Uint8Array) => boolean
}

interface Place {
  readonly name: Uint8Array
  /** Where it stands in the log's tree; undefined below an entry. */
  readonly log: LogPlace | undefined
}

/** Kinds of chunk that an entry may lead to. */
const fileKinds: readonly (number | undefined)[] = [ChunkKind.part, ChunkKind.node, ChunkKind.directory]

/** Walks all that a verified head reaches. The open page, which is at hand, counts as visited at once. */
export class KeepWalk {
  readonly #options: KeepWalkOptions
  readonly #seen: KeySet
  readonly #inFlight: Place[] = []
  /** Seen and not asked for yet; the next one is the last. */
  readonly #open: Place[] = []
  #chunks = 0
  #bytes = 0
  #failed: Reason | undefined

  constructor(held: HeldHead, options: KeepWalkOptions) {
    this.#options = options
    this.#seen = new KeySet(options.seed, options.maxChunks)
    this.#seen.add(held.head.openPage)
    if (!options.isKnown?.(held.head.openPage)) {
      this.#chunks = 1
      this.#bytes = held.page.length
      if (this.#bytes > options.maxBytes) this.#failed = 'too-large'
    }
    const root = rootPlace(held)
    if (root !== undefined) this.#push([{ name: root.name, log: root }])
    this.#push(openPageOf(held).runs.flatMap((run) => run.children.map(({ name }) => ({ name, log: undefined }))))
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
    return this.#failed === undefined && this.#open.length === 0 && this.#inFlight.length === 0
  }

  /** Chunks to fetch now, newest first, each asked for once; at most `limit` (1 to 256) are under way. */
  wanted(limit: number): Uint8Array[] {
    const found: Uint8Array[] = []
    while (this.#failed === undefined && this.#inFlight.length < Math.min(limit, maxReadAhead)) {
      const place = this.#open.pop()
      if (place === undefined) break
      this.#inFlight.push(place)
      found.push(place.name)
    }
    return found
  }

  /** Whether it has met this name, visited or not. */
  hasSeen(name: Uint8Array): boolean {
    return this.#seen.has(name)
  }

  /**
   * Takes a chunk that hashes to `name`; one that it did not ask for is ignored. One that ends the walk was not visited.
   * @returns why the walk ended, or undefined
   */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    const place = this.#take(name)
    if (place === undefined) return this.#failed
    const below = this.#below(place, chunk)
    if (typeof below === 'string') return this.#fail(place, below)
    if (this.#count(place, chunk.length)) this.#push(below)
    return this.#failed
  }

  /** Takes a part of a file (kind 3) that is kept already: it need not be read, because nothing hangs from it. */
  handlePart(name: Uint8Array, bytes: number): Reason | undefined {
    const place = this.#take(name)
    if (place !== undefined) {
      if (place.log !== undefined) this.#fail(place, 'bad-kind')
      else this.#count(place, bytes)
    }
    return this.#failed
  }

  /** Goes on without a chunk that it asked for, and without all below it. */
  skip(name: Uint8Array): void {
    this.#take(name)
  }

  /** The names that it visited or that were known, when it has ended; it cannot go on after that. */
  takeNames(): KeySet {
    for (const { name } of [...this.#open, ...this.#inFlight]) this.#seen.delete(name)
    return this.#seen
  }

  #take(name: Uint8Array): Place | undefined {
    if (this.#failed !== undefined) return undefined
    const index = this.#inFlight.findIndex((place) => equal(place.name, name))
    return index < 0 ? undefined : this.#inFlight.splice(index, 1)[0]
  }

  #count(place: Place, bytes: number): boolean {
    if (this.#bytes + bytes > this.#options.maxBytes) {
      this.#fail(place, 'too-large')
      return false
    }
    this.#chunks++
    this.#bytes += bytes
    return true
  }

  #fail(place: Place, reason: Reason): Reason {
    this.#inFlight.push(place)
    this.#failed = reason
    return reason
  }

  /** Children, the one that comes next last. */
  #below({ log }: Place, chunk: Uint8Array): Place[] | Reason {
    if (log === undefined) {
      if (!fileKinds.includes(chunk[0])) return 'bad-kind'
      const children = childrenOf(chunk)
      return typeof children === 'string' ? children : children.map(({ name }) => ({ name, log: undefined })).reverse()
    }
    if (log.level === -1) {
      const page = openClosedPage(log, chunk)
      if (typeof page === 'string') return page
      return page.runs.flatMap((run) => run.children.map(({ name }) => ({ name, log: undefined })))
    }
    const tree = openTree(log, chunk)
    return typeof tree === 'string' ? tree : tree.places.map((place) => ({ name: place.name, log: place }))
  }

  #push(places: readonly Place[]): void {
    for (const { name, log } of places) {
      if (this.#seen.has(name)) continue
      if (this.#seen.full) {
        this.#failed = 'too-many'
        return
      }
      this.#seen.add(name)
      if (this.#options.isKnown?.(name)) continue
      // A copy: a view would keep its whole chunk in memory.
      const own = name.slice()
      this.#open.push({ name: own, log: log && { ...log, name: own } })
    }
  }
}
