// A disk is waited for only while it is quick.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FlushPace } from './flush-pace.js'
import { AT_ONCE_BYTES, QUICK_FLUSH_US, QUICK_FLUSHES, QUICK_FLUSHES_AFTER_SLOW, SLOW_FLUSH_US } from './limits.js'

const test = suite('flush pace')

function pace(quickFlushes: number): FlushPace {
  const pace = new FlushPace()
  for (let index = 0; index < quickFlushes; index++) pace.note(100, QUICK_FLUSH_US)
  return pace
}

test('waits for a disk that was quick many times in a row, and for no other', () => {
  assert.not(pace(QUICK_FLUSHES - 1).isAtOnce(100))
  assert.ok(pace(QUICK_FLUSHES).isAtOnce(100))
  const interrupted = pace(QUICK_FLUSHES - 1)
  interrupted.note(100, QUICK_FLUSH_US + 1)
  interrupted.note(100, QUICK_FLUSH_US)
  assert.not(interrupted.isAtOnce(100))
})

test('leaves many bytes to the pool, and learns nothing from them', () => {
  const open = pace(QUICK_FLUSHES)
  assert.ok(open.isAtOnce(AT_ONCE_BYTES))
  assert.not(open.isAtOnce(AT_ONCE_BYTES + 1))
  open.note(AT_ONCE_BYTES + 1, 10 * SLOW_FLUSH_US)
  assert.ok(open.isAtOnce(100))
  const none = pace(0)
  for (let index = 0; index < QUICK_FLUSHES; index++) none.note(AT_ONCE_BYTES + 1, 1)
  assert.not(none.isAtOnce(100))
})

test('gives a disk that was slow once to the pool for long', () => {
  const open = pace(QUICK_FLUSHES)
  open.note(100, SLOW_FLUSH_US)
  assert.ok(open.isAtOnce(100))
  open.note(100, SLOW_FLUSH_US + 1)
  for (let index = 1; index < QUICK_FLUSHES_AFTER_SLOW; index++) open.note(100, QUICK_FLUSH_US)
  assert.not(open.isAtOnce(100))
  open.note(100, QUICK_FLUSH_US)
  assert.ok(open.isAtOnce(100))
})

test('counts from the start again after a flush that was not quick', () => {
  const open = pace(QUICK_FLUSHES)
  open.note(100, SLOW_FLUSH_US + 1)
  for (let index = 1; index < QUICK_FLUSHES_AFTER_SLOW; index++) open.note(100, QUICK_FLUSH_US)
  open.note(100, QUICK_FLUSH_US + 1)
  open.note(100, QUICK_FLUSH_US)
  assert.not(open.isAtOnce(100))
})

test.run()
