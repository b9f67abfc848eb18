// Directories that were opened lately: whoever reads many files of one folder one after the other decodes it once. What is
// here was verified, and is given only to who has the very scope key, id and place that it was opened with.

import { equal, KeyMap } from '../bytes/index.js'
import type { DirectoryContents, DirectoryPlace } from './directory-place.js'
import { maxOpenedDirectories, maxOpenedDirectoryBytes } from './limits.js'

interface Opened {
  readonly scope: Uint8Array
  readonly place: DirectoryPlace
  readonly contents: DirectoryContents
  /** Of the chunk. */
  readonly bytes: number
}

/** Two generations: when the young one is full, what was not asked for since the last change of generation goes. */
export class OpenedDirectories {
  #young: Generation
  #old: Generation

  /** `seed`: 8 random bytes for the tables. */
  constructor(seed: Uint8Array) {
    this.#young = new Generation(seed)
    this.#old = new Generation(seed)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** Bytes of the chunks whose contents are here. */
  get chunkBytes(): number {
    return this.#young.chunkBytes + this.#old.chunkBytes
  }

  /** What the chunk of a place holds, if it was opened as that. */
  find(scope: Uint8Array, place: DirectoryPlace): DirectoryContents | undefined {
    let found = this.#young.find(place.child)
    if (found === undefined) {
      found = this.#old.find(place.child)
      if (found === undefined) return undefined
      this.#old.delete(place.child, found)
      this.#put(found)
    }
    return equal(found.scope, scope) && isSamePlace(found.place, place) ? found.contents : undefined
  }

  /** Keeps what was opened of a chunk of so many bytes, in the place of what was opened of it as something else. */
  keep(scope: Uint8Array, place: DirectoryPlace, contents: DirectoryContents, bytes: number): void {
    for (const generation of [this.#young, this.#old]) {
      const before = generation.find(place.child)
      if (before !== undefined) generation.delete(place.child, before)
    }
    this.#put({ scope, place, contents, bytes })
  }

  #put(opened: Opened): void {
    if (this.#young.hasNoRoomFor(opened.bytes)) {
      const emptied = this.#old
      emptied.clear()
      this.#old = this.#young
      this.#young = emptied
    }
    this.#young.put(opened)
  }
}

class Generation {
  readonly #opened: KeyMap<Opened>
  chunkBytes = 0

  constructor(seed: Uint8Array) {
    this.#opened = new KeyMap(seed, maxOpenedDirectories)
  }

  get size(): number {
    return this.#opened.size
  }

  hasNoRoomFor(bytes: number): boolean {
    return this.#opened.full || this.chunkBytes + bytes > maxOpenedDirectoryBytes
  }

  find(name: Uint8Array): Opened | undefined {
    return this.#opened.get(name)
  }

  put(opened: Opened): void {
    this.#opened.set(opened.place.child, opened)
    this.chunkBytes += opened.bytes
  }

  delete(name: Uint8Array, { bytes }: Opened): void {
    this.#opened.delete(name)
    this.chunkBytes -= bytes
  }

  clear(): void {
    this.#opened.clear()
    this.chunkBytes = 0
  }
}

function isSamePlace(a: DirectoryPlace, b: DirectoryPlace): boolean {
  return equal(a.id, b.id) && a.moreDepth === b.moreDepth && a.from === b.from && a.before === b.before
}
