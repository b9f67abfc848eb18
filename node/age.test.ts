// The age of what lies here, while clocks are set and computers sleep.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { agedS, seenNow } from './age.js'

const test = suite('age')
const at = (nowMs: number, nowUs: number) => ({ nowMs, nowUs })

test('grows by what passes, rounded up', () => {
  const seen = seenNow(7, at(1_000_000, 5_000_000))
  assert.is(agedS(seen, at(1_000_000, 5_000_000)), 7)
  assert.is(agedS(seen, at(1_000_001, 5_001_000)), 8)
  assert.is(agedS(seen, at(1_060_000, 65_000_000)), 67)
})

test('grows while the wall clock is set back, and while the computer sleeps', () => {
  const seen = seenNow(0, at(90_000_000, 0))
  assert.is(agedS(seen, at(1_000_000, 60_000_000)), 60)
  assert.is(agedS(seen, at(93_600_000, 1_000_000)), 3600)
})

test('is unknown, and never small, for what an earlier process saw in the future', () => {
  const seen = { ageS: 3, seenMs: 90_000_000, seenUs: undefined }
  assert.is(agedS(seen, at(1_000_000, 1)), 603)
  assert.is(agedS(seen, at(90_010_000, 1)), 13)
})

test.run()
