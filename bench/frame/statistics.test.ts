// The numbers that stand for several runs are the right ones.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { median, outliersOf, percentile, summarize } from './statistics.js'

const test = suite('bench/statistics')

test('the median of an even number of runs lies between the two in the middle', () => {
  assert.is(median([4, 1, 3, 2]), 2.5)
  assert.is(median([9, 1, 5]), 5)
  assert.is(median([7]), 7)
})

test('a summary says how far the runs lie apart, and one outlier does not move its middle', () => {
  assert.equal(summarize([10, 12, 11, 500, 9]), { runs: 5, median: 11, min: 9, max: 500, mad: 1 })
  assert.throws(() => summarize([]), RangeError)
})

test('a percentile is one of the numbers: the least that so many are not above', () => {
  const numbers = Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.is(percentile(numbers, 0.5), 50)
  assert.is(percentile(numbers, 0.99), 99)
  assert.is(percentile(numbers, 1), 100)
  assert.is(percentile([3], 0.01), 3)
})

test('a run far from the others is an outlier; a wide spread has none, nor have few runs', () => {
  assert.equal(outliersOf([100, 101, 99, 400, 100]), [400])
  assert.equal(outliersOf([100, 140, 80, 120, 60]), [])
  assert.equal(outliersOf([100, 100, 100, 100, 101]), [], 'less than a twentieth away')
  assert.equal(outliersOf([1, 1, 900]), [])
})

test.run()
