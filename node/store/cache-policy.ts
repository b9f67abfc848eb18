// Which chunk leaves a full cache: S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction",
// SOSP 2023). A new chunk goes through a small queue, a tenth of the bytes; only one that was used there enters
// the main queue, where use gives it further rounds. So what is read once, however much, never displaces what is
// read again. A chunk that comes back soon after it left goes to the main queue at once.
// Pure: rows are numbers that the owner gives out, and gives again only after `gone`.

import { Ghost } from './ghost.js'
import { RowLinks, RowList } from './row-lists.js'

/** Share of the capacity that the small queue may take before it gives way. From the paper; 5 to 20 % do about as well. */
const SMALL_SHARE = 0.1
const FREQUENCY_MAX = 3

/**
 * Uses in the small queue that bring a chunk to the main one. The paper takes two. With one the hit rate of a Zipf load is the
 * same, and when half of all requests are a scan of cold chunks it falls by 2 to 4 points instead of 8.
 */
const USES_TO_STAY = 1

const IN_MAIN = 0x80
const FREQUENCY = 0x7f

export class CachePolicy {
  /** Bytes that may stay. What is above leaves by `evict`. */
  capacityBytes: number
  readonly #small: RowList
  readonly #main: RowList
  readonly #ghost = new Ghost()
  #smallBytes = 0
  #mainBytes = 0
  #states = new Uint8Array(64)
  #lengths = new Uint16Array(64)
  #fingerprints = new Uint32Array(64)

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes
    const links = new RowLinks()
    this.#small = new RowList(links)
    this.#main = new RowList(links)
  }

  get bytes(): number {
    return this.#smallBytes + this.#mainBytes
  }

  /** A new chunk of at most 65,535 bytes. `fingerprint`: 32 bits of its name. One that is `proven` already skips the small queue. */
  added(row: number, bytes: number, fingerprint: number, proven = false): void {
    this.#reserve(row)
    this.#lengths[row] = bytes
    this.#fingerprints[row] = fingerprint
    // The paper's ghost remembers as many as the main queue holds.
    const back = this.#ghost.take(fingerprint, this.#main.size)
    if (proven || back) this.#enterMain(row)
    else this.#enterSmall(row)
  }

  /** Somebody read it. */
  used(row: number): void {
    const state = this.#states[row] ?? 0
    if ((state & FREQUENCY) < FREQUENCY_MAX) this.#states[row] = state + 1
  }

  /** Whether it has been used since it came, or has a place in the main queue. */
  isProven(row: number): boolean {
    return (this.#states[row] ?? 0) !== 0
  }

  /** The fingerprints of those that are proven. */
  *proven(): Generator<number, void, undefined> {
    for (const list of [this.#small, this.#main]) {
      for (const row of list.rows()) if (this.isProven(row)) yield this.#fingerprints[row] ?? 0
    }
  }

  /** It is not there any more, for whatever reason, eviction too. */
  gone(row: number): void {
    const bytes = this.#lengths[row] ?? 0
    if (((this.#states[row] ?? 0) & IN_MAIN) !== 0) {
      this.#main.remove(row)
      this.#mainBytes -= bytes
    } else {
      this.#small.remove(row)
      this.#smallBytes -= bytes
    }
  }

  /** The row that has to go next, or −1 while all fit. The owner removes it and calls `gone`. */
  evict(): number {
    while (this.bytes > this.capacityBytes) {
      const fromSmall = this.#smallBytes >= SMALL_SHARE * this.capacityBytes || this.#main.size === 0
      const row = fromSmall ? this.#fromSmall() : this.#fromMain()
      if (row >= 0) return row
    }
    return -1
  }

  #fromSmall(): number {
    const row = this.#small.first
    if (row < 0) return this.#fromMain()
    if (((this.#states[row] ?? 0) & FREQUENCY) >= USES_TO_STAY) {
      this.gone(row)
      this.#enterMain(row)
      return -1
    }
    this.#ghost.reserve(this.#main.size)
    this.#ghost.add(this.#fingerprints[row] ?? 0)
    return row
  }

  #fromMain(): number {
    const row = this.#main.first
    const state = this.#states[row] ?? 0
    if ((state & FREQUENCY) === 0) return row
    this.#main.remove(row)
    this.#main.push(row)
    this.#states[row] = state - 1
    return -1
  }

  #enterSmall(row: number): void {
    this.#small.push(row)
    this.#smallBytes += this.#lengths[row] ?? 0
    this.#states[row] = 0
  }

  #enterMain(row: number): void {
    this.#main.push(row)
    this.#mainBytes += this.#lengths[row] ?? 0
    this.#states[row] = IN_MAIN
  }

  #reserve(row: number): void {
    if (row < this.#states.length) return
    const length = Math.max(row + 1, 2 * this.#states.length)
    const states = new Uint8Array(length)
    const lengths = new Uint16Array(length)
    const fingerprints = new Uint32Array(length)
    states.set(this.#states)
    lengths.set(this.#lengths)
    fingerprints.set(this.#fingerprints)
    this.#states = states
    this.#lengths = lengths
    this.#fingerprints = fingerprints
  }
}
