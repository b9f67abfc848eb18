// Messages and probes: read as they were written, refused otherwise.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus, assertDecoder } from '../../../test/samples/decoders.js'
import { isElsewhere } from '../address.js'
import { MAX_CANDIDATES, MAX_INDEX } from '../limits.js'
import { decodePacketMessage, encodePacketMessage, MAX_MESSAGE_BYTES, type PacketMessage } from './message.js'
import { decodeProbe, encodeProbe, type Probe } from './probe.js'

const test = suite('packet/wire')

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const generation = fc.integer({ min: 1, max: 0xffff_ffff })
const udpAddress = fc.record({
  address: fc.oneof(bytes(4), bytes(16)),
  port: fc.integer({ min: 1, max: 65_535 }),
})
const message: fc.Arbitrary<PacketMessage> = fc.oneof(
  fc.record({
    ...{ type: fc.constant('keys' as const), generation, ephemeral: bytes(32) },
    index: fc.integer({ min: 1, max: MAX_INDEX }),
  }),
  fc.record({ type: fc.constantFrom('ready' as const, 'using' as const), generation }),
  fc.record({
    type: fc.constant('candidates' as const),
    addresses: fc.array(udpAddress, { maxLength: MAX_CANDIDATES }),
  }),
)
const probe: fc.Arbitrary<Probe> = fc.record({
  type: fc.constantFrom('challenge' as const, 'response' as const),
  token: bytes(8),
})

test('every message and probe is read as it was written, and nothing else is', () => {
  assertDecoder({
    valid: message.map(encodePacketMessage),
    decode: decodePacketMessage,
    encode: encodePacketMessage,
  })
  assertDecoder({ valid: probe.map(encodeProbe), decode: decodeProbe, encode: encodeProbe })
  const keys = { type: 'keys' as const, generation: 3, index: 4, ephemeral: new Uint8Array(32).fill(5) }
  assert.equal(decodePacketMessage(encodePacketMessage(keys)), keys)
})

test('what the corpora hold is read or refused for its reason', () => {
  assertCorpus('stack/packet/corpus/message', decodePacketMessage)
  assertCorpus('stack/packet/corpus/probe', decodeProbe)
})

test('the longest message is as long as is said', () => {
  const addresses = Array.from({ length: MAX_CANDIDATES }, () => ({ address: new Uint8Array(16).fill(9), port: 1 }))
  assert.is(encodePacketMessage({ type: 'candidates', addresses }).length, MAX_MESSAGE_BYTES)
  const more = [...addresses, ...addresses.slice(0, 1)]
  assert.throws(() => encodePacketMessage({ type: 'candidates', addresses: more }), /too many/)
})

test('what does not fit its field is a fault of who wants to write it', () => {
  const short = new Uint8Array(31)
  assert.throws(() => encodePacketMessage({ type: 'keys', generation: 1, index: 1, ephemeral: short }), /32 bytes/)
  assert.throws(() => encodeProbe({ type: 'challenge', token: short }), /token/)
  const addresses = [{ address: short, port: 1 }]
  assert.throws(() => encodePacketMessage({ type: 'candidates', addresses }), /address/)
})

test('an address that a peer names is elsewhere, and that of one machine', () => {
  const four = (text: string) => ({ address: Uint8Array.from(text.split('.').map(Number)), port: 9 })
  for (const text of ['10.0.0.1', '192.0.2.7', '223.255.255.255']) assert.ok(isElsewhere(four(text)), text)
  for (const text of ['0.0.0.0', '127.0.0.1', '169.254.1.1', '224.0.0.1', '255.255.255.255']) {
    assert.not(isElsewhere(four(text)), text)
  }
  const six = (...first: number[]) => ({
    address: Uint8Array.of(...first, ...new Uint8Array(15 - first.length), 1),
    port: 9,
  })
  assert.ok(isElsewhere(six(0x20, 0x01)) && isElsewhere(six(0xfd)))
  for (const first of [[0], [0xff, 2], [0xfe, 0x80]]) assert.not(isElsewhere(six(...first)), String(first))
  assert.not(isElsewhere({ ...four('10.0.0.1'), port: 0 }))
})

test.run()
