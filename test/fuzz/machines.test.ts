// A bounded exploration of every machine's input (exploration.ts).
// wall limit: 400 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addExploration } from './exploration.js'
import { casesInCi } from './target.js'

const test = suite('fuzz/machines')
const chosen = process.argv.slice(2)
const explored = addExploration(test, 'machine', chosen)

test('the machines have twenty thousand sequences in all', () => {
  assert.ok(chosen.length > 0 || explored.reduce((sum, target) => sum + casesInCi(target), 0) >= 20_000)
})

test.run()
