// The content of a file in memory: grows as it is written, and is copied only when one of those who share it changes it.

export class Content {
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
    if (offset + bytes.length > this.length) this.truncate(offset + bytes.length)
    this.#own()
    this.#bytes.set(bytes, offset)
  }

  truncate(length: number): void {
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length))
      grown.set(this.#bytes.subarray(0, this.length))
      this.#bytes = grown
      this.#shared = false
    }
    if (length < this.length) {
      this.#own()
      this.#bytes.fill(0, length, this.length)
    }
    this.length = length
  }

  /** Fills `target` from `offset` on, and tells how much there was. */
  read(offset: number, target: Uint8Array): number {
    const found = this.#bytes.subarray(Math.min(offset, this.length), Math.min(offset + target.length, this.length))
    target.set(found)
    return found.length
  }

  /** To look at, and to change. */
  view(): Uint8Array {
    this.#own()
    return this.#bytes.subarray(0, this.length)
  }

  #own(): void {
    if (!this.#shared) return
    this.#bytes = this.#bytes.slice()
    this.#shared = false
  }
}
