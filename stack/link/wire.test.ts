// The two layouts that this folder reads: frames and the hello of the handshake.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { concat, toHex } from '../bytes/index.js'
import {
  checkFrames,
  decodeFrames,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameType,
  isKnownType,
  MAX_BODY_BYTES,
  SKIPPABLE,
  writeFrameHeader,
} from './frame.js'
import { commonVersion, decodeHello, encodeHello, HELLO_BYTES } from './hello.js'

const test = suite('link/wire')

const u8 = fc.integer({ min: 0, max: 0xff })
const frame = fc.record({ type: u8, flags: u8, body: fc.uint8Array({ maxLength: 60 }) })
const frames = fc.array(frame, { minLength: 1, maxLength: 6 })
const hello = fc
  .record({
    timeMs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    lowest: fc.integer({ min: 1, max: 255 }),
    more: u8,
    features: fc.integer({ min: 0, max: 0xffffffff }),
    rank: fc.integer({ min: 0, max: 254 }),
    device: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
  .map(({ lowest, more, ...rest }) => ({ ...rest, versions: { lowest, highest: Math.min(255, lowest + more) } }))

function encodeFrames(list: readonly Frame[]): Uint8Array {
  return concat(
    ...list.map(({ type, flags, body }) => {
      const bytes = new Uint8Array(FRAME_HEADER_BYTES + body.length)
      writeFrameHeader(bytes, 0, type, flags, body.length)
      bytes.set(body, FRAME_HEADER_BYTES)
      return bytes
    }),
  )
}

test('whole frames come back as they were; damaged ones are refused without a throw', () => {
  // Bytes after a frame are the next one, so that a cut at a frame's end is a record too.
  assertDecoder({ valid: frames.map(encodeFrames), decode: decodeFrames, encode: encodeFrames, extensible: true })
})

test('a record that ends inside of its last frame is refused as a whole', () => {
  fc.assert(
    fc.property(frames, frame, fc.nat(), (before, last, at) => {
      const [start, whole] = [encodeFrames(before), encodeFrames([...before, last])]
      const cut = start.length + 1 + (at % (whole.length - start.length))
      assert.is(checkFrames(whole.subarray(0, cut)), cut === whole.length ? undefined : 'too-short')
    }),
  )
})

test('the frames of the corpus are read or refused as their files say', () => {
  assertCorpus('stack/link/corpus/frames', decodeFrames)
})

test('a header is four bytes: type, flags, length', () => {
  const record = new Uint8Array(6)
  writeFrameHeader(record, 1, FrameType.data, 0x05, 0x1234)
  assert.is(toHex(record), '001105123400')
})

test('the longest body fills a record, and one byte more is refused', () => {
  const record = new Uint8Array(FRAME_HEADER_BYTES)
  writeFrameHeader(record, 0, 0xff, 0xff, MAX_BODY_BYTES)
  assert.is(MAX_BODY_BYTES, 65_515)
  assert.throws(() => writeFrameHeader(record, 0, 1, 0, MAX_BODY_BYTES + 1), /65516/)
  assert.throws(() => writeFrameHeader(record, 0, 0x100, 0, 0), RangeError)
  assert.throws(() => writeFrameHeader(record, 0, 1, -1, 0), RangeError)
})

test('no type of version 1 may be skipped by who does not know it', () => {
  for (const type of Object.values(FrameType)) assert.ok(isKnownType(type) && (type & SKIPPABLE) === 0)
  for (const type of [0x00, 0x04, 0x08, 0x1e, 0x91]) assert.not(isKnownType(type))
})

test('a hello comes back as it was; damaged ones are refused without a throw', () => {
  assertDecoder({ valid: hello.map(encodeHello), decode: decodeHello, encode: encodeHello })
})

test('the hellos of the corpus are read or refused as their files say', () => {
  assertCorpus('stack/link/corpus/hello', decodeHello)
})

test('a hello has 47 bytes, and a rank of 255 is not written', () => {
  const sample = fc.sample(hello, { numRuns: 1, seed: 1 })[0]!
  assert.is(encodeHello(sample).length, HELLO_BYTES)
  assert.throws(() => encodeHello({ ...sample, rank: 255 }), RangeError)
})

// protocol.md §8 MUST: The version spoken MUST be
test('the version spoken is the highest that both have', () => {
  const range = (lowest: number, highest: number) => ({ lowest, highest })
  assert.is(commonVersion(range(1, 1), range(1, 1)), 1)
  assert.is(commonVersion(range(1, 4), range(2, 3)), 3)
  assert.is(commonVersion(range(2, 3), range(1, 9)), 3)
  assert.is(commonVersion(range(1, 2), range(3, 4)), undefined)
  assert.is(commonVersion(range(5, 6), range(3, 4)), undefined)
})

test.run()
