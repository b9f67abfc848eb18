// The cache of a node of the model: the policy that real nodes have (node/store/cache-policy), without segments and disk. A
// cache that can never become full is a set.

import { CachePolicy } from '../../node/store/cache-policy.js'
import { CACHE_LIVE_SHARE } from '../../node/store/limits.js'
import { OBJECT_BYTES } from './load.js'

/** What a chunk of one object takes of a cache: the object with its seal and the head of its record. */
export const CACHED_BYTES = OBJECT_BYTES + 64

/** Objects that a cache of so many bytes holds. */
export function objectsIn(cacheBytes: number): number {
  return Math.floor((CACHE_LIVE_SHARE * cacheBytes) / CACHED_BYTES)
}

export interface ModelCache {
  /** Whether it has it; it counts as used then. */
  use(object: number): boolean
  put(object: number): void
}

/** One for a node that is put at most so many. */
export function openModelCache(cacheBytes: number, most: number): ModelCache {
  return most <= objectsIn(cacheBytes) ? new AmpleCache() : new FullCache(CACHE_LIVE_SHARE * cacheBytes)
}

class AmpleCache implements ModelCache {
  readonly #objects = new Set<number>()

  use(object: number): boolean {
    return this.#objects.has(object)
  }

  put(object: number): void {
    this.#objects.add(object)
  }
}

class FullCache implements ModelCache {
  readonly #policy: CachePolicy
  readonly #rows = new Map<number, number>()
  readonly #objects: number[] = []
  readonly #free: number[] = []

  constructor(capacityBytes: number) {
    this.#policy = new CachePolicy(capacityBytes)
  }

  use(object: number): boolean {
    const row = this.#rows.get(object)
    if (row === undefined) return false
    this.#policy.used(row)
    return true
  }

  put(object: number): void {
    if (this.#rows.has(object)) return
    const row = this.#free.pop() ?? this.#objects.length
    this.#objects[row] = object
    this.#rows.set(object, row)
    // Any 32 bits that stand for the object; its number is as good as a hash.
    this.#policy.added(row, CACHED_BYTES, Math.imul(object + 1, 0x9e3779b1) >>> 0)
    for (let gone = this.#policy.evict(); gone >= 0; gone = this.#policy.evict()) {
      this.#policy.gone(gone)
      this.#rows.delete(this.#objects[gone] ?? -1)
      this.#free.push(gone)
    }
  }
}
