// Finds the right edge of a log's closed tree again, which its writer needs to go on after a restart: one chunk a level.

import { equal, type Reason } from '../bytes/index.js'
import type { HeldHead } from './head.js'
import { treeFanOut } from './limits.js'
import { type LogPlace, openTree, rootPlace } from './log-place.js'
import type { TreeChild } from './tree.js'
import { TreeEdge } from './tree-edge.js'

export class RightEdge {
  readonly #root: LogPlace | undefined
  // The children of each tree on the edge, the top first.
  readonly #path: LogPlace[][] = []
  #next: LogPlace | undefined
  #refusal: Reason | undefined

  /** `held` must be verified. Throws RangeError otherwise. */
  constructor(held: HeldHead) {
    this.#root = rootPlace(held)
    this.#next = this.#root
  }

  /** The name of the one chunk to fetch next, if any. */
  wanted(): Uint8Array[] {
    return this.#next === undefined ? [] : [this.#next.name]
  }

  /** Takes the wanted chunk, whose hash has been checked; others are ignored. A Reason: the store holds another log. */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    const place = this.#next
    if (place === undefined || !equal(place.name, name)) return undefined
    const tree = openTree(place, chunk)
    if (typeof tree === 'string') {
      this.#refusal = tree
      this.#next = undefined
      return tree
    }
    this.#path.push(tree.places)
    this.#next = tree.level > 0 ? tree.places.at(-1) : undefined
    return undefined
  }

  /** undefined while chunks are wanted. */
  result(): TreeEdge | Reason | undefined {
    if (this.#refusal !== undefined) return this.#refusal
    return this.#next === undefined ? this.#edge() : undefined
  }

  /** A tree is complete when it is full and its last child is; what is not complete is no member of the edge. */
  #edge(): TreeEdge {
    const levels: TreeChild[][] = []
    let complete = true
    for (const children of [...this.#path].reverse()) {
      const members: TreeChild[] = complete ? children : children.slice(0, -1)
      complete = members.length === treeFanOut
      levels.push(complete ? [] : members)
    }
    if (complete && this.#root !== undefined) levels.push([this.#root])
    return new TreeEdge(levels)
  }
}
