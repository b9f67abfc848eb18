// Sizes: whatever a way bears is found, and found again when it changes.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  CONFIRM_SIZE_US,
  DATAGRAM_SIZES,
  DOUBT_SIZE_US,
  LIKELY_BYTES_4,
  MAX_DATAGRAM_BYTES,
  MIN_DATAGRAM_BYTES,
  RAISE_SIZE_US,
} from './limits.js'
import { PathSizes } from './path-sizes.js'

const test = suite('packet/path-sizes')

/** Asks until nothing is to be asked; gives how many probes that took. */
function probe(sizes: PathSizes, nowUs: number, bearsBytes: number, tells = false): number {
  for (let probes = 0; probes < 200; probes++) {
    const size = sizes.pollSize(nowUs)
    if (size === undefined) return probes
    if (size <= bearsBytes) sizes.handleArrived(nowUs, size)
    else if (tells) sizes.handleTooBig(nowUs, bearsBytes)
    else sizes.handleLost(size)
  }
  throw new Error('it never ends')
}

test('what most ways bear is used at once, and confirmed', () => {
  const sizes = new PathSizes(LIKELY_BYTES_4)
  assert.is(sizes.datagramBytes, LIKELY_BYTES_4)
  assert.is(sizes.pollSize(0), LIKELY_BYTES_4)
  assert.is(sizes.pollTimeout(), 0)
  probe(sizes, 0, LIKELY_BYTES_4, true)
  assert.is(sizes.datagramBytes, LIKELY_BYTES_4)
  assert.is(sizes.pollTimeout(), CONFIRM_SIZE_US)
})

test('every size is found to the next one of the table, and exactly where the network tells', () => {
  fc.assert(
    fc.property(fc.integer({ min: MIN_DATAGRAM_BYTES, max: MAX_DATAGRAM_BYTES }), fc.boolean(), (bears, tells) => {
      const sizes = new PathSizes(LIKELY_BYTES_4)
      const probes = probe(sizes, 0, bears, tells)
      const expected = DATAGRAM_SIZES.findLast((size) => size <= bears)
      const found = sizes.datagramBytes
      if (tells && bears < LIKELY_BYTES_4) assert.is(found, bears)
      else if (tells) assert.ok(found === bears || found === expected, `${found} of ${bears}`)
      else assert.is(found, expected)
      assert.ok(probes <= 60)
    }),
    { numRuns: 300 },
  )
})

test('a way that has narrowed without a word is found out when it is looked at again', () => {
  const sizes = new PathSizes(LIKELY_BYTES_4)
  probe(sizes, 0, LIKELY_BYTES_4, true)
  assert.is(sizes.pollSize(CONFIRM_SIZE_US - 1), undefined)
  probe(sizes, CONFIRM_SIZE_US, 1_300)
  assert.is(sizes.datagramBytes, 1_280)
})

test('a way that has widened is found out later', () => {
  const sizes = new PathSizes(LIKELY_BYTES_4)
  probe(sizes, 0, 1_280)
  assert.is(sizes.datagramBytes, 1_280)
  probe(sizes, RAISE_SIZE_US, LIKELY_BYTES_4)
  assert.is(sizes.datagramBytes, LIKELY_BYTES_4)
})

test('a claim of the network is followed at once, and doubted: less and less often', () => {
  const sizes = new PathSizes(LIKELY_BYTES_4)
  probe(sizes, 0, LIKELY_BYTES_4, true)
  sizes.handleTooBig(0, 200)
  assert.is(sizes.datagramBytes, 200)
  probe(sizes, 0, LIKELY_BYTES_4, true)
  assert.is(sizes.datagramBytes, 200)
  probe(sizes, DOUBT_SIZE_US, LIKELY_BYTES_4, true)
  assert.is(sizes.datagramBytes, LIKELY_BYTES_4)
  sizes.handleTooBig(DOUBT_SIZE_US, 200)
  probe(sizes, 2 * DOUBT_SIZE_US, LIKELY_BYTES_4, true)
  assert.is(sizes.datagramBytes, 200)
  probe(sizes, 3 * DOUBT_SIZE_US, LIKELY_BYTES_4, true)
  assert.is(sizes.datagramBytes, LIKELY_BYTES_4)
})

test('no claim makes a way narrower than one that can be used', () => {
  const sizes = new PathSizes(LIKELY_BYTES_4)
  for (const claimed of [0, 1, -5, 127.9]) sizes.handleTooBig(0, claimed)
  assert.is(sizes.datagramBytes, MIN_DATAGRAM_BYTES)
})

test('one that was lost says nothing, and what was not asked neither', () => {
  const sizes = new PathSizes(LIKELY_BYTES_4)
  sizes.handleLost(LIKELY_BYTES_4)
  sizes.handleLost(LIKELY_BYTES_4)
  assert.is(sizes.datagramBytes, LIKELY_BYTES_4)
  sizes.handleArrived(0, LIKELY_BYTES_4)
  for (const size of [100, LIKELY_BYTES_4, LIKELY_BYTES_4]) sizes.handleLost(size)
  assert.is(sizes.datagramBytes, LIKELY_BYTES_4)
  sizes.handleArrived(0, 100)
  assert.is(sizes.datagramBytes, LIKELY_BYTES_4)
})

test.run()
