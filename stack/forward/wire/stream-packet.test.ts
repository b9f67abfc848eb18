// Packets of frames: what the encoder writes is read again, and nothing else is.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus, assertDecoder } from '../../../test/samples/decoders.js'
import { concat } from '../../bytes/index.js'
import { decodeInterest, encodeInterest, type Interest } from './interest.js'
import { NACK_CODE, type NackReason } from './numbers.js'
import {
  decodeStreamPacket,
  encodeStreamPacket,
  MAX_PACKET_FRAMES,
  packetHead,
  type StreamFrame,
} from './stream-packet.js'

const test = suite('forward/stream-packet')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const token = fc.integer({ min: 1, max: 0xffffffff })
const flags = fc.integer({ min: 0, max: 255 })
const part = fc.record({ from: u32, bytes: u32 }).filter(({ from, bytes }) => from > 0 || bytes > 0)
const chunk = fc.oneof(
  fc.record({ kind: fc.constant('chunk' as const), via: bytes32 }),
  fc.record({ kind: fc.constant('chunk' as const), via: bytes32, part }),
)
const head = fc.record({
  kind: fc.constant('head' as const),
  have: fc.record({ length: fc.nat(), openPage: bytes32 }),
  maxAgeS: u32,
})
const interest = fc.record({
  token,
  lifetimeMs: fc.integer({ min: 0, max: 0xffff }),
  hops: fc.integer({ min: 0, max: 32 }),
  rank: fc.integer({ min: 0, max: 254 }),
  answerBytes: fc.integer({ min: 0, max: 0xffffff }),
  key: bytes32,
  question: fc.oneof(chunk, head),
})
const data = fc
  .record({
    ...{ token, offset: fc.nat(1_000_000), bytesAllowed: u32, hops: fc.integer({ min: 1, max: 255 }), ageS: u32 },
    payload: fc.uint8Array({ minLength: 1, maxLength: 100 }),
  })
  .map((data) => ({ ...data, total: data.offset + data.payload.length }))
const nack = fc.record({
  token,
  reason: fc.constantFrom(...(Object.keys(NACK_CODE) as NackReason[])),
  retryMs: fc.integer({ min: 0, max: 0xffff }),
  bytesAllowed: u32,
})
const frame: fc.Arbitrary<StreamFrame> = fc.oneof(
  fc.record({ type: fc.constant('interest' as const), flags, interest }),
  fc.record({ type: fc.constant('data' as const), flags, data }),
  fc.record({ type: fc.constant('nack' as const), flags, nack }),
)
const frames = fc.array(frame, { minLength: 1, maxLength: MAX_PACKET_FRAMES })

/** What a checksum is has been looked at before: it is not read here. */
function reencoded(packet: Uint8Array): Uint8Array {
  const decoded = decodeStreamPacket(packet)
  if (typeof decoded === 'string') throw new Error(decoded)
  const written = encodeStreamPacket(decoded)
  written.set(packet.subarray(2, 4), 2)
  return written
}

// protocol.md §22 MUST: Other versions, no frame, more than 16
test('a packet is read as it was written, or refused', () => {
  assertDecoder({
    valid: frames.map(encodeStreamPacket),
    decode: (packet) => {
      const decoded = decodeStreamPacket(packet)
      return typeof decoded === 'string' ? decoded : { packet, decoded }
    },
    encode: ({ packet }) => reencoded(packet),
  })
  assertCorpus('stack/forward/corpus/stream-packet', decodeStreamPacket)
})

test('the beginning of a packet and its payload are the packet', () => {
  const property = fc.property(data, nack, flags, (data, nack, flags) => {
    const whole = encodeStreamPacket([{ type: 'data', flags, data }])
    assert.equal(concat(packetHead({ type: 'data', flags, data }, data.payload.length), data.payload), whole)
    const refusal = { type: 'nack', flags, nack } as const
    assert.equal(packetHead(refusal, 0), encodeStreamPacket([refusal]))
  })
  fc.assert(property)
})

test('a part of a chunk is asked for by packets alone', () => {
  const asked: Interest = {
    ...{ token: 1, lifetimeMs: 0, hops: 0, rank: 0, answerBytes: 10, key: new Uint8Array(32) },
    question: { kind: 'chunk', via: new Uint8Array(32), part: { from: 0, bytes: 9 } },
  }
  assert.is(decodeInterest(encodeInterest(asked)), 'bad-range')
  assert.equal(decodeStreamPacket(encodeStreamPacket([{ type: 'interest', flags: 0, interest: asked }])), [
    { type: 'interest', flags: 0, interest: asked },
  ])
})

test('as many frames as there may be are read, and one more is not written', () => {
  const refusal: StreamFrame = {
    type: 'nack',
    flags: 0,
    nack: { token: 1, reason: 'Busy', retryMs: 0, bytesAllowed: 0 },
  }
  const most = new Array<StreamFrame>(MAX_PACKET_FRAMES).fill(refusal)
  assert.is(decodeStreamPacket(encodeStreamPacket(most)).length, MAX_PACKET_FRAMES)
  assert.throws(() => encodeStreamPacket([...most, refusal]), /17 frames/)
})

test.run()
