// A reader behind three routers, counted: what crosses the publisher's cable once, and then no more. No time is looked at.

import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { QuickRun } from '../frame/quick-run.js'
import { quickSizes } from '../frame/sizes.js'
import { jainsIndex } from './measure.js'

const test = suite('bench/readers')
const bench = new QuickRun('readers')

/** Why there can be no line of machines, or undefined; in CI there has to be one. */
function whyNoLine(): string | undefined {
  if (process.env.RUNNEL_REQUIRE_NETWORK === '1') return undefined
  try {
    execFileSync('sh', ['-c', 'ip netns add "$0" && ip netns del "$0"', `bnl${process.pid}x0-probe`], { stdio: 'pipe' })
    execFileSync('sh', ['-c', 'command -v nft ethtool tc'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const reason = whyNoLine()
if (reason !== undefined) console.log(`skipped: no line of machines: ${reason}`)
const onLine = reason === undefined ? test : test.skip

test.after(() => bench.remove())

test('Jain’s index is 1 for equal shares, and a half when one of two has everything', () => {
  assert.is(jainsIndex([3, 3]), 1)
  assert.is(jainsIndex([5, 0]), 0.5)
  assert.ok(Number.isNaN(jainsIndex([0, 0])))
})

onLine('readings, hops and a lossy cable run to their end and leave nothing behind', () => {
  const scenarios = ['line-folder', 'line-hops', 'line-loss'].flatMap((name) => ['--only', name])
  bench.run([...scenarios, '--no-peers', '--provider', 'portable'])
})

onLine('the first reader’s bytes cross the publisher’s cable once, the second reader’s never', () => {
  const counters = bench.countersOf('line-folder')
  const bytes = quickSizes.lineFolderFiles * 65_536
  for (const reading of ['first', 'second', 'third']) {
    assert.is(counters[`${reading}.files`], quickSizes.lineFolderFiles)
    assert.is(counters[`${reading}.bytes`], bytes)
    assert.is(counters[`${reading}.verified`], 1)
  }
  assert.equal([counters['first.copies'], counters['second.copies'], counters['third.copies']], [1, 0, 0])
  const uplink = bench.samples.find(({ scenario }) => scenario === 'line-folder')?.values['second.uplink'] ?? Number.NaN
  // Heads and keep-alives are all that the publisher says to the second reader.
  assert.ok(uplink < 0.05, `${uplink} MB`)
})

onLine('a copy three hops away crosses the first cable once, and those nearer by never', () => {
  const counters = bench.countersOf('line-hops')
  for (const hop of [1, 2, 3]) assert.is(counters[`hop${hop}.objects`], quickSizes.lineObjects)
  assert.equal([counters['hop3.copies'], counters['hop2.copies'], counters['hop1.copies']], [1, 1, 1])
})

onLine('a cable that loses packets loses no byte of a file', () => {
  const counters = bench.countersOf('line-loss')
  for (const percent of [0, 1, 5]) {
    assert.is(counters[`loss${percent}.bytes`], quickSizes.lossBytes)
    assert.is(counters[`loss${percent}.verified`], 1)
  }
})

test.run()
