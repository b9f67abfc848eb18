// Closings: where logs of struck devices end, said once for each.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { filled, SampleName } from '../../test/samples/name.js'
import { toHex, Writer } from '../bytes/index.js'
import { type ClosedDevice, type ClosedLog, closingOf, decodeClosings, encodeClosings } from './closings.js'
import { MAX_CHUNK_BYTES, MAX_CLOSED_DEVICES, MAX_CLOSED_LOGS } from './limits.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/closings')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
// As the decoder makes them: with the usual prototype.
const plain = { noNullPrototype: true }
const closedLog = fc.record(
  {
    log: bytes32,
    length: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    closedRoot: bytes32,
    openPage: bytes32,
  },
  plain,
)
const closings: fc.Arbitrary<ClosedDevice[]> = fc
  .record({
    devices: fc.uniqueArray(bytes32, { maxLength: 4, selector: toHex }),
    logs: fc.uniqueArray(closedLog, { maxLength: 12, selector: (closed) => toHex(closed.log) }),
    withHead: fc.boolean(),
  })
  .map(({ devices, logs, withHead }) =>
    devices.map((device, index) => ({
      device,
      cardHead: withHead ? { ...sample.cardHead(), device } : undefined,
      logs: logs.slice(3 * index, 3 * index + 3),
    })),
  )

function numbered(value: number): Uint8Array {
  return new Writer(32).zeros(28).u32(value).bytes()
}

function logs(count: number, from = 0): ClosedLog[] {
  return Array.from({ length: count }, (_, index) => ({
    log: numbered(from + index),
    length: index,
    closedRoot: filled(8),
    openPage: filled(9),
  }))
}

test('closings are read as they were written, and refused with any byte missing or added', () => {
  assertDecoder({ valid: closings.map(encodeClosings), decode: decodeClosings, encode: encodeClosings }, 30)
  fc.assert(fc.property(closings, (value) => assert.equal(decodeClosings(encodeClosings(value)), value)))
})

test('a log is found by its key, whichever device it is of', () => {
  const devices = [
    { device: filled(1), cardHead: undefined, logs: logs(2) },
    { device: filled(2), cardHead: undefined, logs: logs(2, 10) },
  ]
  assert.is(closingOf(devices, numbered(11))?.length, 1)
  assert.is(closingOf(devices, numbered(2)), undefined)
})

test("another device's card head is neither written nor read", () => {
  const cardHead = sample.cardHead()
  assert.throws(() => encodeClosings([{ device: filled(1), cardHead, logs: [] }]), /another device/)
  const bytes = encodeClosings([{ device: sample.device, cardHead, logs: [] }])
  bytes[2] = (bytes[2] ?? 0) ^ 1
  assert.is(decodeClosings(bytes), 'not-member')
})

// protocol.md §6.7 MUST: Devices MUST be distinct
test('a device or a log twice is neither written nor read', () => {
  const twice = [...logs(1), ...logs(1)]
  assert.throws(() => encodeClosings([{ device: filled(1), cardHead: undefined, logs: twice }]), /twice/)
  const device = { device: filled(1), cardHead: undefined, logs: [] }
  assert.throws(() => encodeClosings([device, device]), /twice/)
  const bytes = encodeClosings([{ ...device, logs: logs(2) }])
  bytes.copyWithin(bytes.length - 104, bytes.length - 208, bytes.length - 104)
  assert.is(decodeClosings(bytes), 'bad-order')
  const devices = encodeClosings([device, { ...device, device: filled(2) }])
  devices.copyWithin(2 + 36, 2, 2 + 36)
  assert.is(decodeClosings(devices), 'bad-order')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('32 devices are written and read, one more is not', () => {
  const many = Array.from({ length: MAX_CLOSED_DEVICES + 1 }, (_, index) => ({
    device: numbered(index),
    cardHead: undefined,
    logs: [],
  }))
  const full = encodeClosings(many.slice(1))
  assert.is((decodeClosings(full) as ClosedDevice[]).length, MAX_CLOSED_DEVICES)
  assert.throws(() => encodeClosings(many), /33 struck devices/)
  full[1] = MAX_CLOSED_DEVICES + 1
  assert.is(decodeClosings(full), 'bad-count')
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('256 logs of a device are written and read, one more is not', () => {
  const device = (count: number): ClosedDevice => ({ device: filled(1), cardHead: undefined, logs: logs(count) })
  const full = encodeClosings([device(MAX_CLOSED_LOGS)])
  assert.is((decodeClosings(full) as ClosedDevice[])[0]?.logs.length, MAX_CLOSED_LOGS)
  assert.throws(() => encodeClosings([device(MAX_CLOSED_LOGS + 1)]), /257 closed logs/)
  full[2 + 34 + 1] = 1
  assert.is(decodeClosings(full), 'bad-count')
})

test('closings that fill a chunk to its last byte are written and read', () => {
  const full = Array.from({ length: 21 }, (_, index) => ({
    device: numbered(index),
    cardHead: index < 2 ? { ...sample.cardHead(), device: numbered(index) } : undefined,
    logs: logs(index < 20 ? 29 : 0, 100 * index),
  }))
  const chunk = encodeClosings(full)
  assert.is(chunk.length, MAX_CHUNK_BYTES)
  assert.equal(decodeClosings(chunk), full)
})

test('closings that do not fit a chunk are refused', () => {
  const devices = [0, 1, 2].map((index) => ({
    device: numbered(index),
    cardHead: undefined,
    logs: logs(MAX_CLOSED_LOGS, 1_000 * index),
  }))
  assert.throws(() => encodeClosings(devices), /do not fit/)
  assert.is(decodeClosings(new Uint8Array(MAX_CHUNK_BYTES + 1)), 'too-long')
})

// protocol.md §6.7 MUST: Devices MUST be distinct
test('the corpus is read and refused as its names say', () => {
  assertCorpus('stack/name/corpus/closings', decodeClosings)
})

test.run()
