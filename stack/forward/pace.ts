// How often somebody may have something done: so many at once, and so many a second after that.

export interface Pace {
  readonly most: number
  readonly perSecond: number
  /** How many may be had now, when that was counted last, µs. */
  left: number
  countedUs: number
}

export function newPace(most: number, perSecond: number): Pace {
  return { most, perSecond, left: most, countedUs: 0 }
}

/** Whether one more may be had now; then it counts. */
export function takeOne(pace: Pace, nowUs: number): boolean {
  const earned = ((nowUs - pace.countedUs) * pace.perSecond) / 1_000_000
  pace.left = Math.min(pace.most, pace.left + earned)
  pace.countedUs = nowUs
  if (pace.left < 1) return false
  pace.left--
  return true
}
