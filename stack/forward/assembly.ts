// Joins the pieces of one answer. Memory grows with what has come, never with what was claimed, and a piece that stands
// anywhere but behind the one before it is refused.

/** The payload so far of an answer whose length was claimed. */
export class Assembly {
  readonly totalBytes: number
  #buffer: Uint8Array
  #length = 0

  /** `first` is the first piece; it is copied. */
  constructor(totalBytes: number, first: Uint8Array) {
    this.totalBytes = totalBytes
    this.#buffer = new Uint8Array(Math.min(totalBytes, 2 * first.length))
    this.#append(first)
  }

  /** Adds the piece at `offset`: the whole payload when this was the last, 'more', or 'refused' for a gap or another total. */
  add(totalBytes: number, offset: number, piece: Uint8Array): Uint8Array | 'more' | 'refused' {
    if (totalBytes !== this.totalBytes || offset !== this.#length) return 'refused'
    if (offset + piece.length > this.totalBytes) return 'refused'
    this.#append(piece)
    return this.#length === this.totalBytes ? this.#buffer.subarray(0, this.#length) : 'more'
  }

  #append(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.min(this.totalBytes, Math.max(length, 2 * this.#buffer.length)))
      grown.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = grown
    }
    this.#buffer.set(piece, this.#length)
    this.#length = length
  }
}
