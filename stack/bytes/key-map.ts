// Map and Set with 32-byte keys compared by content. The shape is that of Map and Set with three differences: keys are
// copied in and copied out, the order of iteration is not promised, and there may be at most `maxKeys` keys.
// As with Map, entries may be deleted while it is iterated; one that is added meanwhile may or may not be seen.

import { KeyTable } from './key-table.js'

/** A map from 32-byte keys. Every method throws RangeError for a key of another length. */
export class KeyMap<V> {
  readonly #table: KeyTable
  #values: (V | undefined)[] = []

  /** `seed`: 8 random bytes that no peer knows. `maxKeys`: as KeyTable. */
  constructor(seed: Uint8Array, maxKeys?: number) {
    this.#table = new KeyTable(seed, maxKeys)
  }

  get size(): number {
    return this.#table.size
  }

  /** Whether it holds `maxKeys` keys. Its owner makes room before it sets a further one. */
  get full(): boolean {
    return this.#table.full
  }

  has(key: Uint8Array): boolean {
    return this.#table.find(key) >= 0
  }

  get(key: Uint8Array): V | undefined {
    const row = this.#table.find(key)
    return row < 0 ? undefined : this.#values[row]
  }

  /** Adds or replaces. Throws RangeError when the key is new and the map is full: ask `full` first. */
  set(key: Uint8Array, value: V): this {
    const row = this.#table.insert(key)
    if (row < 0) throw new RangeError(`a map of at most ${this.#table.maxKeys} keys is full`)
    this.#values[row] = value
    return this
  }

  /** Whether the key was there. */
  delete(key: Uint8Array): boolean {
    const row = this.#table.delete(key)
    if (row < 0) return false
    this.#values[row] = undefined
    return true
  }

  clear(): void {
    this.#table.clear()
    this.#values = []
  }

  *entries(): Generator<[Uint8Array, V], void, undefined> {
    for (const row of rows(this.#table)) {
      const key = this.#table.keyAt(row)
      if (key !== undefined) yield [key, this.#values[row] as V]
    }
  }

  *keys(): Generator<Uint8Array, void, undefined> {
    for (const row of rows(this.#table)) {
      const key = this.#table.keyAt(row)
      if (key !== undefined) yield key
    }
  }

  *values(): Generator<V, void, undefined> {
    for (const row of rows(this.#table)) yield this.#values[row] as V
  }

  [Symbol.iterator](): Generator<[Uint8Array, V], void, undefined> {
    return this.entries()
  }
}

/** A set of 32-byte keys. Every method throws RangeError for a key of another length. */
export class KeySet {
  readonly #table: KeyTable

  /** As KeyMap. */
  constructor(seed: Uint8Array, maxKeys?: number) {
    this.#table = new KeyTable(seed, maxKeys)
  }

  get size(): number {
    return this.#table.size
  }

  /** Whether it holds `maxKeys` keys. */
  get full(): boolean {
    return this.#table.full
  }

  has(key: Uint8Array): boolean {
    return this.#table.find(key) >= 0
  }

  /** Adds. Throws RangeError when the key is new and the set is full: ask `full` first. */
  add(key: Uint8Array): this {
    if (this.#table.insert(key) < 0) throw new RangeError(`a set of at most ${this.#table.maxKeys} keys is full`)
    return this
  }

  /** Whether the key was there. */
  delete(key: Uint8Array): boolean {
    return this.#table.delete(key) >= 0
  }

  clear(): void {
    this.#table.clear()
  }

  *values(): Generator<Uint8Array, void, undefined> {
    for (const row of rows(this.#table)) {
      const key = this.#table.keyAt(row)
      if (key !== undefined) yield key
    }
  }

  [Symbol.iterator](): Generator<Uint8Array, void, undefined> {
    return this.values()
  }
}

function* rows(table: KeyTable): Generator<number, void, undefined> {
  for (let row = table.nextRow(0); row >= 0; row = table.nextRow(row + 1)) yield row
}
