// How often a value was how large, in fixed buckets: what Prometheus makes quantiles of, over any time and many nodes.

/** A histogram as it was at one moment. */
export interface HistogramValue {
  /** Upper bounds and how many values were not above them; the last bound is infinite. */
  readonly buckets: readonly (readonly [bound: number, count: number])[]
  readonly sum: number
  readonly count: number
}

export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  /** `bounds` ascend; the infinite one is added. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    let index = 0
    while (index < this.#bounds.length && value > (this.#bounds[index] ?? 0)) index += 1
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#sum += value
  }

  value(): HistogramValue {
    let count = 0
    const buckets = this.#counts.map((more, index): [number, number] => {
      count += more
      return [this.#bounds[index] ?? Number.POSITIVE_INFINITY, count]
    })
    return { buckets, sum: this.#sum, count }
  }
}

/** Upper bounds of a time that is told in seconds: three a decade. */
export function secondsBounds(least: number, most: number): number[] {
  const bounds: number[] = []
  for (let decade = Math.floor(Math.log10(least)); decade <= Math.log10(most); decade += 1) {
    for (const step of [1, 2.5, 5]) {
      // Written and read again: 0.25 and not 0.25000000000000006.
      const bound = Number(`${step}e${decade}`)
      if (bound >= least && bound <= most) bounds.push(bound)
    }
  }
  return bounds
}
