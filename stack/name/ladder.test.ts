// Ladders: the first values of the protocol, and the name as a commitment to every rung and their order.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { SampleName } from '../../test/samples/name.js'
import { toHex } from '../bytes/index.js'
import { decodeLadder, encodeLadder, nameOf } from './ladder.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/ladder')

const rung = fc.uint8Array({ minLength: 32, maxLength: 32 })
const ladder = fc.array(rung, { minLength: 1, maxLength: 16 })

test('the first ladder and name are those of the protocol', () => {
  assert.is(
    toHex(encodeLadder(sample.ladder)),
    '0103361902a4df128501564d7ec914ad1bcf7b5e9d1ca7bc6883d9c9661248f2a425ac8a73893d8ff3246bbbd667146179f129adeeae7f885a73b230d4ba571462d1ca5c4a22765d0733dc3b729c73d7a02d4a0ac9d3769ff43bc06575270cdbd10a',
  )
  assert.is(toHex(sample.name), '56f3089b68a22db363270b47cd835dde2f735ff6cb8b1025fd6f9efe01080638')
})

test('a ladder is read as it was written, and refused with any byte missing or added', () => {
  assertDecoder({ valid: ladder.map(encodeLadder), decode: decodeLadder, encode: encodeLadder })
})

test('another order of rungs, or one rung less, is another name', () => {
  assert.is.not(toHex(nameOf(crypto, [...sample.ladder].reverse())), toHex(sample.name))
  assert.is.not(toHex(nameOf(crypto, sample.ladder.slice(0, 2))), toHex(sample.name))
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('what no ladder can be is refused', () => {
  const bytes = encodeLadder(sample.ladder)
  assert.is(decodeLadder(Uint8Array.of(2, ...bytes.subarray(1))), 'bad-version')
  assert.is(decodeLadder(Uint8Array.of(1, 0)), 'bad-count')
  assert.is(decodeLadder(Uint8Array.of(1, 17, ...new Uint8Array(17 * 32))), 'bad-count')
  assert.throws(() => encodeLadder([]), RangeError)
  assert.throws(() => encodeLadder([new Uint8Array(31)]), RangeError)
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/ladder', decodeLadder)
})

test.run()
