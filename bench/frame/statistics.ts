// What is said of several runs: the median, because it stands one outlier in three, and how far they lie apart.

export interface Summary {
  readonly runs: number
  readonly median: number
  readonly min: number
  readonly max: number
  /** Median distance from the median. */
  readonly mad: number
}

/** Of at least one number. */
export function summarize(numbers: readonly number[]): Summary {
  if (numbers.length === 0) throw new RangeError('no runs to summarize')
  const middle = median(numbers)
  return {
    runs: numbers.length,
    median: middle,
    min: Math.min(...numbers),
    max: Math.max(...numbers),
    mad: median(numbers.map((number) => Math.abs(number - middle))),
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]]
  return (low + high) / 2
}

/** The smallest number that `share` (0 to 1) of all are not above. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
