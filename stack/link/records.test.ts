// Frames into records and back: what shares a record, what waits, what a key may seal, and what does not open.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { concat } from '../bytes/index.js'
import { decodeFrames, type Frame, FrameType, MAX_BODY_BYTES } from './frame.js'
import { LENGTH_BYTES, MAX_PLAINTEXT_BYTES, MAX_RECORDS, OWN_RECORD_BYTES } from './limits.js'
import { Outbound } from './outbound.js'
import { RecordOpener, RecordSealer } from './record.js'

const test = suite('link/records')
const crypto = await openTestCrypto()
const key = () => new Uint8Array(32).fill(9)
const empty = new Uint8Array(0)

/** Everything that waits, opened: the frames of each record. */
function open(outbound: Outbound): Frame[][] {
  const opener = new RecordOpener(crypto, key())
  const records: Frame[][] = []
  for (let record = outbound.pollRecord(); record; record = outbound.pollRecord()) {
    const frames = decodeFrames(opener.open(record.subarray(LENGTH_BYTES))!)
    if (typeof frames === 'string') throw new Error(frames)
    records.push(frames)
  }
  return records
}

function outboundOf(counter = 0): Outbound {
  return new Outbound(new RecordSealer(crypto, key(), counter))
}

test('small frames share a record', () => {
  const outbound = outboundOf()
  for (let index = 0; index < 10; index++) outbound.push(FrameType.nack, index, Uint8Array.of(index), Uint8Array.of(7))
  const records = open(outbound)
  assert.is(records.length, 1)
  assert.equal(
    records[0]!.map(({ flags, body }) => [flags, ...body]),
    Array.from({ length: 10 }, (_, index) => [index, index, 7]),
  )
})

test('a frame that does not fit begins the next record, and the order stays', () => {
  const outbound = outboundOf()
  const body = new Uint8Array(8000)
  for (let index = 0; index < 10; index++) outbound.push(FrameType.data, index, body)
  assert.equal(
    open(outbound).map((frames) => frames.map(({ flags }) => flags)),
    [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9],
    ],
  )
})

test('a chunk has a record of its own, whatever stands before and after it', () => {
  const outbound = outboundOf()
  outbound.push(FrameType.nack, 1, empty)
  outbound.push(FrameType.data, 2, new Uint8Array(21), new Uint8Array(61_440).fill(5))
  outbound.push(FrameType.nack, 3, empty)
  outbound.push(FrameType.nack, 4, empty)
  const records = open(outbound)
  assert.equal(
    records.map((frames) => frames.map(({ flags }) => flags)),
    [[1], [2], [3, 4]],
  )
  assert.equal(records[1]![0]!.body, concat(new Uint8Array(21), new Uint8Array(61_440).fill(5)))
})

test('frames fill a record to its last byte, and one byte more begins another', () => {
  for (const [more, records] of [
    [0, 1],
    [1, 2],
  ] as const) {
    const outbound = outboundOf()
    let left = MAX_PLAINTEXT_BYTES - 8
    for (; left >= OWN_RECORD_BYTES; left -= OWN_RECORD_BYTES - 1)
      outbound.push(FrameType.data, 0, new Uint8Array(OWN_RECORD_BYTES - 5))
    outbound.push(FrameType.data, 0, new Uint8Array(left - 4 + more))
    outbound.push(FrameType.data, 0, new Uint8Array(4))
    assert.is(open(outbound).length, records)
  }
})

test('the longest body goes and comes', () => {
  const outbound = outboundOf()
  const body = new Uint8Array(MAX_BODY_BYTES).map((_, index) => index)
  outbound.push(FrameType.data, 0, body)
  assert.is(outbound.queuedBytes, 65_537)
  assert.equal(open(outbound)[0]![0]!.body, body)
  assert.throws(() => outbound.push(FrameType.data, 0, body, Uint8Array.of(1)), RangeError)
})

test('a taken record stays as it is when further ones are sealed', () => {
  const outbound = outboundOf()
  outbound.push(FrameType.data, 0, new Uint8Array(100).fill(1))
  const first = outbound.pollRecord()!
  const copy = first.slice()
  outbound.push(FrameType.data, 0, new Uint8Array(100).fill(2))
  outbound.pollRecord()
  assert.equal(first, copy)
  assert.is(outbound.queuedBytes, 0)
})

// protocol.md §8 MUST: A key MUST NOT seal more than 2^36 records
test('a key seals its last record and then no more', () => {
  const outbound = outboundOf(MAX_RECORDS - 1)
  outbound.push(FrameType.nack, 0, empty)
  assert.ok(outbound.pollRecord())
  assert.not(outbound.usedUp)
  outbound.push(FrameType.nack, 0, empty)
  assert.is(outbound.pollRecord(), undefined)
  assert.ok(outbound.usedUp)
  const sealer = new RecordSealer(crypto, key(), MAX_RECORDS)
  assert.throws(() => sealer.seal(Uint8Array.of(1)), RangeError)
})

test('records open in their order only, each once, and a refused one changes nothing', () => {
  const sealer = new RecordSealer(crypto, key())
  const sealed = [1, 2, 3].map((value) => sealer.seal(Uint8Array.of(value)).subarray(LENGTH_BYTES))
  const opener = new RecordOpener(crypto, key())
  // Each time a copy: opening writes where the record lies.
  const open = (index: number) => opener.open(sealed[index]!.slice())
  assert.is(open(1), undefined)
  assert.equal(open(0), Uint8Array.of(1))
  assert.is(open(0), undefined)
  assert.is(open(2), undefined)
  assert.equal(open(1), Uint8Array.of(2))
})

test('wiping overwrites the key and forgets what waits', () => {
  const [sealing, opening] = [key(), key()]
  const outbound = new Outbound(new RecordSealer(crypto, sealing))
  outbound.push(FrameType.nack, 0, empty)
  outbound.wipe()
  new RecordOpener(crypto, opening).wipe()
  assert.equal([sealing, opening], [new Uint8Array(32), new Uint8Array(32)])
  assert.is(outbound.queuedBytes, 0)
  assert.is(outbound.pollRecord(), undefined)
})

test.run()
