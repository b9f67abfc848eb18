// What neighbours are counted for: under one label each, never backwards, and only so many of them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../stack/bytes/index.js'
import type { KindBytes, LinkCounters } from '../../stack/link/index.js'
import { patterned } from '../../test/samples/log.js'
import { maxNeighbours } from './limits.js'
import { type Naming, NeighbourCounts } from './neighbours.js'

const test = suite('metrics/neighbours')

const seed = patterned(8, 1)
const naming: Naming = { text: (device) => toHex(device), petname: () => undefined }
const device = (number: number): Uint8Array => patterned(32, 1000 + number)
const labelOf = (number: number): string => toHex(device(number)).slice(0, 8)

function carried(data: number, rttUs?: number): LinkCounters {
  const kinds: KindBytes = { interest: 1, data, session: 0, control: 2 }
  return { kindsIn: kinds, kindsOut: kinds, rttUs } as unknown as LinkCounters
}

test('what a link carried is still counted when it has ended and another came', () => {
  const counts = new NeighbourCounts(seed)
  const data = (links: Parameters<NeighbourCounts['values']>[0]) =>
    counts.values(links, naming).find(({ label }) => label === labelOf(1))?.bytesIn.data
  assert.is(data([{ device: device(1), counters: carried(10) }]), 10)
  counts.handleEnded(device(1), carried(12))
  assert.is(data([]), 12)
  assert.is(data([{ device: device(1), counters: carried(5) }]), 17)
})

test('two links of one device count together, with the time of the quicker one', () => {
  const counts = new NeighbourCounts(seed)
  const links = [carried(1, 900), carried(2, 400)].map((counters) => ({ device: device(1), counters }))
  const [one, other, ...more] = counts.values(links, naming)
  assert.equal([one?.bytesOut.data, one?.rttUs], [3, 400])
  assert.equal([other?.label, more.length], ['other', 0])
})

test('a connection that never said who it is counts as other', () => {
  const counts = new NeighbourCounts(seed)
  counts.handleEnded(undefined, carried(0))
  counts.handleBlame(undefined)
  const [other] = counts.values([], naming)
  assert.equal([other?.label, other?.bytesIn.control, other?.verifyFailures], ['other', 2, 1])
})

test('a petname is the label, of all devices that it stands for; nobody is called other', () => {
  const counts = new NeighbourCounts(seed)
  const named: Naming = { ...naming, petname: (key) => (toHex(key) === toHex(device(3)) ? 'other' : 'alice') }
  const links = [1, 2, 3].map((number) => ({ device: device(number), counters: carried(number) }))
  const values = counts.values(links, named)
  assert.equal(values.map(({ label }) => label).sort(), ['alice', labelOf(3), 'other'].sort())
  assert.is(values.find(({ label }) => label === 'alice')?.bytesIn.data, 3)
})

test(`of ${maxNeighbours} and one more the last is other, for as long as the node runs`, () => {
  const counts = new NeighbourCounts(seed)
  counts.reserve(device(0))
  for (let number = 1; number <= maxNeighbours; number += 1) counts.handleEnded(device(number), carried(1))
  const values = counts.values([], naming)
  assert.is(values.length, maxNeighbours + 1)
  assert.is(values.at(-1)?.label, 'other')
  assert.is(values.at(-1)?.bytesIn.data, 1)
  // Also with a link that is up, now and when it has ended.
  const late = { device: device(maxNeighbours), counters: carried(4) }
  assert.is(counts.values([late], naming).at(-1)?.bytesIn.data, 5)
  counts.handleEnded(late.device, late.counters)
  assert.is(counts.values([], naming).at(-1)?.bytesIn.data, 5)
  assert.is(counts.values([], naming)[0]?.label, labelOf(0))
})

test('whoever was shown once does not move to other when its link ends', () => {
  const counts = new NeighbourCounts(seed)
  for (let number = 1; number < maxNeighbours; number += 1) counts.handleEnded(device(number), carried(0))
  const last = { device: device(0), counters: carried(7) }
  const dataOf = (label: string, links: (typeof last)[]) =>
    counts.values(links, naming).find((value) => value.label === label)?.bytesIn.data
  assert.is(dataOf(labelOf(0), [last]), 7)
  counts.handleEnded(device(maxNeighbours), carried(3))
  assert.is(dataOf(labelOf(0), [last]), 7)
  counts.handleEnded(last.device, last.counters)
  assert.equal([dataOf(labelOf(0), []), dataOf('other', [])], [7, 3])
})

test.run()
