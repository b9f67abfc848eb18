// Seeds 1 to 200 hold: 8 to 64 nodes, faults and attackers, against the reference model. `npm run simulate -- --seeds N`
// runs more of them.
// wall limit: 600 s

import { availableParallelism } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runPool, type SeedReport } from './pool.js'
import { addUp, describeTotals } from './totals.js'

const test = suite('simulator/seeds')

test('whatever happens, nobody is shown what was not written, and in the end everybody has what was acknowledged', async () => {
  const begin = performance.now()
  let totals = addUp()
  const failures: string[] = []
  const handle = (report: SeedReport): void => {
    if ('outcome' in report) totals = addUp(totals, report.outcome)
    else failures.push(`npm run simulate -- --seed ${report.seed} --shrink\n${report.failure}\n${report.diagram}`)
  }
  await runPool({ first: 1, count: 200, jobs: availableParallelism() }, handle)
  console.log(describeTotals(totals, performance.now() - begin))
  assert.is(failures.join('\n'), '')
  assert.is(totals.runs, 200)
  // A run in which nothing happens would hold as well.
  for (const key of [
    'writes',
    'reads',
    'refused',
    'faults',
    'attackers',
    'followers',
    'conversations',
    'packets',
  ] as const)
    assert.ok(totals[key] >= 200, key)
})

test.run()
