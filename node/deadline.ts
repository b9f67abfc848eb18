// One timer that wakes its owner at the earliest instant it asked for. Machines say when they want to be called; this is
// the only place where that becomes a timer.

import type { Time, Timer } from './outside.js'

const longestDelayMs = 0x7fffffff

export class Deadline {
  readonly #time: Time
  readonly #wake: () => void
  #timer: Timer | undefined
  #atUs = Number.POSITIVE_INFINITY

  constructor(time: Time, wake: () => void) {
    this.#time = time
    this.#wake = wake
  }

  /** Asks to be woken at `atUs` (undefined: not at all), in place of what was asked before. */
  set(nowUs: number, atUs: number | undefined): void {
    if (atUs === undefined) {
      this.clear()
      return
    }
    // A timer that fires a little early finds nothing due and sets itself again: cheaper than moving it for every frame.
    if (this.#timer !== undefined && this.#atUs <= atUs) return
    this.clear()
    this.#atUs = atUs
    const delayMs = Math.min(Math.max(0, Math.ceil((atUs - nowUs) / 1000)), longestDelayMs)
    this.#timer = this.#time.after(delayMs, () => {
      this.#timer = undefined
      this.#atUs = Number.POSITIVE_INFINITY
      this.#wake()
    })
  }

  clear(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#atUs = Number.POSITIVE_INFINITY
  }
}
