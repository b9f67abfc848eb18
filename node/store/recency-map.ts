// A map from 32-byte keys that knows which entry was used least lately, so that its owner can let that one go.

import { KeyTable } from '../../stack/bytes/index.js'
import { RowLinks, RowList } from './row-lists.js'

export class RecencyMap<V> {
  readonly #table: KeyTable
  readonly #order = new RowList(new RowLinks())
  readonly #values: (V | undefined)[] = []

  /** `seed`: 8 random bytes. At most `maxKeys` entries: with more than that `set` throws RangeError, so ask `full`. */
  constructor(seed: Uint8Array, maxKeys: number) {
    this.#table = new KeyTable(seed, maxKeys)
  }

  get size(): number {
    return this.#table.size
  }

  get full(): boolean {
    return this.#table.full
  }

  /** The entry, which counts as used now. */
  use(key: Uint8Array): V | undefined {
    const row = this.#table.find(key)
    if (row < 0) return undefined
    this.#order.remove(row)
    this.#order.push(row)
    return this.#values[row]
  }

  /** The entry, without using it. */
  peek(key: Uint8Array): V | undefined {
    const row = this.#table.find(key)
    return row < 0 ? undefined : this.#values[row]
  }

  /** Adds or replaces, and uses. */
  set(key: Uint8Array, value: V): void {
    const known = this.#table.find(key)
    const row = known < 0 ? this.#table.insert(key) : known
    if (row < 0) throw new RangeError(`a map of at most ${this.#table.maxKeys} entries is full`)
    if (known >= 0) this.#order.remove(row)
    this.#order.push(row)
    this.#values[row] = value
  }

  /** Removes and gives an entry. */
  delete(key: Uint8Array): V | undefined {
    const row = this.#table.delete(key)
    if (row < 0) return undefined
    this.#order.remove(row)
    const value = this.#values[row]
    this.#values[row] = undefined
    return value
  }

  /** The key that was used least lately. */
  oldest(): Uint8Array | undefined {
    return this.#order.first < 0 ? undefined : this.#table.keyAt(this.#order.first)
  }

  *entries(): Generator<[Uint8Array, V], void, undefined> {
    for (let row = this.#table.nextRow(0); row >= 0; row = this.#table.nextRow(row + 1)) {
      const key = this.#table.keyAt(row)
      if (key !== undefined) yield [key, this.#values[row] as V]
    }
  }
}
