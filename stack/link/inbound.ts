// Cuts the byte stream of a TCP connection into messages with a 16-bit length before them, in whatever slices it comes.
// A message that is whole in one slice is not copied; a byte of another is copied once. The memory held is two messages.

import type { Reason } from '../bytes/index.js'
import { LENGTH_BYTES } from './limits.js'

const NO_BYTES: Uint8Array = new Uint8Array(0)

/** Give it a slice, then poll until it answers undefined: only then has it let go of the slice. */
export class Inbound {
  #slice = NO_BYTES
  #offset = 0
  // The beginning of a message whose end has not come yet, with its length.
  #slab = NO_BYTES
  #held = 0
  // Of the last message that was put together, which whoever polled it may still read.
  #given = NO_BYTES

  /** Bytes of a message that is not whole. */
  get heldBytes(): number {
    return this.#held
  }

  /** Borrows a slice, and takes back what was polled of the one before, which has been polled to its end. */
  handleBytes(slice: Uint8Array): void {
    this.#slice = slice
    this.#offset = 0
  }

  /**
   * The next message without its length, or undefined when its end has not come. A view that may be written to, until the
   * next slice is given. A length outside `min` to `max` bytes is refused; what follows then means nothing.
   */
  pollMessage(min: number, max: number): Uint8Array | Reason | undefined {
    const left = this.#slice.length - this.#offset
    if (this.#held === 0 && left >= LENGTH_BYTES) {
      const length = lengthAt(this.#slice, this.#offset)
      const refusal = refusalOf(length, min, max)
      if (refusal !== undefined) return refusal
      const start = this.#offset + LENGTH_BYTES
      if (start + length <= this.#slice.length) {
        this.#offset = start + length
        return this.#slice.subarray(start, this.#offset)
      }
    }
    return this.#assemble(min, max)
  }

  #assemble(min: number, max: number): Uint8Array | Reason | undefined {
    if (!this.#fill(LENGTH_BYTES, max)) return undefined
    const length = lengthAt(this.#slab, 0)
    const refusal = refusalOf(length, min, max)
    if (refusal !== undefined) return refusal
    if (!this.#fill(LENGTH_BYTES + length, max)) return undefined
    this.#held = 0
    // No slice ends two messages that began before it, so two slabs are enough.
    const whole = this.#slab
    this.#slab = this.#given
    this.#given = whole
    return whole.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
  }

  /** Copies from the slice until `wanted` bytes are held; false when it ends before. */
  #fill(wanted: number, max: number): boolean {
    const taken = Math.min(wanted - this.#held, this.#slice.length - this.#offset)
    if (taken > 0) {
      this.#makeRoom(LENGTH_BYTES + max)
      this.#slab.set(this.#slice.subarray(this.#offset, this.#offset + taken), this.#held)
      this.#held += taken
      this.#offset += taken
    }
    if (this.#held >= wanted) return true
    this.#slice = NO_BYTES
    this.#offset = 0
    return false
  }

  /** One slab for the longest message; the handshake's is small, so a stranger's connection costs little. */
  #makeRoom(bytes: number): void {
    if (this.#slab.length >= bytes) return
    const slab = new Uint8Array(bytes)
    slab.set(this.#slab.subarray(0, this.#held))
    this.#slab = slab
  }
}

function lengthAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) * 256 + (bytes[offset + 1] ?? 0)
}

function refusalOf(length: number, min: number, max: number): Reason | undefined {
  if (length < min) return 'too-short'
  return length > max ? 'too-long' : undefined
}
