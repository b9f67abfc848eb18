// What we allow a neighbour to have outstanding with us (docs/protocol.md §10.8): what its link carries in about 200 ms and
// two of its round trips, measured as bytes delivered over the time in which there was something to deliver. And how much of the waiting answers
// is given to the link: little, so that what is decided late is decided here.

import {
  ALLOWANCE_US,
  GRANT_HOLD_US,
  INITIAL_ALLOWANCE_BYTES,
  LINK_QUEUE_US,
  MAX_ALLOWANCE_BYTES,
  MAX_GRANT_RTT_US,
  MAX_LINK_QUEUE_BYTES,
  MIN_ALLOWANCE_BYTES,
  MIN_LINK_QUEUE_BYTES,
  MIN_UPSTREAM_GRANT_BYTES,
} from './limits.js'

/** A sample is taken over at least this much, so that one late timer does not make a rate. */
const SAMPLE_BYTES = 65_536
const SAMPLE_US = 5_000

/** Weight of a new sample. */
const GAIN = 0.25

/** The link to one neighbour, as seen from the queue that feeds it. */
export class Egress {
  /** A round trip of the link when it came up; 0 where that is not known. */
  readonly rttUs: number
  #queuedBytes = 0
  #markUs = 0
  #sampleBytes = 0
  #sampleUs = 0
  #rate: number | undefined

  constructor(rttUs = 0) {
    this.rttUs = Math.min(rttUs, MAX_GRANT_RTT_US)
  }

  /** Bytes given to the link and not yet delivered by it. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Bytes a second, or undefined before the first sample. */
  get bytesPerSecond(): number | undefined {
    return this.#rate
  }

  /** Whether the link should get another answer now. */
  get hasRoom(): boolean {
    return this.#queuedBytes < this.#queueLimit()
  }

  /** Whether the link should get a small frame now, which overtakes answers. */
  get hasRoomForControl(): boolean {
    return this.#queuedBytes < 2 * this.#queueLimit()
  }

  handleSent(nowUs: number, bytes: number): void {
    if (this.#queuedBytes === 0) this.#markUs = nowUs
    this.#queuedBytes += bytes
  }

  handleDrained(nowUs: number, bytes: number): void {
    if (this.#queuedBytes === 0) return
    this.#sampleBytes += Math.min(bytes, this.#queuedBytes)
    this.#sampleUs += nowUs - this.#markUs
    this.#markUs = nowUs
    this.#queuedBytes = Math.max(0, this.#queuedBytes - bytes)
    if (this.#sampleBytes < SAMPLE_BYTES) return
    if (this.#sampleUs < SAMPLE_US) {
      this.#handleUnfilled()
      return
    }
    const sample = (this.#sampleBytes * 1_000_000) / this.#sampleUs
    this.#rate = this.#rate === undefined ? sample : this.#rate + GAIN * (sample - this.#rate)
    this.#sampleBytes = 0
    this.#sampleUs = 0
  }

  /** So much went in less time than a sample takes: what the link carried while TCP was still beginning is no bound any more. */
  #handleUnfilled(): void {
    const least = (this.#sampleBytes * 1_000_000) / SAMPLE_US
    if (this.#rate !== undefined && this.#rate < least) this.#rate = least
  }

  /** What the link itself says it has queued, against drift. */
  handleQueue(nowUs: number, queuedBytes: number): void {
    if (this.#queuedBytes === 0) this.#markUs = nowUs
    this.#queuedBytes = Math.max(0, queuedBytes)
  }

  #queueLimit(): number {
    const worth = ((this.#rate ?? 0) * LINK_QUEUE_US) / 1_000_000
    return Math.min(Math.max(worth, MIN_LINK_QUEUE_BYTES), MAX_LINK_QUEUE_BYTES)
  }
}

/** What one neighbour was told. */
export class Grant {
  #current = INITIAL_ALLOWANCE_BYTES
  #previous = INITIAL_ALLOWANCE_BYTES
  #sinceUs = 0

  /** What is held against the neighbour: the larger of the last two, because a smaller one counts after a round trip. */
  get acceptedBytes(): number {
    return Math.max(this.#current, this.#previous)
  }

  /**
   * What to tell it now. `share`: 1, or less after blame. `upstreamBytes`: its part of what we may ask ourselves, when
   * its questions wait for that.
   */
  tell(nowUs: number, egress: Egress, share: number, upstreamBytes: number | undefined): number {
    if (nowUs - this.#sinceUs < Math.max(GRANT_HOLD_US, egress.rttUs + GRANT_HOLD_US / 2)) return this.#current
    const rate = egress.bytesPerSecond
    // One round trip keeps the link busy; with another one TCP’s window may double in each, as in its slow start.
    const allowanceUs = ALLOWANCE_US + 2 * egress.rttUs
    const worth = rate === undefined ? INITIAL_ALLOWANCE_BYTES : (rate * allowanceUs) / 1_000_000
    const upstream =
      upstreamBytes === undefined ? MAX_ALLOWANCE_BYTES : Math.max(upstreamBytes, MIN_UPSTREAM_GRANT_BYTES)
    const lesser = Math.min(worth * share, upstream, MAX_ALLOWANCE_BYTES)
    this.#previous = this.#current
    this.#current = Math.floor(Math.max(lesser, MIN_ALLOWANCE_BYTES))
    this.#sinceUs = nowUs
    return this.#current
  }
}
