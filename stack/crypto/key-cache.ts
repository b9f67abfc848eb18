// A bounded memory of what was computed from a 32-byte key. Two generations: what was used since the last change of
// generation survives the next one, so a flood of new keys cannot push out one that is in use more than once a generation.

import { KeyMap } from '../bytes/index.js'

/** Holds at most `2 × generationKeys` values; the oldest unused go first. */
export class KeyCache<V> {
  #young: KeyMap<V>
  #old: KeyMap<V>

  /** `seed`: 8 random bytes for the tables. */
  constructor(seed: Uint8Array, generationKeys: number) {
    this.#young = new KeyMap(seed, generationKeys)
    this.#old = new KeyMap(seed, generationKeys)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: Uint8Array): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.#old.delete(key)
    this.set(key, old)
    return old
  }

  set(key: Uint8Array, value: V): void {
    if (this.#young.full && !this.#young.has(key)) {
      const emptied = this.#old
      emptied.clear()
      this.#old = this.#young
      this.#young = emptied
    }
    this.#young.set(key, value)
  }
}
