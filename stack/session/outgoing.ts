// What this side writes: bytes by position, kept until the other side has them, and sent again from where it says after a
// change of channels. END stands behind the last byte and takes one position.

import type { Reason } from '../bytes/index.js'
import { FIRST_ROOM_BYTES, PART_COST_BYTES } from './limits.js'

export class Outgoing {
  /** Parts that are not acknowledged yet, and the position of the first one's first byte. */
  #parts: Uint8Array[] = []
  #firstPosition = 0
  #acknowledged = 0
  #written = 0
  #sent = 0
  /** The most that was ever sent: what the other side has cannot be more. */
  #furthest = 0
  /** The position before which bytes may be sent. */
  #limit = FIRST_ROOM_BYTES
  #ended = false
  /** Where in the parts the next byte to send stands: a part, and an offset in it. */
  #part = 0
  #offset = 0

  /** Bytes that are not acknowledged. */
  get waitingBytes(): number {
    return this.#written - Math.min(this.#acknowledged, this.#written)
  }

  /** What of that it takes in memory: a small part costs more than its bytes. */
  get heldBytes(): number {
    return this.waitingBytes + this.#parts.length * PART_COST_BYTES
  }

  /** Whether END was written. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether the other side has everything, END included. */
  get done(): boolean {
    return this.#ended && this.#acknowledged === this.#written + 1
  }

  /** Whether END is what comes next. */
  get endIsNext(): boolean {
    return this.#ended && this.#sent === this.#written
  }

  /** Bytes that may be sent now. */
  get sendable(): number {
    return Math.max(0, Math.min(this.#written, this.#limit) - this.#sent)
  }

  /** Behind what was written before. The bytes are not changed any more. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#parts.push(bytes)
    this.#written += bytes.length
  }

  end(): void {
    this.#ended = true
  }

  /** Fills `into` with the next bytes; it has at most `sendable`. They count as sent. */
  take(into: Uint8Array): void {
    let filled = 0
    while (filled < into.length) {
      const part = this.#parts[this.#part]
      if (part === undefined) throw new RangeError('more bytes than were written')
      const piece = part.subarray(this.#offset, this.#offset + into.length - filled)
      into.set(piece, filled)
      filled += piece.length
      this.#offset += piece.length
      if (this.#offset < part.length) break
      this.#part++
      this.#offset = 0
    }
    this.#sent += into.length
    this.#furthest = Math.max(this.#furthest, this.#sent)
    if (this.#sent <= this.#acknowledged) this.#release()
  }

  handleEndSent(): void {
    this.#sent = this.#written + 1
    this.#furthest = this.#sent
  }

  /** The other side has everything before `received`, and takes `room` bytes behind it. */
  handleAck(received: number, room: number): Reason | undefined {
    if (received > this.#furthest) return 'bad-range'
    this.#limit = Math.max(this.#limit, received + room)
    if (received > this.#acknowledged) {
      this.#acknowledged = received
      this.#release()
    }
    return undefined
  }

  /** On another channel: everything from `received` on is sent again. */
  rewind(received: number): Reason | undefined {
    // Positions that were sent over the last channel may have come and not been acknowledged.
    if (received < this.#acknowledged || received > this.#furthest) return 'bad-range'
    this.#sent = received
    this.#acknowledged = received
    this.#limit = Math.max(this.#limit, received)
    this.#release()
    // What is left begins with the part in which `received` stands.
    this.#part = 0
    this.#offset = Math.min(received, this.#written) - this.#firstPosition
    return undefined
  }

  /**
   * Lets go of what the other side has and is not sent again. What came over the last channel is acknowledged while it is
   * sent a second time, and the other side counts on all of that: so it is kept until it is sent.
   */
  #release(): void {
    const before = Math.min(this.#acknowledged, this.#sent)
    let gone = 0
    for (const part of this.#parts) {
      if (this.#firstPosition + part.length > before) break
      this.#firstPosition += part.length
      gone++
    }
    this.#parts.splice(0, gone)
    this.#part -= gone
  }
}
