// One function measured by the `benchmark` package: it warms up, finds how many calls make a sample that its clock can tell,
// and takes samples until they agree. Contenders take turns, so that what disturbs the machine disturbs all of them.

import Benchmark from 'benchmark'
import { type Interval, medianInterval } from '../frame/bootstrap.js'
import { median } from '../frame/statistics.js'

export interface Measured {
  /** Seconds of one call: the median of all samples, and its interval (95 %). */
  readonly seconds: number
  readonly interval: Interval | undefined
  readonly samples: number
}

export interface MicroOptions {
  /** How often each contender has its turn, and seconds of each turn at most. */
  readonly turns: number
  readonly turnS: number
}

/** Measures each function; the results are in their order. Throws what one of them throws. */
export function measureInTurn(runs: readonly (() => unknown)[], { turns, turnS }: MicroOptions): Measured[] {
  const samples = runs.map((): number[] => [])
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, run] of runs.entries()) samples[index]?.push(...samplesOf(run, turnS))
  }
  return samples.map((seconds) => ({
    seconds: median(seconds),
    interval: medianInterval(seconds),
    samples: seconds.length,
  }))
}

function samplesOf(run: () => unknown, turnS: number): number[] {
  const benchmark = new Benchmark({ fn: run, maxTime: turnS, minSamples: 5 })
  benchmark.run({ async: false })
  if (benchmark.error !== undefined) throw benchmark.error
  return benchmark.stats.sample
}
