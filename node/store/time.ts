// Time, as an interface: what waits or looks at a clock is given one, so that a test can let a day pass in an instant.

/** Monotonic microseconds for deadlines, wall milliseconds for signed times; as the machines of stack/ take it. */
export interface Clock {
  readonly nowUs: number
  readonly nowMs: number
}

/** A call that is due. */
export interface Timer {
  /** It will not be made. Harmless when it was. */
  cancel(): void
}

export interface Time {
  now(): Clock
  /** Makes a call once, `delayMs` from now or a little later. */
  after(delayMs: number, call: () => void): Timer
  /** Resolves when everything else that is due has had its turn. */
  turn(): Promise<void>
}

/** The clock and the timers of this machine. */
export const systemTime: Time = {
  now: () => ({ nowUs: Math.trunc(performance.now() * 1000), nowMs: Date.now() }),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}
