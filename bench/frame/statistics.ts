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

/** How many times the usual distance from the median an outlier is away (Iglewicz and Hoaglin 1993), and the least share of it. */
const outlierDistance = 3.5
const outlierShare = 0.05

/** Median distance from the median by standard deviation, where the distances are normal. */
const madOfDeviation = 0.6745

/** Fewer runs have no middle to be far from. */
const outlierRunsLeast = 5

/** Those that lie far from the others, in their order: shown, and never left out. */
export function outliersOf(numbers: readonly number[]): number[] {
  if (numbers.length < outlierRunsLeast) return []
  const { median: middle, mad } = summarize(numbers)
  const limit = Math.max((outlierDistance * mad) / madOfDeviation, outlierShare * Math.abs(middle))
  return numbers.filter((number) => Math.abs(number - middle) > limit)
}

/** The smallest number that `share` (0 to 1) of all are not above. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
