// A table from 32-byte keys to row numbers, for owners that keep their columns in arrays indexed by row. A row number
// stays the same until its key is deleted, whatever else is inserted or deleted; then it is given out again.
// Open addressing with linear probing; deletion moves the followers back, so that no tombstones pile up.

import { checkSeed, hashWords, word } from './key-hash.js'
import { INITIAL_ROWS, KEY_BYTES, MAX_TABLE_KEYS } from './limits.js'

const WORDS = KEY_BYTES / 4
const IN_USE = 0xffffffff
const NO_ROW = 0xfffffffe
const NO_WORDS = new Uint32Array(0)

/** At most `maxKeys` keys; memory grows by doubling (about 60 bytes a key) and is given back only by `clear`. */
export class KeyTable {
  readonly maxKeys: number
  readonly #seedLow: number
  readonly #seedHigh: number
  readonly #wanted = new Uint32Array(WORDS)
  #size = 0
  #rowCount = 0
  #firstFree = NO_ROW
  // Two numbers a slot: row + 1 (0 is an empty slot), and the hash of its key.
  #slots = NO_WORDS
  #slotMask = 0
  #keys = NO_WORDS
  // By row: IN_USE, or the next free row, or NO_ROW at the end of that list.
  #links = NO_WORDS

  /** `seed` is 8 random bytes that no peer knows; `maxKeys` is at most MAX_TABLE_KEYS. Throws RangeError otherwise. */
  constructor(seed: Uint8Array, maxKeys = MAX_TABLE_KEYS) {
    checkSeed(seed)
    if (!Number.isInteger(maxKeys) || maxKeys < 1 || maxKeys > MAX_TABLE_KEYS) {
      throw new RangeError(`a table of ${maxKeys} keys where 1 to ${MAX_TABLE_KEYS} are allowed`)
    }
    this.maxKeys = maxKeys
    this.#seedLow = word(seed, 0)
    this.#seedHigh = word(seed, 4)
  }

  /** How many keys it holds. */
  get size(): number {
    return this.#size
  }

  /** Whether it holds `maxKeys` keys, so that a further one is refused. */
  get full(): boolean {
    return this.#size >= this.maxKeys
  }

  /** One more than the highest row number given out since `clear`: the length that the owner's columns need. */
  get rowCount(): number {
    return this.#rowCount
  }

  /** The row of a key, or −1. Throws RangeError unless the key has 32 bytes. */
  find(key: Uint8Array): number {
    const slot = this.#slotOf(this.#hash(key))
    return (this.#slots[2 * slot] ?? 0) - 1
  }

  /** The row of a key, which is added where it is missing; −1 when it is missing and the table is full. Copies the key. */
  insert(key: Uint8Array): number {
    const hash = this.#hash(key)
    let slot = this.#slotOf(hash)
    const found = (this.#slots[2 * slot] ?? 0) - 1
    if (found >= 0) return found
    if (this.full) return -1
    if (this.#slots.length === 0) {
      this.#allocate()
      slot = this.#slotOf(hash)
    }
    const row = this.#takeRow()
    this.#keys.set(this.#wanted, row * WORDS)
    this.#size++
    // At most three quarters of the slots are taken: beyond that linear probing becomes slow.
    if (4 * this.#size > 3 * (this.#slotMask + 1)) {
      this.#growSlots()
      slot = this.#emptySlot(hash)
    }
    this.#slots[2 * slot] = row + 1
    this.#slots[2 * slot + 1] = hash
    return row
  }

  /** Removes a key and gives the row it had, which may be given out again; −1 when it was missing. */
  delete(key: Uint8Array): number {
    const slot = this.#slotOf(this.#hash(key))
    const row = (this.#slots[2 * slot] ?? 0) - 1
    if (row < 0) return -1
    this.#closeGap(slot)
    this.#keys.fill(0, row * WORDS, (row + 1) * WORDS)
    this.#links[row] = this.#firstFree
    this.#firstFree = row
    this.#size--
    return row
  }

  /** A copy of the key in a row, or undefined when the row holds none. */
  keyAt(row: number): Uint8Array | undefined {
    if (this.#links[row] !== IN_USE) return undefined
    const key = new Uint8Array(KEY_BYTES)
    for (let index = 0; index < KEY_BYTES; index++) {
      key[index] = (this.#keys[row * WORDS + (index >> 2)] ?? 0) >>> (8 * (index & 3))
    }
    return key
  }

  /** The first row in use at or after `row`, or −1. Rows may be inserted and deleted between two calls. */
  nextRow(row: number): number {
    for (let next = row; next < this.#rowCount; next++) if (this.#links[next] === IN_USE) return next
    return -1
  }

  /** Removes every key and gives the memory back. */
  clear(): void {
    this.#size = 0
    this.#rowCount = 0
    this.#firstFree = NO_ROW
    this.#slots = NO_WORDS
    this.#slotMask = 0
    this.#keys = NO_WORDS
    this.#links = NO_WORDS
  }

  /** With the first key: many tables never get one. */
  #allocate(): void {
    this.#slots = new Uint32Array(4 * INITIAL_ROWS)
    this.#slotMask = 2 * INITIAL_ROWS - 1
    this.#keys = new Uint32Array(INITIAL_ROWS * WORDS)
    this.#links = new Uint32Array(INITIAL_ROWS)
  }

  /** Loads the key into `#wanted` and hashes it. */
  #hash(key: Uint8Array): number {
    if (key.length !== KEY_BYTES) throw new RangeError(`a key of ${key.length} bytes where ${KEY_BYTES} are needed`)
    const wanted = this.#wanted
    for (let index = 0; index < WORDS; index++) wanted[index] = word(key, 4 * index)
    return hashWords(this.#seedLow, this.#seedHigh, wanted)
  }

  /** The slot that holds the key in `#wanted`, or the empty slot where it would be put. */
  #slotOf(hash: number): number {
    const slots = this.#slots
    let slot = hash & this.#slotMask
    for (;;) {
      const entry = slots[2 * slot] ?? 0
      if (entry === 0) return slot
      if (slots[2 * slot + 1] === hash && this.#holdsWanted(entry - 1)) return slot
      slot = (slot + 1) & this.#slotMask
    }
  }

  #emptySlot(hash: number): number {
    let slot = hash & this.#slotMask
    while (this.#slots[2 * slot] !== 0) slot = (slot + 1) & this.#slotMask
    return slot
  }

  #holdsWanted(row: number): boolean {
    const base = row * WORDS
    for (let index = 0; index < WORDS; index++) if (this.#keys[base + index] !== this.#wanted[index]) return false
    return true
  }

  #takeRow(): number {
    let row = this.#firstFree
    if (row === NO_ROW) {
      row = this.#rowCount++
      if (row === this.#links.length) {
        this.#keys = doubled(this.#keys)
        this.#links = doubled(this.#links)
      }
    } else {
      this.#firstFree = this.#links[row] ?? NO_ROW
    }
    this.#links[row] = IN_USE
    return row
  }

  #growSlots(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(2 * old.length)
    this.#slotMask = 2 * this.#slotMask + 1
    for (let index = 0; index < old.length; index += 2) {
      const entry = old[index] ?? 0
      if (entry === 0) continue
      const hash = old[index + 1] ?? 0
      const slot = this.#emptySlot(hash)
      this.#slots[2 * slot] = entry
      this.#slots[2 * slot + 1] = hash
    }
  }

  /** Empties a slot and moves back each follower that a search would no longer reach (Knuth 6.4, algorithm R). */
  #closeGap(slot: number): void {
    const slots = this.#slots
    const mask = this.#slotMask
    let gap = slot
    let next = (gap + 1) & mask
    while (slots[2 * next] !== 0) {
      const home = (slots[2 * next + 1] ?? 0) & mask
      if (((next - home) & mask) >= ((next - gap) & mask)) {
        slots[2 * gap] = slots[2 * next] ?? 0
        slots[2 * gap + 1] = slots[2 * next + 1] ?? 0
        gap = next
      }
      next = (next + 1) & mask
    }
    slots[2 * gap] = 0
    slots[2 * gap + 1] = 0
  }
}

function doubled(column: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(2 * column.length)
  grown.set(column)
  return grown
}
