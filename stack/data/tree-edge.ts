// The right edge of a log tree: the complete subtrees, by level, that stand left of where the next page goes. It is all
// that a writer needs in order to go on, and all that decides the name of the tree's top.

import type { Crypto } from '../crypto/index.js'
import { treeFanOut } from './limits.js'
import { encodeTree, summaryOf, type TreeChild } from './tree.js'

/** Called for each tree chunk that is made. */
export type EmitTree = (name: Uint8Array, chunk: Uint8Array) => void

export class TreeEdge {
  /** By level, from 0, the pages; each list has fewer than 256 members, and each of them is complete. */
  readonly #levels: TreeChild[][]

  constructor(levels: readonly (readonly TreeChild[])[] = []) {
    this.#levels = levels.map((level) => [...level])
  }

  copy(): TreeEdge {
    return new TreeEdge(this.#levels)
  }

  /** Adds a closed page to the right, and emits each tree that it completes. */
  push(crypto: Crypto, page: TreeChild, emit: EmitTree): void {
    let child = page
    for (let level = 0; ; level++) {
      const children = this.#levels[level] ?? []
      this.#levels[level] = children
      children.push(child)
      if (children.length < treeFanOut) return
      child = treeOf(crypto, level, children, emit)
      this.#levels[level] = []
    }
  }

  /** The top of the tree of minimal depth above all pages; undefined above none. Emits the partial trees below it. */
  root(crypto: Crypto, emit: EmitTree): TreeChild | undefined {
    const top = this.#levels.findLastIndex((children) => children.length > 0)
    let partial: TreeChild | undefined
    for (let level = 0; level <= top; level++) {
      const complete = this.#levels[level] ?? []
      const children = partial === undefined ? complete : [...complete, partial]
      if (children.length === 0) continue
      // A tree above one complete tree would be a level too many; above one page there is a tree all the same.
      if (level === top && level > 0 && children.length === 1) return children[0]
      partial = treeOf(crypto, level, children, emit)
    }
    return partial
  }
}

function treeOf(crypto: Crypto, level: number, children: readonly TreeChild[], emit: EmitTree): TreeChild {
  const chunk = encodeTree({ level, children })
  const summary = summaryOf(crypto, chunk, children)
  emit(summary.name, chunk)
  return summary
}
