// Reads an input as the choices of a run: each choice eats some bytes, and where there are none left it is 0. So every
// input is a run, and a small change of the input is a small change of the run.

export class Choices {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return Math.max(0, this.#bytes.length - this.#offset)
  }

  u8(): number {
    return this.#bytes[this.#offset++] ?? 0
  }

  u16(): number {
    return this.u8() * 256 + this.u8()
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16()
  }

  /** 0 to below `count`, which is at most 256. */
  below(count: number): number {
    return this.u8() % count
  }

  /** The next `length` bytes, or what is left of them; a copy. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(this.#offset, this.#offset + length)
    this.#offset += taken.length
    return taken
  }

  /** Bytes after an 8-bit length. */
  block8(): Uint8Array {
    return this.take(this.u8())
  }

  /** Bytes after a 16-bit length. */
  block16(): Uint8Array {
    return this.take(this.u16())
  }

  rest(): Uint8Array {
    return this.take(this.left)
  }
}

/** The other way: an input whose choices are these. Numbers are u8; bytes stand after their 16-bit length. */
export function choose(...choices: readonly (number | Uint8Array)[]): Uint8Array {
  const parts = choices.map((choice) =>
    typeof choice === 'number' ? [choice & 0xff] : [choice.length >> 8, choice.length & 0xff, ...choice],
  )
  return Uint8Array.from(parts.flat())
}
