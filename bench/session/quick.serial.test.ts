// The bench of conversations works: a little of it runs to its end, and every byte that was written was read by the other
// side. No time is looked at.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { QuickRun } from '../frame/quick-run.js'
import { quickSizes } from '../frame/sizes.js'

const test = suite('bench/session')
const bench = new QuickRun('session')

const { sessionBytes, dials } = quickSizes

test.after(() => bench.remove())

test('runs to its end, leaves nothing behind, and counts every byte', () => {
  bench.run(['--provider', 'portable'])
  const counters = Object.fromEntries(bench.samples.map((sample) => [sample.contender, sample.counters]))
  assert.equal(counters, {
    runnel: { counted: sessionBytes, socketCounted: sessionBytes, dialled: dials },
    tls: { counted: sessionBytes },
    tcp: { counted: sessionBytes },
  })
})

test.run()
