// Who gets how much of a time that is shared: by cost, and what is left over goes on to the later ones.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Budget, parseDuration } from './budget.js'

const test = suite('bench/budget')

test('each has its part by what it costs, and what one leaves the later ones have', () => {
  let nowMs = 5_000
  const budget = new Budget(100_000, [10, 30, 10], () => nowMs)
  assert.is(budget.shareMs(0), 20_000)
  nowMs += 4_000
  assert.is(budget.shareMs(1), 72_000)
  nowMs += 72_000
  assert.is(budget.shareMs(2), 24_000)
})

test('what does not fit once has nothing, and what fits once has that', () => {
  let nowMs = 0
  const budget = new Budget(50_000, [10, 30, 10], () => nowMs)
  nowMs = 15_000
  assert.is(budget.shareMs(1), 30_000)
  nowMs = 21_000
  assert.is(budget.shareMs(1), 0)
  assert.is(budget.shareMs(2), 29_000)
})

test('a duration is written with its unit', () => {
  assert.equal(['15m', '90s', '1h'].map(parseDuration), [900_000, 90_000, 3_600_000])
  assert.equal(['', '15', '0m', '-1s', '1d', '1.5h'].map(parseDuration), Array(6).fill(undefined))
})

test.run()
