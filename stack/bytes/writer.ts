// Writes big-endian fields, the counterpart of Reader. A value that does not fit its field is a programmer's error and
// throws RangeError: nothing is ever cut silently.

const MAX_SAFE = Number.MAX_SAFE_INTEGER

/** Appends fields to a buffer that grows, or to the caller's own buffer, which does not. */
export class Writer {
  #buffer: Uint8Array
  #length = 0
  readonly #fixed: boolean

  /** With a number: a buffer that grows from this capacity in bytes. With bytes: writes into them and never beyond. */
  constructor(target: number | Uint8Array = 256) {
    this.#fixed = typeof target !== 'number'
    this.#buffer = typeof target === 'number' ? new Uint8Array(target) : target
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    return this.#uint(value, 1, 0xff)
  }

  u16(value: number): this {
    return this.#uint(value, 2, 0xffff)
  }

  u24(value: number): this {
    return this.#uint(value, 3, 0xffffff)
  }

  u32(value: number): this {
    return this.#uint(value, 4, 0xffffffff)
  }

  /** An unsigned 64-bit number of at most 2^53 − 1. */
  u64(value: number): this {
    return this.#uint(value, 8, MAX_SAFE)
  }

  /** The bytes as they are. */
  put(bytes: Uint8Array): this {
    const start = this.#advance(bytes.length)
    this.#buffer.set(bytes, start)
    return this
  }

  /** `length` zero bytes. */
  zeros(length: number): this {
    const start = this.#advance(length)
    this.#buffer.fill(0, start, start + length)
    return this
  }

  /** An 8-bit length, then the bytes. */
  lp8(bytes: Uint8Array, max = 0xff): this {
    return this.#checkPrefixed(bytes, max).u8(bytes.length).put(bytes)
  }

  /** A 16-bit length, then the bytes. */
  lp16(bytes: Uint8Array, max = 0xffff): this {
    return this.#checkPrefixed(bytes, max).u16(bytes.length).put(bytes)
  }

  /** What was written: a copy of exactly its length, or a view where the buffer is the caller's own. */
  bytes(): Uint8Array {
    return this.#fixed ? this.#buffer.subarray(0, this.#length) : this.#buffer.slice(0, this.#length)
  }

  /** Begins again at the start of the same buffer. */
  reset(): this {
    this.#length = 0
    return this
  }

  #checkPrefixed(bytes: Uint8Array, max: number): this {
    if (bytes.length > max) throw new RangeError(`${bytes.length} bytes where at most ${max} are allowed`)
    return this
  }

  #uint(value: number, size: number, max: number): this {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new RangeError(`${value} is not an integer of 0 to ${max}`)
    }
    const start = this.#advance(size)
    // Both halves are integers of 32 bits, with which a processor computes several times faster.
    this.#low(value >>> 0, start + Math.max(0, size - 4), start + size)
    if (size > 4) this.#low(Math.floor(value / 0x1_0000_0000), start, start + size - 4)
    return this
  }

  /** Into the bytes from `start` to `end`, of which there are at most four. */
  #low(value: number, start: number, end: number): void {
    let rest = value
    for (let index = end - 1; index >= start; index--) {
      this.#buffer[index] = rest
      rest >>>= 8
    }
  }

  #advance(size: number): number {
    const start = this.#length
    const needed = start + size
    if (needed > this.#buffer.length) {
      if (this.#fixed) throw new RangeError(`${needed} bytes into a buffer of ${this.#buffer.length}`)
      const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length))
      grown.set(this.#buffer.subarray(0, start))
      this.#buffer = grown
    }
    this.#length = needed
    return start
  }
}
