// The inbox bench works: a little of every scenario runs to its end, and what was counted there is right: everything was
// signed for, nothing that had not paid was, and every letter was read. No time is looked at.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { QuickRun } from '../frame/quick-run.js'
import { quickSizes } from '../frame/sizes.js'

const test = suite('bench/inbox')
const bench = new QuickRun('inbox')

test.after(() => bench.remove())

test('runs every scenario to its end and leaves nothing behind', () => {
  bench.run(['--provider', 'portable'])
})

test('every envelope with a ticket is signed for, and none whose puzzle was not solved', () => {
  const { envelopes, collected } = quickSizes
  assert.equal(bench.countersOf('custodian'), { receipts: envelopes, refusals: envelopes, collected })
})

test('each letter is read', () => {
  const { letters } = quickSizes
  assert.equal(bench.countersOf('letters'), { contactSeen: letters, strangerSeen: letters })
})

test.run()
