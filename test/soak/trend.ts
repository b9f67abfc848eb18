// Whether numbers grow: by how much the median of their last third is above that of their first, and how steeply a straight
// line through all of them rises. Medians are not moved by one sample that was taken at a bad moment.

export interface Sample {
  readonly atMs: number
  readonly value: number
}

export interface Trend {
  readonly first: number
  readonly last: number
  readonly growth: number
  /** By least squares. */
  readonly perMinute: number
}

/** Of at least three samples in order. */
export function trendOf(samples: readonly Sample[]): Trend {
  const third = Math.floor(samples.length / 3)
  if (third === 0) throw new RangeError(`a trend of ${samples.length} samples`)
  const of = (part: readonly Sample[]): number => median(part.map(({ value }) => value))
  const [first, last] = [of(samples.slice(0, third)), of(samples.slice(-third))]
  return { first, last, growth: last - first, perMinute: slope(samples) * 60_000 }
}

/** Of the straight line with the least squares, per millisecond; 0 where all were taken at the same time. */
function slope(samples: readonly Sample[]): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length
  const [middle, level] = [mean(samples.map(({ atMs }) => atMs)), mean(samples.map(({ value }) => value))]
  let [above, below] = [0, 0]
  for (const { atMs, value } of samples) {
    above += (atMs - middle) * (value - level)
    below += (atMs - middle) ** 2
  }
  return below === 0 ? 0 : above / below
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return (low + high) / 2
}
