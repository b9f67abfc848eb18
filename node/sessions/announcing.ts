// Says to the upstreams where this device is, signed by it, and anew before that is out of date.

import type { Time, Timer } from '../outside.js'
import { announcedMs } from './limits.js'

export class Announcing {
  readonly #time: Time
  readonly #announce: (untilMs: number) => void
  #timer: Timer | undefined

  /** `announce` signs that this device wants to be found until then. */
  constructor(time: Time, announce: (untilMs: number) => void) {
    this.#time = time
    this.#announce = announce
  }

  start(): void {
    this.#announce(this.#time.now().nowMs + announcedMs)
    this.#timer = this.#time.after(announcedMs / 2, () => this.start())
  }

  close(): void {
    this.#timer?.cancel()
  }
}
