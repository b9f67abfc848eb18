// Memory for records: the same again, and of its own for what is larger.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RECORD_SLAB_BYTES_MAX } from './limits.js'
import { RecordSlab } from './record-slab.js'

const test = suite('record slab')

test('gives the same memory again, grown where more is asked for', () => {
  const slab = new RecordSlab()
  const small = slab.take(1_000)
  assert.is(small.length, 1_000)
  assert.is(slab.take(10).buffer, small.buffer)
  const larger = slab.take(5_000)
  assert.is(larger.length, 5_000)
  assert.is(slab.take(1_000).buffer, larger.buffer)
})

test('keeps no more than its limit', () => {
  const slab = new RecordSlab()
  const most = slab.take(RECORD_SLAB_BYTES_MAX)
  const beyond = slab.take(RECORD_SLAB_BYTES_MAX + 1)
  assert.is(beyond.length, RECORD_SLAB_BYTES_MAX + 1)
  assert.is(slab.take(1).buffer, most.buffer)
})

test.run()
