// Memory for large outputs that live for a moment, used again and again: for each that takes memory of its own, the engine
// has more work with that than there is with what it is for.

/** Says itself whether it is to be given back: a table of what is lent would cost the engine as much as it saves. */
class Room extends ArrayBuffer {
  lender: Rooms | undefined
}

export class Rooms {
  readonly #leastBytes: number
  readonly #roomBytes: number
  readonly #maxSpare: number
  readonly #spare: Room[] = []

  /** Rooms of `roomBytes`, for what has at least `leastBytes`; of those that nobody uses, `maxSpare` are kept. */
  constructor({ leastBytes, roomBytes, maxSpare }: { leastBytes: number; roomBytes: number; maxSpare: number }) {
    this.#leastBytes = leastBytes
    this.#roomBytes = roomBytes
    this.#maxSpare = maxSpare
  }

  /** So many bytes with any content, to be given back when nobody looks at them any more; undefined where none is needed. */
  take(bytes: number): Uint8Array | undefined {
    if (bytes < this.#leastBytes || bytes > this.#roomBytes) return undefined
    const room = this.#spare.pop() ?? new Room(this.#roomBytes)
    room.lender = this
    return new Uint8Array(room, 0, bytes)
  }

  /** Takes back what was taken, or a view of it. What was not taken here, or was given back before, is left alone. */
  giveBack({ buffer }: Uint8Array): void {
    if (!(buffer instanceof Room) || buffer.lender !== this) return
    buffer.lender = undefined
    if (this.#spare.length < this.#maxSpare) this.#spare.push(buffer)
  }
}
