// A trend tells growth from noise, and says how steep it is.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Chance } from '../kills/chance.js'
import { trendOf } from './trend.js'

const test = suite('soak/trend')

const minutes = (values: readonly number[]) => values.map((value, index) => ({ atMs: index * 60_000, value }))

test('what stays where it is has not grown', () => {
  assert.equal(trendOf(minutes([7, 7, 7, 7, 7, 7])), { first: 7, last: 7, growth: 0, perMinute: 0 })
})

test('what rises by the same each minute has that slope, and has grown from third to third', () => {
  const { growth, perMinute } = trendOf(minutes([0, 5, 10, 15, 20, 25, 30, 35, 40]))
  assert.is(perMinute, 5)
  assert.is(growth, 30)
})

test('one wild sample at the end is no growth', () => {
  assert.is(trendOf(minutes([10, 11, 10, 11, 10, 11, 10, 11, 900])).growth, 1)
})

test('a slow rise is found below noise that is larger than a step of it', () => {
  const chance = new Chance(3)
  const { growth, perMinute } = trendOf(minutes(Array.from({ length: 90 }, (_, at) => at + chance.between(-9, 9))))
  assert.ok(Math.abs(growth - 60) < 10 && Math.abs(perMinute - 1) < 0.1, `${growth} ${perMinute}`)
})

test('fewer than three samples have no trend', () => {
  assert.throws(() => trendOf(minutes([1, 2])), /a trend of 2 samples/)
})

test.run()
