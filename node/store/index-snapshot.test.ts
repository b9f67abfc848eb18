// Snapshots are read as they were written, or refused.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Writer } from '../../stack/bytes/index.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { decodeSnapshot, IndexSnapshot } from './index-snapshot.js'
import { crypto, keyOf } from './testing/samples.js'

const test = suite('index snapshot')

/** What a segment may hold: chunks and other records, one after the other. */
const snapshots = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 61_440 })), { minLength: 1, maxLength: 12 })

test('a snapshot is read as it was written, and nothing else is', () => {
  assertDecoder({
    valid: snapshots.map((parts) => snapshotOf(parts).encode(crypto, 'own', 7)),
    decode: (bytes) => decodeSnapshot(crypto, 'own', 7, bytes),
    encode: (snapshot) => snapshot.encode(crypto, 'own', 7),
  })
})

test('everything is visited in the order of offsets', () => {
  fc.assert(
    fc.property(snapshots, (parts) => {
      const offsets: number[] = []
      let chunks = 0
      snapshotOf(parts).visit({
        chunk: (name, offset) => {
          offsets.push(offset)
          assert.equal(name, keyOf(offset))
          chunks++
        },
        record: (offset) => offsets.push(offset),
      })
      assert.equal(
        offsets,
        [...offsets].sort((a, b) => a - b),
      )
      assert.is(offsets.length, parts.length)
      assert.is(chunks, parts.filter(([isChunk]) => isChunk).length)
    }),
  )
})

test('whatever stands before a right checksum is read or refused, and never thrown about', () => {
  const prefix = snapshotOf([[true, 5]])
    .encode(crypto, 'own', 7)
    .subarray(0, 33)
  fc.assert(
    fc.property(fc.nat(33), fc.uint8Array({ maxLength: 200 }), (kept, rest) => {
      const body = new Writer().put(prefix.subarray(0, kept)).put(rest).bytes()
      const bytes = new Writer().put(body).put(crypto.hash(body).subarray(0, 16)).bytes()
      const snapshot = decodeSnapshot(crypto, 'own', 7, bytes)
      if (typeof snapshot !== 'string') assert.equal(snapshot.encode(crypto, 'own', 7), bytes)
    }),
  )
})

test('a snapshot of another place or segment is refused', () => {
  const bytes = snapshotOf([[true, 5]]).encode(crypto, 'own', 7)
  assert.is(decodeSnapshot(crypto, 'kept', 7, bytes), 'bad-kind')
  assert.is(decodeSnapshot(crypto, 'own', 8, bytes), 'bad-index')
})

test('the corpus is read and refused as its names say', () => {
  assertCorpus('node/store/corpus/index-snapshot', (bytes) => decodeSnapshot(crypto, 'own', 7, bytes))
})

function snapshotOf(parts: readonly [boolean, number][]): IndexSnapshot {
  const snapshot = new IndexSnapshot()
  let end = 24
  let last = 0
  for (const [isChunk, bytes] of parts) {
    last = end
    if (isChunk) snapshot.addChunk(keyOf(end), end, bytes)
    else snapshot.addRecord(end)
    end += bytes
  }
  snapshot.advance(end, last, keyOf(last).subarray(0, 16))
  return snapshot
}

test.run()
