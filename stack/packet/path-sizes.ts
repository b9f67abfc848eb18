// The largest datagram that a way bears, found out by probes as RFC 8899 has it: what is in use is asked for first, then the
// most that is not known to be too large, down to what was confirmed. What the network claims lowers it at once, and is
// doubted later; a way that has narrowed without saying so is found by what is not answered.

import {
  CONFIRM_SIZE_US,
  DATAGRAM_SIZES,
  DOUBT_SIZE_US,
  MAX_DATAGRAM_BYTES,
  MAX_SIZE_PROBES,
  MIN_DATAGRAM_BYTES,
  RAISE_SIZE_US,
} from './limits.js'

export class PathSizes {
  #usedBytes: number
  #confirmedBytes = 0
  #ceilingBytes = MAX_DATAGRAM_BYTES
  #losses = 0
  #isSearching = true
  #searchUs = 0
  #confirmUs = 0
  #doubtUs = DOUBT_SIZE_US

  /** `likelyBytes`: what is assumed until a probe tells. */
  constructor(likelyBytes: number) {
    this.#usedBytes = likelyBytes
  }

  /** Bytes of the largest datagram that is to be sent this way. */
  get datagramBytes(): number {
    return this.#usedBytes
  }

  /** The size that is to be probed now, if any. To be asked when no probe of a size is under way. */
  pollSize(nowUs: number): number | undefined {
    if (this.#confirmedBytes === this.#usedBytes && nowUs >= this.#confirmUs) this.#confirmedBytes = 0
    if (this.#confirmedBytes < this.#usedBytes) return this.#usedBytes
    if (!this.#isSearching) {
      if (nowUs < this.#searchUs) return undefined
      this.#isSearching = true
      this.#ceilingBytes = MAX_DATAGRAM_BYTES
    }
    if (this.#ceilingBytes > this.#usedBytes) return this.#ceilingBytes
    this.#stopSearching(nowUs + RAISE_SIZE_US)
    return undefined
  }

  /** When `pollSize` is to be asked again, at the latest. */
  pollTimeout(): number {
    if (this.#confirmedBytes < this.#usedBytes || this.#isSearching) return 0
    return Math.min(this.#confirmUs, this.#searchUs)
  }

  /** A datagram of this size has arrived. */
  handleArrived(nowUs: number, datagramBytes: number): void {
    if (datagramBytes < this.#usedBytes) return
    this.#usedBytes = datagramBytes
    this.#confirmedBytes = datagramBytes
    this.#confirmUs = nowUs + CONFIRM_SIZE_US
    this.#losses = 0
  }

  /** A datagram of this size has not arrived, while smaller ones did. */
  handleLost(datagramBytes: number): void {
    if (datagramBytes < this.#usedBytes || datagramBytes > this.#ceilingBytes) return
    this.#losses++
    if (this.#losses < MAX_SIZE_PROBES) return
    this.#losses = 0
    this.#ceilingBytes = DATAGRAM_SIZES.findLast((size) => size < datagramBytes) ?? MIN_DATAGRAM_BYTES
    if (datagramBytes === this.#usedBytes) this.#usedBytes = this.#ceilingBytes
  }

  /** This machine or the network says that no more than this passes. */
  handleTooBig(nowUs: number, datagramBytes: number): void {
    const mostBytes = Math.max(MIN_DATAGRAM_BYTES, Math.floor(datagramBytes))
    if (mostBytes >= this.#ceilingBytes) return
    this.#ceilingBytes = mostBytes
    this.#losses = 0
    if (mostBytes >= this.#usedBytes) return
    this.#usedBytes = mostBytes
    this.#confirmedBytes = 0
    this.#stopSearching(nowUs + this.#doubtUs)
    this.#doubtUs = Math.min(2 * this.#doubtUs, RAISE_SIZE_US)
  }

  #stopSearching(untilUs: number): void {
    this.#isSearching = false
    this.#searchUs = untilUs
  }
}
