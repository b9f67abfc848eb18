// The content of a file in memory: grows as it is written, and is copied only when one of those who share it changes it.
// Zeros behind the last byte that was written otherwise take no memory.

/** Room of a content that begins to grow. */
const FIRST_BYTES = 512

const ZEROS = new Uint8Array(262_144)

/** Bytes to keep: a copy, or a view of zeros that all share. */
export function keep(bytes: Uint8Array): Uint8Array {
  return isZeros(bytes) ? ZEROS.subarray(0, bytes.length) : bytes.slice()
}

export class Content {
  /** What is behind it, up to the length, is zeros. */
  #bytes = new Uint8Array(0)
  #shared = false
  length = 0

  /** The same content, of which neither sees what is done to the other. */
  fork(): Content {
    const fork = new Content()
    fork.#bytes = this.#bytes
    fork.length = this.length
    fork.#shared = true
    this.#shared = true
    return fork
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    this.length = Math.max(this.length, end)
    if (offset >= this.#bytes.length && isZeros(bytes)) return
    this.#own(end)
    this.#bytes.set(bytes, offset)
  }

  truncate(length: number): void {
    if (length < this.#bytes.length) {
      this.#own(length)
      this.#bytes.fill(0, length)
    }
    this.length = length
  }

  /** Fills `target` from `offset` on, and tells how much there was. */
  read(offset: number, target: Uint8Array): number {
    const end = Math.min(offset + target.length, this.length)
    if (end <= offset) return 0
    const found = this.#bytes.subarray(Math.min(offset, this.#bytes.length), Math.min(end, this.#bytes.length))
    target.set(found)
    target.fill(0, found.length, end - offset)
    return end - offset
  }

  /** To look at, and to change. */
  view(): Uint8Array {
    this.#own(this.length)
    return this.#bytes.subarray(0, this.length)
  }

  /** Memory of its own for so many bytes. */
  #own(bytes: number): void {
    const isRoomy = bytes <= this.#bytes.length
    if (!this.#shared && isRoomy) return
    const length = isRoomy ? this.#bytes.length : Math.max(bytes, 2 * this.#bytes.length, FIRST_BYTES)
    const own = new Uint8Array(length)
    own.set(this.#bytes)
    this.#bytes = own
    this.#shared = false
  }
}

function isZeros(bytes: Uint8Array): boolean {
  if (bytes.length > ZEROS.length) return bytes.every((byte) => byte === 0)
  // One comparison of memory, and only where the ends look like it.
  if (bytes[0] !== 0 || bytes.at(-1) !== 0) return bytes.length === 0
  return Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0
}
