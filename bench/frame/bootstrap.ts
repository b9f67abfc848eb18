// How sure a median is, and how sure the ratio of two: percentile bootstrap intervals (Efron 1979), drawn from a seed, so that
// the same runs always have the same interval. Few runs say less than their own spread: the interval is widened as Student's
// distribution is wider than the normal one (Hesterberg, "What teachers should know about the bootstrap", 2015, section 3.3).

import { Random } from '../../test/simulator/random.js'
import { median } from './statistics.js'

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface Ratio extends Interval {
  readonly ratio: number
}

/** Draws for one interval: its ends then move by less than a tenth of its width from seed to seed. */
const resamples = 2_000

/** The share of such intervals that hold the true value, where nothing else is said. */
export const usualConfidence = 0.95

/** Of positive numbers; undefined for fewer than two, whose spread nobody knows. */
export function medianInterval(numbers: readonly number[], confidence = usualConfidence): Interval | undefined {
  const ratio = ratioInterval(numbers, [1, 1], confidence)
  return ratio === undefined ? undefined : { low: ratio.low, high: ratio.high }
}

/** The median of `over` by the median of `under`. Undefined where one has fewer than two numbers, or one that is not positive. */
export function ratioInterval(
  over: readonly number[],
  under: readonly number[],
  confidence = usualConfidence,
): Ratio | undefined {
  const all = [...over, ...under]
  if (Math.min(over.length, under.length) < 2 || all.some((number) => !(number > 0 && number < Infinity))) {
    return undefined
  }
  const random = new Random(`bootstrap ${over.join()} / ${under.join()}`)
  const [overs, unders] = [redrawnMedians(over, random), redrawnMedians(under, random)]
  const logs = overs.map((drawn, index) => Math.log(drawn / (unders[index] ?? Number.NaN))).sort()
  const tail = (1 - confidence) / 2
  const at = (share: number): number => logs[Math.min(resamples - 1, Math.floor(share * resamples))] ?? Number.NaN
  const ratio = median(over) / median(under)
  const runs = fewestThatVary(over, under)
  const wider = runs === undefined ? 1 : Math.sqrt(runs / (runs - 1)) * studentWidening(runs - 1, confidence)
  const fromMiddle = (log: number): number => Math.exp(wider * (log - Math.log(ratio)))
  return {
    ratio,
    low: ratio * Math.min(1, fromMiddle(at(tail))),
    high: ratio * Math.max(1, fromMiddle(at(1 - tail))),
  }
}

/** The medians of as many draws with putting back. */
function redrawnMedians(numbers: readonly number[], random: Random): Float64Array {
  const drawn = new Float64Array(numbers.length)
  const middle = numbers.length >> 1
  return Float64Array.from({ length: resamples }, () => {
    for (let index = 0; index < drawn.length; index++)
      drawn[index] = numbers[random.next() % numbers.length] ?? Number.NaN
    drawn.sort()
    return ((drawn[(numbers.length - 1) >> 1] ?? Number.NaN) + (drawn[middle] ?? Number.NaN)) / 2
  })
}

/** Of those that differ among themselves, the smaller count: what does not vary adds no doubt. */
function fewestThatVary(...groups: readonly (readonly number[])[]): number | undefined {
  const varying = groups.filter((group) => group.some((number) => number !== group[0]))
  return varying.length === 0 ? undefined : Math.min(...varying.map(({ length }) => length))
}

const widenings = new Map<string, number>()

/** How many times as wide Student's interval is as the normal one, for so many degrees of freedom. */
function studentWidening(freedom: number, confidence: number): number {
  const key = `${freedom} ${confidence}`
  const known = widenings.get(key)
  if (known !== undefined) return known
  const widening = studentQuantile(freedom, confidence) / studentQuantile(10_000, confidence)
  widenings.set(key, widening)
  return widening
}

/**
 * t with P(|T| < t) = confidence. By T = √ν·tan θ that share is the integral of cos^(ν−1) from 0 to θ, by the one to π/2;
 * Simpson's rule and halving.
 */
export function studentQuantile(freedom: number, confidence: number): number {
  const share = (theta: number): number => {
    const steps = 400
    let sum = 0
    for (let step = 0; step <= steps; step++) {
      const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2
      sum += weight * Math.cos((theta * step) / steps) ** (freedom - 1)
    }
    return (sum * theta) / (3 * steps)
  }
  // Beyond a few standard deviations there is nothing left of a narrow one.
  const whole = Math.min(Math.PI / 2, 12 / Math.sqrt(freedom))
  const wanted = confidence * share(whole)
  let [low, high] = [0, whole]
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2
    if (share(middle) < wanted) low = middle
    else high = middle
  }
  return Math.sqrt(freedom) * Math.tan(low)
}
