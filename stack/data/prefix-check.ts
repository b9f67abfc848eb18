// Whether the longer of two verified heads of a log continues the shorter, decided with the longer one's chunks where
// the heads alone do not tell: from the top of its tree down to the page where the shorter one's open page belongs, at
// most depth + 1 chunks (protocol §7). What stands left of that way must be the shorter one's tree, to the hash.

import { equal, type Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { beginsWith, forkOf } from './fork.js'
import type { HeldHead } from './head.js'
import { type LogPlace, openClosedPage, openTree, rootPlace } from './log-place.js'
import { emptyRoot, type TreeChild } from './tree.js'
import { TreeEdge } from './tree-edge.js'

export class PrefixCheck {
  readonly #crypto: Crypto
  readonly #lower: HeldHead
  // By level, what stands left of the way down.
  readonly #left: TreeChild[][] = []
  readonly #chunks: Uint8Array[] = []
  #next: LogPlace | undefined
  #result: 'continues' | 'fork' | Reason | undefined

  /** Two verified heads in either order. Throws RangeError when they are of different logs. */
  constructor(crypto: Crypto, a: HeldHead, b: HeldHead) {
    this.#crypto = crypto
    const [lower, higher] = a.head.length <= b.head.length ? [a, b] : [b, a]
    this.#lower = lower
    const continuity = forkOf(lower, higher)
    if (continuity === 'undecided') this.#next = rootPlace(higher)
    else this.#result = continuity
  }

  /** The name of the one chunk to fetch next, if any. */
  wanted(): Uint8Array[] {
    return this.#next === undefined ? [] : [this.#next.name]
  }

  /** Takes the wanted chunk, whose hash has been checked; others are ignored. A Reason: the longer log cannot be walked. */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    const place = this.#next
    if (place === undefined || !equal(place.name, name)) return undefined
    this.#chunks.push(chunk)
    const refusal = place.level === -1 ? this.#handlePage(place, chunk) : this.#handleTree(place, chunk)
    if (refusal !== undefined) this.#finish(refusal)
    return refusal
  }

  /** undefined until it is decided. A Reason where the longer head's chunks are not what it declared. */
  result(): 'continues' | 'fork' | Reason | undefined {
    return this.#result
  }

  /** The chunks that decided it: with both heads and open pages they are the proof of a fork, for anyone. */
  chunks(): readonly Uint8Array[] {
    return this.#chunks
  }

  #handleTree(place: LogPlace, chunk: Uint8Array): Reason | undefined {
    const tree = openTree(place, chunk)
    if (typeof tree === 'string') return tree
    const boundary = this.#lower.head.closedLength
    const way = tree.places.findIndex((below) => below.first + below.entries > boundary)
    const below = tree.places[way]
    this.#left[tree.level] = tree.places.slice(0, way)
    if (tree.level > 0) {
      this.#next = below
    } else if (below?.first !== boundary || !this.#hasLowerTree()) {
      this.#finish('fork')
    } else if (this.#lower.page.length === 1) {
      this.#finish('continues')
    } else {
      this.#next = below
    }
    return undefined
  }

  #handlePage(place: LogPlace, chunk: Uint8Array): Reason | undefined {
    const page = openClosedPage(place, chunk)
    if (typeof page === 'string') return page
    this.#finish(beginsWith(chunk, this.#lower.page) ? 'continues' : 'fork')
    return undefined
  }

  #hasLowerTree(): boolean {
    const levels = Array.from(this.#left, (children) => children ?? [])
    const root = new TreeEdge(levels).root(this.#crypto, () => {})
    return equal(root?.name ?? emptyRoot, this.#lower.head.closedRoot)
  }

  #finish(result: 'continues' | 'fork' | Reason): void {
    this.#result = result
    this.#next = undefined
  }
}
