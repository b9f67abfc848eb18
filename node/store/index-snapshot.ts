// What a segment holds, in short, so that a start need not read all of it: names and places of the chunks, and the places
// of records with anything else, which are read again. Written beside the segment when it is full and when the store is
// closed. It is derived: one that is damaged, or of another content, is refused, and the segment is scanned instead.
//
//   SNAPSHOT = "RNX1" | place u8 | segment u32 | end u32 | last record u32 | its checksum 16
//              | c u32 | c × { name 32 | offset u32 | length u16 } | r u32 | r × offset u32 | checksum 16 = H(all before)[0..16]
//
// Offsets of chunks are those of their content. Both lists are in the order of offsets; `end` is where the records end.

import { equal, Reader, type Reason, Writer } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { maxChunkBytes } from '../../stack/data/index.js'
import { type PlaceName, placeCodes } from './item.js'

const MAGIC = new Uint8Array([0x52, 0x4e, 0x58, 0x31])
const CHUNK_ROW_BYTES = 38
const RECORD_ROW_BYTES = 4
const CHECKSUM_BYTES = 16

export interface SnapshotVisitor {
  /** `name` is a view. */
  chunk(name: Uint8Array, offset: number, bytes: number): void
  /** A record that holds anything but chunks. */
  record(offset: number): void
}

/** The content of one segment: grows with it, and can be written and read. About 38 bytes a chunk. */
export class IndexSnapshot {
  readonly #chunks: Writer
  readonly #records: Writer
  /** Where the records end that it knows. */
  end = 0
  /** The last record and its checksum, by which a snapshot of another content is told. */
  last = 0
  lastChecksum = new Uint8Array(CHECKSUM_BYTES)

  constructor(chunks = new Writer(1024), records = new Writer(64)) {
    this.#chunks = chunks
    this.#records = records
  }

  addChunk(name: Uint8Array, offset: number, bytes: number): void {
    this.#chunks.put(name).u32(offset).u16(bytes)
  }

  addRecord(offset: number): void {
    this.#records.u32(offset)
  }

  /** Says that the records up to `end` are in it, and which was the last. Copies the checksum. */
  advance(end: number, last: number, checksum: Uint8Array): void {
    this.end = end
    this.last = last
    this.lastChecksum = checksum.slice()
  }

  /** Everything in the order of offsets. */
  visit(visitor: SnapshotVisitor): void {
    const chunks = new Reader(this.#chunks.bytes())
    const records = new Reader(this.#records.bytes())
    let record = nextRecord(records)
    while (chunks.remaining > 0) {
      const name = chunks.take(32)
      const offset = chunks.u32()
      const bytes = chunks.u16()
      for (; record < offset; record = nextRecord(records)) visitor.record(record)
      visitor.chunk(name, offset, bytes)
    }
    for (; record < Number.POSITIVE_INFINITY; record = nextRecord(records)) visitor.record(record)
  }

  encode(crypto: Crypto, place: PlaceName, segment: number): Uint8Array {
    const writer = new Writer(64 + this.#chunks.length + this.#records.length)
    writer.put(MAGIC).u8(placeCodes[place]).u32(segment).u32(this.end).u32(this.last).put(this.lastChecksum)
    writer.u32(this.#chunks.length / CHUNK_ROW_BYTES).put(this.#chunks.bytes())
    writer.u32(this.#records.length / RECORD_ROW_BYTES).put(this.#records.bytes())
    return writer.put(crypto.hash(writer.bytes()).subarray(0, CHECKSUM_BYTES)).bytes()
  }
}

/** A snapshot of this segment, or why it is none. */
export function decodeSnapshot(
  crypto: Crypto,
  place: PlaceName,
  segment: number,
  bytes: Uint8Array,
): IndexSnapshot | Reason {
  const body = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES))
  const reader = new Reader(body)
  if (!equal(reader.take(4), MAGIC)) return reader.failed ?? 'bad-type'
  if (!equal(crypto.hash(body).subarray(0, CHECKSUM_BYTES), bytes.subarray(body.length))) return 'bad-checksum'
  if (reader.u8() !== placeCodes[place]) reader.fail('bad-kind')
  if (reader.u32() !== segment) reader.fail('bad-index')
  const [end, last, checksum] = [reader.u32(), reader.u32(), reader.take(CHECKSUM_BYTES)]
  const chunks = reader.take(CHUNK_ROW_BYTES * reader.u32())
  const records = reader.take(RECORD_ROW_BYTES * reader.u32())
  const failed = reader.end() ?? (last < end ? undefined : 'bad-range') ?? checkRows(chunks, records, end)
  if (failed !== undefined) return failed
  const snapshot = new IndexSnapshot(
    new Writer(chunks.length + 1024).put(chunks),
    new Writer(records.length + 64).put(records),
  )
  snapshot.advance(end, last, checksum)
  return snapshot
}

function checkRows(chunks: Uint8Array, records: Uint8Array, end: number): Reason | undefined {
  const reader = new Reader(chunks)
  let free = 0
  while (reader.remaining > 0) {
    reader.take(32)
    const [offset, bytes] = [reader.u32(), reader.u16()]
    if (offset < free) return 'bad-order'
    if (bytes < 1 || bytes > maxChunkBytes || offset + bytes > end) return 'bad-range'
    free = offset + bytes
  }
  const offsets = new Reader(records)
  let least = 0
  while (offsets.remaining > 0) {
    const offset = offsets.u32()
    if (offset < least) return 'bad-order'
    if (offset >= end) return 'bad-range'
    least = offset + 1
  }
  return undefined
}

function nextRecord(records: Reader): number {
  return records.remaining > 0 ? records.u32() : Number.POSITIVE_INFINITY
}
