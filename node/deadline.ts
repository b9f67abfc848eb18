// One timer that wakes its owner at the earliest instant it asked for. Machines say when they want to be called; this is
// the only place where that becomes a timer.

export class Deadline {
  readonly #wake: () => void
  #timer: NodeJS.Timeout | undefined
  #atUs = Number.POSITIVE_INFINITY

  constructor(wake: () => void) {
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
    const delayMs = Math.min(Math.max(0, Math.ceil((atUs - nowUs) / 1000)), 0x7fffffff)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#atUs = Number.POSITIVE_INFINITY
      this.#wake()
    }, delayMs)
  }

  clear(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#timer = undefined
    this.#atUs = Number.POSITIVE_INFINITY
  }
}
