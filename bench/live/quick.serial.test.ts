// The live bench works: a little of every scenario runs to its end, and what was counted there is right: every entry was
// seen, and it crossed the router's own link once, however many followed. No time is looked at. hypercore runs too where it
// is installed.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { QuickRun } from '../frame/quick-run.js'
import { quickSizes } from '../frame/sizes.js'

const test = suite('bench/live')
const bench = new QuickRun('live')

test.after(() => bench.remove())

test('runs every scenario to its end and leaves nothing behind', () => {
  bench.run(['--provider', 'portable'])
})

test('each entry is seen over one link and over three', () => {
  assert.equal(bench.countersOf('append'), {
    'one.count': quickSizes.liveEntries,
    'three.count': quickSizes.liveEntries,
  })
})

test('one copy crosses the router’s own link, and all links behind it end with everything', () => {
  assert.equal(bench.countersOf('links'), {
    upstreamCopies: 1,
    followed: quickSizes.liveLinks,
    fastFollowed: quickSizes.fastLinks,
  })
})

test.run()
