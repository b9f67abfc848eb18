// The set of used chunks survives a restart, or is refused.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { decodeHot, HotSet } from './cache-hot.js'
import { crypto } from './testing/samples.js'

const test = suite('hot set')
const fingerprints = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 20 })

test('a hot set is read as it was written, and nothing else is', () => {
  assertDecoder({
    valid: fingerprints.map((of) => new HotSet(of).encode(crypto)),
    decode: (bytes) => decodeHot(crypto, bytes),
    encode: (hot) => hot.encode(crypto),
  })
})

test('it has what was put in and nothing else', () => {
  fc.assert(
    fc.property(fingerprints, fingerprints, (inside, others) => {
      const hot = new HotSet(inside)
      for (const fingerprint of [...inside, ...others]) assert.is(hot.has(fingerprint), inside.includes(fingerprint))
    }),
  )
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('node/store/corpus/cache-hot', (bytes) => decodeHot(crypto, bytes))
})

test.run()
