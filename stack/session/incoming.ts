// What the other side writes: counted by position, acknowledged as it comes, and given room for as the program takes it. So
// a program that reads nothing holds back its peer, and keeps at most a window of its bytes.

import type { Reason } from '../bytes/index.js'
import { ACK_BYTES, FIRST_ROOM_BYTES } from './limits.js'

export class Incoming {
  readonly #maxWindow: number
  #window = FIRST_ROOM_BYTES
  #received = 0
  #taken = 0
  #ended = false
  /** What the other side was told: positions that came, and the one before which it may send. */
  #toldReceived = 0
  #toldLimit = FIRST_ROOM_BYTES
  /** Taken since the window grew. */
  #sinceGrown = 0
  /** Bytes that come a second time over another channel. */
  #skip = 0

  /** `maxWindowBytes`: how much may be given room for at most. */
  constructor(maxWindowBytes: number) {
    this.#maxWindow = Math.max(maxWindowBytes, FIRST_ROOM_BYTES)
  }

  /** Positions that came: bytes, and END. */
  get received(): number {
    return this.#received
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Bytes that the program has not taken. */
  get unreadBytes(): number {
    return this.#received - (this.#ended ? 1 : 0) - this.#taken
  }

  /** Whether something came that was not acknowledged. */
  get hasNews(): boolean {
    return this.#received > this.#toldReceived
  }

  /** Whether the other side should be told at once: it may be waiting, or END came. */
  get isUrgent(): boolean {
    const most = Math.min(ACK_BYTES, this.#window / 4)
    return (this.#ended && this.hasNews) || this.#limit - this.#toldLimit >= most
  }

  /** What is new of the bytes of a DATA. */
  handleData(bytes: Uint8Array): Uint8Array | Reason {
    const known = Math.min(this.#skip, bytes.length)
    this.#skip -= known
    const news = bytes.subarray(known)
    if (news.length === 0) return news
    if (this.#ended) return 'trailing'
    if (this.#received + news.length > this.#toldLimit) return 'too-many'
    this.#received += news.length
    return news
  }

  /** Whether END is new. */
  handleEnd(): boolean | Reason {
    if (this.#skip > 0) {
      this.#skip--
      return this.#skip === 0 && this.#ended ? false : 'bad-count'
    }
    if (this.#ended) return 'trailing'
    this.#ended = true
    this.#received++
    return true
  }

  /** The program has taken so many bytes. */
  handleTaken(bytes: number): void {
    this.#taken += bytes
    this.#sinceGrown += bytes
    // A whole window was taken, and little of it waits: if anything here holds the other side back it is the room.
    if (this.#sinceGrown < this.#window || 2 * this.unreadBytes > this.#window) return
    this.#window = Math.min(2 * this.#window, this.#maxWindow)
    this.#sinceGrown = 0
  }

  /** What to tell the other side now. */
  tell(): { readonly received: number; readonly room: number } {
    this.#toldReceived = this.#received
    this.#toldLimit = Math.max(this.#toldLimit, this.#limit)
    return { received: this.#received, room: Math.max(0, this.#toldLimit - this.#received) }
  }

  /** On another channel, over which the other side begins at `promised`. */
  handleMoved(promised: number): void {
    this.#skip = this.#received - promised
    this.#toldReceived = promised
  }

  get #limit(): number {
    return this.#taken + this.#window
  }
}
