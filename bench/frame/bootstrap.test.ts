// Intervals hold what they claim to hold, are the same each time, and are wide where little is known.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../test/simulator/random.js'
import { medianInterval, ratioInterval, studentQuantile } from './bootstrap.js'

const test = suite('bench/bootstrap')

/** Runs that differ as those of a bench do: by some percent, sometimes by more. */
function runs(random: Random, middle: number, count: number): number[] {
  return Array.from({ length: count }, () => {
    const spread = random.unit() + random.unit() + random.unit() - 1.5
    return middle * Math.exp(0.05 * spread)
  })
}

test('Student’s quantiles are those of the tables', () => {
  const near = (found: number, wanted: number): void => assert.ok(Math.abs(found / wanted - 1) < 0.002, `${found}`)
  near(studentQuantile(1, 0.95), 12.706)
  near(studentQuantile(2, 0.99), 9.925)
  near(studentQuantile(4, 0.95), 2.776)
  near(studentQuantile(9, 0.99), 3.25)
  near(studentQuantile(10_000, 0.95), 1.96)
})

for (const count of [3, 5, 9]) {
  test(`of many pairs of ${count} runs of the same thing, few intervals leave out that they are equal`, () => {
    const random = new Random(`coverage ${count}`)
    const pairs = 150
    let outside = 0
    for (let pair = 0; pair < pairs; pair++) {
      const interval = ratioInterval(runs(random, 100, count), runs(random, 100, count))
      assert.ok(interval !== undefined)
      if (interval !== undefined && (interval.low > 1 || interval.high < 1)) outside++
    }
    assert.ok(outside <= 0.07 * pairs, `${outside} of ${pairs}`)
  })
}

test('a difference beyond the spread is found, and the same runs always have the same interval', () => {
  const random = new Random('difference')
  const [slow, fast] = [runs(random, 100, 5), runs(random, 150, 5)]
  const interval = ratioInterval(fast, slow, 0.99)
  assert.ok(interval !== undefined && interval.low > 1.2 && interval.high < 1.9, JSON.stringify(interval))
  assert.equal(ratioInterval(fast, slow, 0.99), interval)
})

test('one run, and what is not above zero, has no interval', () => {
  assert.is(ratioInterval([1], [1, 2]), undefined)
  assert.is(ratioInterval([1, 2], [0, 2]), undefined)
  assert.is(medianInterval([3]), undefined)
  assert.is(medianInterval([3, Number.NaN]), undefined)
})

test('runs that are all equal leave no doubt, and one outlier of five does not move the median far', () => {
  assert.equal(ratioInterval([4, 4, 4], [2, 2, 2]), { ratio: 2, low: 2, high: 2 })
  const interval = medianInterval([100, 101, 99, 102, 900])
  assert.ok(interval !== undefined && interval.low > 90, JSON.stringify(interval))
})

test.run()
