// The bench of packets works: a little of it runs to its end with Runnel alone, over a cable, and through a third machine that is stopped and
// started again, and nothing of it is left. No time is looked at.

import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { QuickRun } from '../../bench/frame/quick-run.js'
import { networked } from '../lab/networked.js'

const test = suite('network/bench-tun')
const networkedTest = networked(test)
const bench = new QuickRun('tun')

test.after(() => bench.remove())

networkedTest('a bench of packets runs to its end, and leaves no namespace behind', () => {
  const before = namespaces()
  const only = ['tun-start', 'tun-unsegmented'].flatMap((name) => ['--only', name])
  bench.run([...only, '--provider', 'native', '--no-peers'])
  for (const { counters } of bench.samples) assert.equal(counters, { answered: 1 })
  assert.is(bench.samples.length, 2)
  assert.equal(namespaces(), before)
})

function namespaces(): string[] {
  const text = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  return text.split('\n').filter((line) => line.startsWith('bnl'))
}

test.run()
