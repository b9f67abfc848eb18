// Reads big-endian fields from bytes that nobody has checked. It never throws and never allocates from a claimed size:
// after the first failure every read gives 0 or an empty array, and `end()` says what went wrong first.

import type { Reason } from './reason.js'

const EMPTY = new Uint8Array(0)

/** A cursor over borrowed bytes; what `take` and `lp…` give are views, valid as long as those bytes are not changed. */
export class Reader {
  readonly #bytes: Uint8Array
  #offset = 0
  #failed: Reason | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The first failure, or undefined while all went well. */
  get failed(): Reason | undefined {
    return this.#failed
  }

  /** How many bytes were read. It stands still after a failure. */
  get offset(): number {
    return this.#offset
  }

  /** How many bytes are left; 0 after a failure, so that `while (reader.remaining > 0)` always ends. */
  get remaining(): number {
    return this.#failed === undefined ? this.#bytes.length - this.#offset : 0
  }

  /** Records a refusal that the caller found; the first one stays. */
  fail(reason: Reason): void {
    this.#failed ??= reason
  }

  u8(): number {
    return this.#uint(1)
  }

  u16(): number {
    return this.#uint(2)
  }

  u24(): number {
    return this.#uint(3)
  }

  u32(): number {
    return this.#uint(4)
  }

  /** An unsigned 64-bit number; above 2^53 − 1 it fails with 'too-large'. */
  u64(): number {
    if (this.remaining < 8) {
      this.fail('too-short')
      return 0
    }
    const high = this.#uint(4)
    const low = this.#uint(4)
    if (high > 0x1fffff) {
      this.fail('too-large')
      return 0
    }
    return high * 0x1_0000_0000 + low
  }

  /** The next `length` bytes as a view; empty after a failure. `length` may be a claim of the peer. */
  take(length: number): Uint8Array {
    if (this.#failed !== undefined) return EMPTY
    if (!(length >= 0 && length <= this.#bytes.length - this.#offset)) {
      this.#failed = 'too-short'
      return EMPTY
    }
    const start = this.#offset
    this.#offset = start + length
    return this.#bytes.subarray(start, this.#offset)
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.take(this.remaining)
  }

  /** Bytes after an 8-bit length; more than `max` fails with 'too-long'. */
  lp8(max = 0xff): Uint8Array {
    return this.#prefixed(this.u8(), max)
  }

  /** Bytes after a 16-bit length; more than `max` fails with 'too-long'. */
  lp16(max = 0xffff): Uint8Array {
    return this.#prefixed(this.u16(), max)
  }

  /** To be called last: the first failure, or 'trailing' when bytes are left, or undefined when all was well. */
  end(): Reason | undefined {
    if (this.#failed === undefined && this.#offset < this.#bytes.length) this.#failed = 'trailing'
    return this.#failed
  }

  #prefixed(length: number, max: number): Uint8Array {
    if (length > max) this.fail('too-long')
    return this.take(length)
  }

  #uint(size: number): number {
    if (this.#failed !== undefined) return 0
    const start = this.#offset
    if (start + size > this.#bytes.length) {
      this.#failed = 'too-short'
      return 0
    }
    let value = 0
    for (let index = start; index < start + size; index++) value = (value << 8) | (this.#bytes[index] ?? 0)
    this.#offset = start + size
    // From the 32nd bit on a shift gives a negative number.
    return value >>> 0
  }
}
