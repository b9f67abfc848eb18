// Frames out of a stream of bytes, however it is cut, and nothing but frames.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat } from '../../stack/bytes/index.js'
import { assertCorpus } from '../../test/samples/decoders.js'
import { decodeFrame, encodeFrame, type Frame, FrameSplitter } from './frames.js'
import { maxFrameBytes } from './limits.js'

const test = suite('frames')

const frame = fc.dictionary(
  fc.constantFrom('id', 'item', 'method', 'x'),
  fc.oneof(fc.nat(), fc.string(), fc.uint8Array()),
  {
    noNullPrototype: true,
  },
)

test('come out as they went in, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(40), { maxLength: 60 }), (frames, cuts) => {
      const stream = concat(...frames.map((one) => encodeFrame(one)))
      const splitter = new FrameSplitter()
      const got: Frame[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        push(splitter, stream.subarray(at, at + cut), got)
        at += cut
      }
      assert.equal(got, frames)
      assert.is(splitter.refused, undefined)
    }),
  )
})

test('come out of single bytes', () => {
  const frames = [{ a: 1 }, { b: 'x'.repeat(300) }]
  const splitter = new FrameSplitter()
  const got: Frame[] = []
  for (const byte of concat(...frames.map((one) => encodeFrame(one)))) push(splitter, Uint8Array.of(byte), got)
  assert.equal(got, frames)
})

test('end at the first thing that is none, after those before it', () => {
  for (const bad of [
    [0, 0, 0, 0],
    [0, 0, 0, 1, 0x81],
    [0, 0, 0, 1, 0xff],
    [0xff, 0xff, 0xff, 0xff],
    [0, 64, 0, 1],
  ]) {
    for (const whole of [true, false]) {
      const splitter = new FrameSplitter()
      const got: Frame[] = []
      const stream = concat(encodeFrame({ a: 1 }), Uint8Array.from(bad), encodeFrame({ b: 2 }))
      if (whole) push(splitter, stream, got)
      else for (const byte of stream) push(splitter, Uint8Array.of(byte), got)
      assert.equal(got, [{ a: 1 }])
      assert.is.not(splitter.refused, undefined)
    }
  }
})

test('a listener that has enough gets no more of the same bytes', () => {
  const splitter = new FrameSplitter()
  const got: Frame[] = []
  splitter.push(concat(encodeFrame({ a: 1 }), encodeFrame({ a: 2 })), (one) => {
    got.push(one)
    return false
  })
  assert.equal(got, [{ a: 1 }])
})

test('never throw and never pass a refusal, whatever arrives', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 20 }), (parts) => {
      const splitter = new FrameSplitter()
      let after = 0
      for (const part of parts) {
        const refused = splitter.refused !== undefined
        splitter.push(part, () => {
          if (refused) after += 1
          return true
        })
      }
      assert.is(after, 0)
    }),
  )
})

test('a claimed length costs no memory until its bytes have come', () => {
  const before = process.memoryUsage().arrayBuffers
  const splitters = Array.from({ length: 200 }, () => new FrameSplitter())
  for (const splitter of splitters) splitter.push(Uint8Array.of(0, 0x40, 0, 0, 0xa1), () => true)
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000)
})

test('one of the largest size is sent, one byte more is not', () => {
  // The map, the key and the length of the bytes take 8 bytes.
  const largest = encodeFrame({ a: new Uint8Array(maxFrameBytes - 8) })
  assert.is(largest.length, 4 + maxFrameBytes)
  assert.is.not(typeof decodeFrame(largest.subarray(4)), 'string')
  assert.throws(
    () => encodeFrame({ a: new Uint8Array(maxFrameBytes - 7) }),
    (error: unknown) => error instanceof RangeError,
  )
  assert.is(decodeFrame(new Uint8Array(maxFrameBytes + 1)), 'too-long')
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('api/protocol/corpus/frame', decodeFrame)
})

test.run()

function push(splitter: FrameSplitter, bytes: Uint8Array, into: Frame[]): void {
  splitter.push(bytes, (one) => {
    into.push(one)
    return true
  })
}
