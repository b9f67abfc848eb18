// The two clocks of a node, read in one place: monotonic microseconds for deadlines, wall milliseconds for signed times.

/** The time as the machines of stack/ are given it. */
export interface Clock {
  readonly nowUs: number
  readonly nowMs: number
}

export function readClock(): Clock {
  return { nowUs: Math.trunc(performance.now() * 1000), nowMs: Date.now() }
}
