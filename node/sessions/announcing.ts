// Says to the upstreams where this device is, signed by it, and anew before that is out of date, or when the clock by which
// it was signed has been set: nobody looks for a device whose word is from yesterday or from tomorrow.

import type { Time, Timer } from '../outside.js'
import { announcedMs, clockLookMs, clockSetMs } from './limits.js'

export class Announcing {
  readonly #time: Time
  readonly #announce: (untilMs: number) => void
  #timer: Timer | undefined
  /** When it was signed last, by both clocks. */
  #signedMs = 0
  #signedUs = 0

  /** `announce` signs that this device wants to be found until then. */
  constructor(time: Time, announce: (untilMs: number) => void) {
    this.#time = time
    this.#announce = announce
  }

  start(): void {
    const { nowMs, nowUs } = this.#time.now()
    this.#signedMs = nowMs
    this.#signedUs = nowUs
    this.#announce(nowMs + announcedMs)
    this.#look()
  }

  close(): void {
    this.#timer?.cancel()
  }

  #look(): void {
    this.#timer = this.#time.after(clockLookMs, () => {
      const { nowMs, nowUs } = this.#time.now()
      const passedMs = (nowUs - this.#signedUs) / 1_000
      const isSet = Math.abs(nowMs - this.#signedMs - passedMs) > clockSetMs
      if (isSet || passedMs >= announcedMs / 2) this.start()
      else this.#look()
    })
  }
}
