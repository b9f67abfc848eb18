// A disk is waited for only while it is quick.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FlushPace } from './flush-pace.js'
import { AT_ONCE_BYTES, FLUSH_DEBT_FIRST_US, FLUSH_DEBT_MAX_US, FLUSH_SHARE_US, QUICK_FLUSH_US } from './limits.js'

const test = suite('flush pace')

const first = FLUSH_DEBT_FIRST_US / FLUSH_SHARE_US

function pace(quickFlushes: number): FlushPace {
  const pace = new FlushPace()
  noteMany(pace, quickFlushes, QUICK_FLUSH_US)
  return pace
}

function noteMany(pace: FlushPace, count: number, tookUs: number): void {
  for (let index = 0; index < count; index++) pace.note(100, tookUs)
}

test('waits for a disk that has been quick for a while', () => {
  assert.not(pace(first - 1).isAtOnce(100))
  assert.ok(pace(first).isAtOnce(100))
})

test('leaves many bytes to the pool, and learns nothing from them', () => {
  const open = pace(first)
  assert.ok(open.isAtOnce(AT_ONCE_BYTES))
  assert.not(open.isAtOnce(AT_ONCE_BYTES + 1))
  open.note(AT_ONCE_BYTES + 1, 100 * QUICK_FLUSH_US)
  assert.ok(open.isAtOnce(100))
  const none = pace(first - 1)
  none.note(AT_ONCE_BYTES + 1, 1)
  assert.not(none.isAtOnce(100))
})

test('gives a disk that was slow once to the pool, the longer the slower it was', () => {
  const open = pace(first)
  open.note(100, QUICK_FLUSH_US + 41 * FLUSH_SHARE_US)
  noteMany(open, 39, 1)
  assert.not(open.isAtOnce(100))
  noteMany(open, 1, 1)
  assert.ok(open.isAtOnce(100))
})

test('never waits for a disk that takes milliseconds', () => {
  const slow = new FlushPace()
  for (let index = 0; index < 1_000; index++) {
    slow.note(100, 5_000)
    assert.not(slow.isAtOnce(100))
  }
})

test('waits again for one that was slow for long and is quick now', () => {
  const open = new FlushPace()
  noteMany(open, 1_000, 1_000_000)
  noteMany(open, FLUSH_DEBT_MAX_US / FLUSH_SHARE_US - 1, 1)
  assert.not(open.isAtOnce(100))
  noteMany(open, 1, 1)
  assert.ok(open.isAtOnce(100))
})

test.run()
