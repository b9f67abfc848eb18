// Where the bytes of a call came from, added up by hop.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Sources } from './sources.js'

const test = suite('sources')

test('adds up by hop, nearest first, caches before writers', () => {
  const sources = new Sources()
  sources.add(2, false, 5)
  sources.add(1, true, 1)
  sources.add(2, true, 2)
  sources.add(1, true, 10)
  sources.add(0, false, 3)
  assert.equal(sources.list(), [
    { hop: 0, cached: false, bytes: 3 },
    { hop: 1, cached: true, bytes: 11 },
    { hop: 2, cached: true, bytes: 2 },
    { hop: 2, cached: false, bytes: 5 },
  ])
})

test('accounts for every byte, whatever the order', () => {
  const shares = fc.array(fc.tuple(fc.nat(32), fc.boolean(), fc.nat(61_440)))
  fc.assert(
    fc.property(shares, (added) => {
      const sources = new Sources()
      for (const [hop, cached, bytes] of added) sources.add(hop, cached, bytes)
      const total = added.reduce((sum, [, , bytes]) => sum + bytes, 0)
      assert.is(sources.bytes, total)
      assert.is(
        sources.list().reduce((sum, { bytes }) => sum + bytes, 0),
        total,
      )
    }),
  )
})

test('gives copies that its owner may change', () => {
  const sources = new Sources()
  sources.add(1, true, 1)
  const [share] = sources.list()
  if (share !== undefined) share.bytes = 100
  assert.is(sources.bytes, 1)
})

test.run()
