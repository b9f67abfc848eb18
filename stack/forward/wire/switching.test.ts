// The frames by which datagrams find their way: what their encoders write is read again, and nothing else is.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus, assertDecoder } from '../../../test/samples/decoders.js'
import { fromHex, toHex } from '../../bytes/index.js'
import {
  COOKIE_BYTES,
  decodeLabel,
  decodeObserved,
  decodeUdp,
  encodeLabel,
  encodeObserved,
  encodeUdp,
} from './switching.js'

const test = suite('forward/wire/switching')

const port = fc.integer({ min: 1, max: 0xffff })
const number = fc.integer({ min: 0, max: 0xffffffff })

test('what is said of a socket is read as it was written, or refused', () => {
  const cookie = fc.uint8Array({ minLength: COOKIE_BYTES, maxLength: COOKIE_BYTES })
  const valid = fc.record({ port: fc.integer({ min: 0, max: 0xffff }), cookie }).map(encodeUdp)
  assertDecoder({ valid, decode: decodeUdp, encode: encodeUdp })
  assertCorpus('stack/forward/corpus/udp', decodeUdp)
})

test('an address that was seen is read as it was written, or refused', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const valid = fc.record({ address: fc.oneof(bytes(4), bytes(16)), port }).map(encodeObserved)
  assertDecoder({ valid, decode: decodeObserved, encode: encodeObserved })
  assertCorpus('stack/forward/corpus/observed', decodeObserved)
})

test('a label is read as it was written, or refused', () => {
  const above = fc.integer({ min: 1, max: 0xffffffff })
  const valid = fc.record({ channel: above, index: above, label: number }).map(encodeLabel)
  assertDecoder({ valid, decode: decodeLabel, encode: encodeLabel })
  assertCorpus('stack/forward/corpus/label', decodeLabel)
})

test('an IPv4 address has 4 bytes here and 16 on the wire', () => {
  const four = { address: Uint8Array.of(192, 0, 2, 7), port: 7254 }
  assert.is(toHex(encodeObserved(four)), '00000000000000000000ffffc00002071c56')
  assert.equal(decodeObserved(encodeObserved(four)), four)
  const six = { address: fromHex('20010db8000000000000ffffc0000207') ?? new Uint8Array(0), port: 1 }
  assert.equal(decodeObserved(encodeObserved(six)), six)
  assert.throws(() => encodeObserved({ address: Uint8Array.of(1, 2, 3), port: 1 }), RangeError)
})

test.run()
