// Cuts a file into parts where its content says so (FastCDC 2020, docs/protocol.md §16), so that a change moves the cuts
// near it and no others. The cuts are those of the Rust crate `fastcdc` 3.x, and the same however the bytes are pushed.

import { concat } from '../bytes/index.js'
import type { Crypto, GearBits, GearScanner } from '../crypto/index.js'
import { gearTable, halves } from './gear.js'

/** Where parts may end: lengths in bytes, and which bits of the rolling hash must be zero. */
export interface CutRule {
  readonly minimumBytes: number
  readonly averageBytes: number
  /** At most 61,439, so that a part fits a chunk. */
  readonly maximumBytes: number
  /** Up to the average: more bits, so that few parts are shorter. */
  readonly strictMask: GearBits
  /** From the average on: fewer bits, so that few parts are much longer. */
  readonly looseMask: GearBits
}

/** The rule of files. Normalization level 1 about 2^15 bytes: the crate's masks for 2^16 and 2^14. */
export const fileCutRule: CutRule = {
  minimumBytes: 8192,
  averageBytes: 32_768,
  maximumBytes: 57_344,
  strictMask: halves('0000d90303537000'),
  looseMask: halves('0000d90313530000'),
}

const PUBLIC_SEED = new Uint8Array(8)

/**
 * A cutter for one file. `scopeKey` is the files' scope key of an unlisted stream, so that the lengths of parts confirm
 * nothing; undefined for public, so that equal files are cut alike everywhere.
 */
export function createCutter(crypto: Crypto, scopeKey: Uint8Array | undefined, rule = fileCutRule): Cutter {
  const seed = scopeKey === undefined ? PUBLIC_SEED : crypto.deriveKey('runnel v1 cut', scopeKey).subarray(0, 8)
  return new Cutter(crypto.gearScanner(gearTable(seed)), rule)
}

/** Takes bytes in pieces of any size and gives parts, borrowed like them: each is used or copied before the next piece. */
export class Cutter {
  readonly #scanner: GearScanner
  readonly #rule: CutRule
  /** The beginning of the part that is not cut yet. */
  readonly #held: Uint8Array
  #heldBytes = 0
  /** How many bytes of that part have gone through the scanner or were skipped. */
  #scanned = 0

  /** `scanner` is the cutter's own from now on. */
  constructor(scanner: GearScanner, rule: CutRule) {
    this.#scanner = scanner
    this.#rule = rule
    this.#held = new Uint8Array(rule.maximumBytes)
  }

  /** The parts that these bytes complete: views of `bytes`, but for the first, which may have begun before. */
  push(bytes: Uint8Array): Uint8Array[] {
    const parts: Uint8Array[] = []
    const maximum = this.#rule.maximumBytes
    let start = 0
    for (;;) {
      const available = Math.min(this.#heldBytes + bytes.length - start, maximum)
      let length = this.#scan(bytes, start - this.#heldBytes, available)
      if (length < 0) {
        if (available < maximum) break
        length = maximum
      }
      const ofHeld = Math.min(this.#heldBytes, length)
      const ofBytes = bytes.subarray(start, start + length - ofHeld)
      parts.push(ofHeld === 0 ? ofBytes : concat(this.#held.subarray(0, ofHeld), ofBytes))
      start += length - ofHeld
      this.#held.copyWithin(0, ofHeld, this.#heldBytes)
      this.#heldBytes -= ofHeld
      this.#beginPart()
    }
    this.#held.set(start === 0 ? bytes : bytes.subarray(start), this.#heldBytes)
    this.#heldBytes += bytes.length - start
    return parts
  }

  /** The last part, if there is one. Afterwards the cutter is as new. */
  end(): Uint8Array[] {
    const parts = this.#heldBytes === 0 ? [] : [new Uint8Array(this.#held.subarray(0, this.#heldBytes))]
    this.#heldBytes = 0
    this.#beginPart()
    return parts
  }

  #beginPart(): void {
    this.#scanned = 0
    this.#scanner.reset()
  }

  /**
   * The length of the part that ends within its first `available` bytes, or −1. They lie in `held`, and then in `bytes`,
   * where the part would begin at `base`. Bytes are looked at in pairs, as the paper rolls them: of an odd number the
   * last one waits for its fellow.
   */
  #scan(bytes: Uint8Array, base: number, available: number): number {
    const { minimumBytes, averageBytes, strictMask, looseMask } = this.#rule
    const end = available & ~1
    const middle = Math.min(averageBytes & ~1, end)
    this.#scanned = Math.max(this.#scanned, minimumBytes & ~1)
    let length = this.#scanBoth(bytes, base, middle, strictMask)
    if (length < 0) length = this.#scanBoth(bytes, base, end, looseMask)
    return length
  }

  #scanBoth(bytes: Uint8Array, base: number, end: number, mask: GearBits): number {
    const length = this.#scanOne(this.#held, 0, Math.min(end, this.#heldBytes), mask)
    return length < 0 ? this.#scanOne(bytes, base, end, mask) : length
  }

  /** Position `index` of the part is `bytes[base + index]`. */
  #scanOne(bytes: Uint8Array, base: number, end: number, mask: GearBits): number {
    if (end <= this.#scanned) return -1
    const found = this.#scanner.scan(bytes, base + this.#scanned, base + end, mask)
    this.#scanned = end
    return found < 0 ? -1 : found - base
  }
}
