// The four frames: what their encoders write is read again, and nothing else is.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus, assertDecoder } from '../../../test/samples/decoders.js'
import { concat, fromHex } from '../../bytes/index.js'
import { decodeAnnounce, encodeAnnounce } from './announce.js'
import { DATA_HEAD_BYTES, type Data, decodeData, encodeDataHead, MAX_PIECE_BYTES } from './data.js'
import { decodeInterest, encodeInterest, type Question } from './interest.js'
import { decodeNack, encodeNack } from './nack.js'
import { MAX_BODY_BYTES, NACK_CODE, type NackReason } from './numbers.js'

const test = suite('forward/wire')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const token = fc.integer({ min: 1, max: 0xffffffff })
const rank = fc.integer({ min: 0, max: 254 })

const question: fc.Arbitrary<Question> = fc.oneof(
  fc.record({
    kind: fc.constant('name' as const),
    have: fc.record({ k: fc.integer({ min: 0, max: 15 }), serial: u32, versions: fc.array(u64, { maxLength: 32 }) }),
    maxAgeS: u32,
  }),
  fc.record({ kind: fc.constant('head' as const), have: fc.record({ length: u64, openPage: bytes32 }), maxAgeS: u32 }),
  fc.record({ kind: fc.constant('chunk' as const), via: bytes32 }),
)
const interest = fc.record({
  token,
  lifetimeMs: u16,
  hops: fc.integer({ min: 0, max: 32 }),
  rank,
  answerBytes: fc.integer({ min: 0, max: 0xffffff }),
  key: bytes32,
  question,
})
const data = fc
  .record({
    token,
    offset: fc.integer({ min: 0, max: 1_000_000 }),
    more: fc.integer({ min: 0, max: 1_000_000 }),
    bytesAllowed: u32,
    hops: fc.integer({ min: 1, max: 255 }),
    ageS: u32,
    payload: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  })
  .map(({ more, ...rest }) => ({ ...rest, total: rest.offset + rest.payload.length + more }))
const nack = fc.record({
  token,
  reason: fc.constantFrom(...(Object.keys(NACK_CODE) as NackReason[])),
  retryMs: u16,
  bytesAllowed: u32,
})
const route = fc.record({
  kind: fc.constantFrom('name' as const, 'log' as const),
  key: bytes32,
  lifetimeS: u16,
  cost: fc.integer({ min: 0, max: 254 }),
})
const device = fc.record({
  kind: fc.constant('device' as const),
  key: bytes32,
  lifetimeS: u16,
  cost: fc.integer({ min: 0, max: 254 }),
  proof: fc.uint8Array({ maxLength: 80 }),
})
const announce = fc.record({ rank, routes: fc.array(fc.oneof(route, device), { maxLength: 255 }) })

function encodeData(value: Data): Uint8Array {
  return concat(encodeDataHead(value), value.payload)
}

// protocol.md §10.1 MUST: An Interest with a token of 0
test('an interest is read as it was written, or refused', () => {
  assertDecoder({ valid: interest.map(encodeInterest), decode: decodeInterest, encode: encodeInterest })
  assertCorpus('stack/forward/corpus/interest', decodeInterest)
})

test('data is read as it was written, or refused', () => {
  assertDecoder({ valid: data.map(encodeData), decode: decodeData, encode: encodeData, extensible: true })
  assertCorpus('stack/forward/corpus/data', decodeData)
})

// protocol.md §10.9 MUST: reason: 1 NoRoute, 2 Busy
test('a nack is read as it was written, or refused', () => {
  assertDecoder({ valid: nack.map(encodeNack), decode: decodeNack, encode: encodeNack })
  assertCorpus('stack/forward/corpus/nack', decodeNack)
})

test('an announce is read as it was written, or refused', () => {
  const known = (body: Uint8Array) => {
    const decoded = decodeAnnounce(body)
    // What a later version announces is left out, so it is not written again.
    return typeof decoded !== 'string' && decoded.routes.length < (body[1] ?? 0) ? 'bad-kind' : decoded
  }
  assertDecoder({ valid: announce.map(encodeAnnounce), decode: known, encode: encodeAnnounce }, 30)
  assertCorpus('stack/forward/corpus/announce', decodeAnnounce)
})

// protocol.md §10.6 MUST: Unknown kinds MUST be skipped
test('an announce leaves out routes of unknown kinds and keeps those after them', () => {
  const unknown = `07${'11'.repeat(32)}012c0003aabbcc`
  const decoded = decodeAnnounce(fromHex(`0102${unknown}01${'22'.repeat(32)}012c0200`) ?? new Uint8Array(0))
  assert.equal(decoded, {
    rank: 1,
    routes: [{ kind: 'log', key: new Uint8Array(32).fill(0x22), lifetimeS: 300, cost: 2 }],
  })
})

test('the longest piece fills a frame, and one more byte is refused', () => {
  const head = { token: 1, offset: 0, total: MAX_PIECE_BYTES + 1, bytesAllowed: 0, hops: 1, ageS: 0 }
  const body = encodeData({ ...head, payload: new Uint8Array(MAX_PIECE_BYTES) })
  assert.is(body.length, MAX_BODY_BYTES)
  assert.type(decodeData(body), 'object')
  assert.is(decodeData(concat(body, Uint8Array.of(0))), 'too-long')
  assert.is(DATA_HEAD_BYTES + MAX_PIECE_BYTES, MAX_BODY_BYTES)
})

test.run()
