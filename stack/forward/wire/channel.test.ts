// The frames of channels: what their encoders write is read again, and nothing else is.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus, assertDecoder } from '../../../test/samples/decoders.js'
import { concat } from '../../bytes/index.js'
import {
  type Bytes,
  decodeAccept,
  decodeBytes,
  decodeClose,
  decodeCredit,
  decodeOpen,
  encodeAccept,
  encodeBytesHead,
  encodeClose,
  encodeCredit,
  encodeOpen,
  MAX_MESSAGE_BYTES,
  MAX_SEALED_BYTES,
} from './channel.js'
import { CLOSE_CODE, closeReason, MAX_BODY_BYTES } from './numbers.js'

const test = suite('forward/wire/channel')

const channel = fc.integer({ min: 1, max: 0xffffffff })
const message = fc.uint8Array({ minLength: 1, maxLength: 300 })
const open = fc.record({
  channel,
  hops: fc.integer({ min: 0, max: 32 }),
  rank: fc.integer({ min: 0, max: 254 }),
  device: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  message,
})
const bytes = fc.record({ channel, sealed: fc.uint8Array({ minLength: 17, maxLength: 300 }) })
const credit = fc.record({ channel, bytes: fc.integer({ min: 1, max: 0xffffffff }) })
const close = fc.record({ channel, reason: fc.nat(255).map(closeReason) })

function encodeBytes({ channel: number, sealed }: Bytes): Uint8Array {
  return concat(encodeBytesHead(number), sealed)
}

test('an open is read as it was written, or refused', () => {
  assertDecoder({ valid: open.map(encodeOpen), decode: decodeOpen, encode: encodeOpen, extensible: true })
  assertCorpus('stack/forward/corpus/open', decodeOpen)
})

test('an accept is read as it was written, or refused', () => {
  const valid = fc.record({ channel, message }).map(encodeAccept)
  assertDecoder({ valid, decode: decodeAccept, encode: encodeAccept, extensible: true })
  assertCorpus('stack/forward/corpus/accept', decodeAccept)
})

test('bytes are read as they were written, or refused', () => {
  assertDecoder({ valid: bytes.map(encodeBytes), decode: decodeBytes, encode: encodeBytes, extensible: true })
  assertCorpus('stack/forward/corpus/bytes', decodeBytes)
})

test('a credit is read as it was written, or refused', () => {
  assertDecoder({ valid: credit.map(encodeCredit), decode: decodeCredit, encode: encodeCredit })
  assertCorpus('stack/forward/corpus/credit', decodeCredit)
})

test('a close is read as it was written, or refused', () => {
  assertDecoder({ valid: close.map(encodeClose), decode: decodeClose, encode: encodeClose })
  assertCorpus('stack/forward/corpus/close', decodeClose)
})

// protocol.md §10.11 MUST: A reason with another number ends the channel
test('a close of a later version is read as one, with the number of its reason', () => {
  const body = encodeClose({ channel: 1, reason: 'Bad' })
  const known = Object.values(CLOSE_CODE)
  for (let code = 0; code <= 255; code += 1) {
    body[4] = code
    const read = decodeClose(body)
    if (typeof read === 'string') throw new Error(`${code}: ${read}`)
    assert.is(read.reason.startsWith('Unknown'), !known.includes(code))
    assert.equal(encodeClose(read), body)
  }
  assert.throws(
    () => encodeClose({ channel: 1, reason: 'Unknown256' }),
    (error: unknown) => error instanceof RangeError,
  )
})

test('the longest bytes fill a frame, and one more byte is refused; so is a message of more than 2,048', () => {
  const longest = encodeBytes({ channel: 1, sealed: new Uint8Array(MAX_SEALED_BYTES) })
  assert.is(longest.length, MAX_BODY_BYTES)
  assert.type(decodeBytes(longest), 'object')
  assert.is(decodeBytes(concat(longest, Uint8Array.of(0))), 'too-long')
  const accept = encodeAccept({ channel: 1, message: new Uint8Array(MAX_MESSAGE_BYTES) })
  assert.type(decodeAccept(accept), 'object')
  assert.is(decodeAccept(concat(accept, Uint8Array.of(0))), 'too-long')
})

test.run()
