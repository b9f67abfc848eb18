// When a device is to be dialled: at once where a packet waits, again after growing pauses, and never twice at a time.

import { DIAL_PAUSES_US } from './limits.js'

export class Dialling {
  #isUnderWay = false
  #tries = 0
  #dueUs = Number.POSITIVE_INFINITY
  #soonestUs = Number.NEGATIVE_INFINITY

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /** A packet waits for it. */
  wish(nowUs: number): void {
    if (!this.#isUnderWay) this.#dueUs = Math.min(this.#dueUs, Math.max(nowUs, this.#soonestUs))
  }

  /** It is to be tried again after a pause. */
  again(nowUs: number): void {
    if (!this.#isUnderWay) this.#dueUs = Math.min(this.#dueUs, nowUs + this.#pauseUs)
  }

  /** Whether to dial now. */
  poll(nowUs: number): boolean {
    if (this.#isUnderWay || nowUs < this.#dueUs) return false
    this.#isUnderWay = true
    this.#dueUs = Number.POSITIVE_INFINITY
    this.#soonestUs = nowUs + (DIAL_PAUSES_US[0] ?? 0)
    return true
  }

  /** It came to nothing. Whether that was asked. */
  handleFailed(): boolean {
    const was = this.#isUnderWay
    this.#isUnderWay = false
    this.#tries++
    return was
  }

  /** It came through, or the other side's did. */
  handleUp(isOurs: boolean): void {
    if (isOurs) this.#isUnderWay = false
    this.#tries = 0
    this.#dueUs = Number.POSITIVE_INFINITY
  }

  pollTimeout(): number {
    return this.#isUnderWay ? Number.POSITIVE_INFINITY : this.#dueUs
  }

  get #pauseUs(): number {
    return DIAL_PAUSES_US[Math.min(this.#tries, DIAL_PAUSES_US.length - 1)] ?? 0
  }
}
