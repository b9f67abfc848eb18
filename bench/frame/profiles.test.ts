// Self times of a CPU profile: what each function took itself, idleness apart.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { selfTimes } from './profiles.js'

const test = suite('bench/profiles')

function node(id: number, functionName: string) {
  return { id, callFrame: { functionName, url: functionName.startsWith('(') ? '' : 'node:x', lineNumber: 9 } }
}

test('time belongs to the function that was on top, and shares are of what was not idle', () => {
  const profile = {
    nodes: [node(1, '(idle)'), node(2, 'busy'), node(3, '(garbage collector)'), node(4, 'busy')],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [5_000, 1_000, 1_000, 1_000, 1_000],
  }
  assert.equal(selfTimes(profile, 1), [
    { what: 'busy node:x:10', milliseconds: 3, share: 0.75 },
    { what: '(idle)', milliseconds: 5, share: 1.25 },
  ])
})

test.run()
