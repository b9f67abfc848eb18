// What a session says in its handshake and in its records: what was written is read again, and nothing else is.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus, assertDecoder } from '../../../test/samples/decoders.js'
import { encodeUtf8 } from '../../bytes/index.js'
import { MAX_DATA_BYTES, MAX_RESET_TEXT_BYTES } from '../limits.js'
import {
  type CallStatus,
  decodeAnswerHello,
  decodeCallHello,
  encodeAnswerHello,
  encodeCallHello,
  isService,
} from './greeting.js'
import { decodeRecord, encodeRecord, type ResetCode, type SessionRecord } from './record.js'

const test = suite('session/wire')

const u64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const certificate = fc.uint8Array({ maxLength: 200 })
const call = fc.record({
  timeMs: u64,
  resume: fc.boolean(),
  device: fixed(32),
  id: fixed(16),
  received: u64,
  service: fc.stringMatching(/^[a-z0-9.-]{1,63}$/),
  certificate,
})
const answer = fc.record({
  status: fc.constantFrom<CallStatus>('accepted', 'NoService', 'NotAllowed', 'Busy', 'NoSession'),
  received: u64,
  certificate,
})
const record: fc.Arbitrary<SessionRecord> = fc.oneof(
  fc.record({ kind: fc.constant('data' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) }),
  fc.constant({ kind: 'end' as const }),
  fc.record({ kind: fc.constant('ack' as const), received: u64, room: u32 }),
  fc.record({ kind: fc.constantFrom('ping' as const, 'pong' as const), token: fixed(8) }),
  fc.record({
    kind: fc.constant('reset' as const),
    code: fc.constantFrom<ResetCode>('closed', 'ending', 'bad', 'busy'),
    text: fc.string({ maxLength: 50, unit: 'grapheme' }).filter((text) => encodeUtf8(text).length <= 200),
  }),
)

test('a call is read as it was written, or refused', () => {
  // Flags without a meaning are ignored, so it is what was read that comes back.
  const decode = (bytes: Uint8Array) => ((bytes[9] ?? 0) > 1 ? 'bad-flags' : decodeCallHello(bytes))
  assertDecoder({ valid: call.map(encodeCallHello), decode, encode: encodeCallHello })
  assertCorpus('stack/session/corpus/call', decodeCallHello)
})

test('an answer is read as it was written, or refused', () => {
  assertDecoder({ valid: answer.map(encodeAnswerHello), decode: decodeAnswerHello, encode: encodeAnswerHello })
  assertCorpus('stack/session/corpus/answer', decodeAnswerHello)
})

test('a record is read as it was written, or refused', () => {
  assertDecoder({ valid: record.map(encodeRecord), decode: decodeRecord, encode: encodeRecord, extensible: true })
  assertCorpus('stack/session/corpus/record', decodeRecord)
})

test('a service is 1 to 63 of a-z, 0-9, hyphen and dot', () => {
  for (const service of ['chat', 'runnel.inbox', 'a', '9-x', 'x'.repeat(63)]) assert.ok(isService(service), service)
  for (const service of ['', 'Chat', 'a b', 'ä', 'x'.repeat(64), 'a\n']) assert.not(isService(service), service)
})

test('the longest data fills a record, and one more byte is refused', () => {
  assert.type(decodeRecord(encodeRecord({ kind: 'data', bytes: new Uint8Array(MAX_DATA_BYTES) })), 'object')
  assert.is(decodeRecord(encodeRecord({ kind: 'data', bytes: new Uint8Array(MAX_DATA_BYTES + 1) })), 'too-long')
})

test('a text of 200 bytes fits a RESET; a longer one is neither written nor read', () => {
  const reset = (length: number) => ({ kind: 'reset', code: 'bad', text: 'x'.repeat(length) }) as const
  const longest = encodeRecord(reset(MAX_RESET_TEXT_BYTES))
  assert.equal(decodeRecord(longest), reset(MAX_RESET_TEXT_BYTES))
  assert.throws(() => encodeRecord(reset(MAX_RESET_TEXT_BYTES + 1)), /too many bytes/)
  assert.is(decodeRecord(Uint8Array.of(...longest, 0x78)), 'too-long')
})

test('a call for what is no service is not written', () => {
  const bytes = (length: number): Uint8Array => new Uint8Array(length)
  const said = { timeMs: 1, resume: false, device: bytes(32), id: bytes(16), received: 0, certificate: bytes(0) }
  assert.throws(() => encodeCallHello({ ...said, service: 'Chat' }), /no service/)
  assert.type(encodeCallHello({ ...said, service: 'chat' }), 'object')
})

test.run()
