// The bench of custody works: it runs to its end on a small store, and what was promised was read. No time is looked at.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { QuickRun } from '../frame/quick-run.js'

const test = suite('bench/custody')
const bench = new QuickRun('custody')

test.after(() => bench.remove())

test('a restarted custodian has what it promised, and nothing is left behind', () => {
  bench.run(['--provider', 'portable'])
  assert.equal(bench.countersOf('restart'), { promised: 1, bytes: 2_000_000, isFilled: 1 })
})

test.run()
