// A store record (docs/protocol.md §11): one commit, whole or refused.
//
//   RECORD = magic "RNL1" | length u32 (of what follows the checksum) | checksum 16 | ITEM …
//   checksum = H(place u8 | length u32 | items)[0..16]

import { equal, Reader, type Reason, Writer } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  CHUNK_PREFIX_BYTES,
  type ChunkItem,
  decodeItem,
  encodeItem,
  type Item,
  itemBytes,
  type PlaceName,
  placeCodes,
} from './item.js'
import { RECORD_BYTES_MAX } from './limits.js'
import { RecordSlab } from './record-slab.js'

export const RECORD_HEADER_BYTES = 24
export const RECORD_MAGIC = new Uint8Array([0x52, 0x4e, 0x4c, 0x31])

/** An item, where it begins in its record, and its bytes there with its header. */
export interface PlacedItem {
  readonly item: Item
  readonly offset: number
  readonly bytes: number
}

export interface RecordHeader {
  /** Bytes of the items. */
  readonly itemsBytes: number
  readonly checksum: Uint8Array
}

/** A record whose items are written into memory as they come. */
export class RecordDraft {
  readonly memory: Uint8Array
  readonly placed: PlacedItem[] = []
  readonly #writer: Writer

  constructor(memory: Uint8Array) {
    this.memory = memory
    this.#writer = new Writer(memory).zeros(RECORD_HEADER_BYTES)
  }

  /** Of the record so far. */
  get bytes(): number {
    return this.#writer.length
  }

  /** Throws RangeError when it does not fit into the memory. */
  add(item: Item): void {
    const offset = this.bytes
    encodeItem(this.#writer, item)
    this.placed.push({ item, offset, bytes: this.bytes - offset })
  }

  /** The same; the item as it stands in the record, sharing nothing with the one that was given. */
  addChunk({ name, bytes }: ChunkItem): ChunkItem {
    const offset = this.bytes
    encodeItem(this.#writer, { type: 'chunk', name, bytes })
    const start = chunkOffset(offset)
    const copy = this.memory.subarray(start, start + bytes.length)
    const item: ChunkItem = { type: 'chunk', name: name.slice(), bytes: copy }
    this.placed.push({ item, offset, bytes: this.bytes - offset })
    return item
  }

  /** The whole record, in its memory; nothing is added to it any more. Throws RangeError when it has no item or too many. */
  end(crypto: Crypto, place: PlaceName): Uint8Array {
    const record = this.#writer.bytes()
    const items = record.subarray(RECORD_HEADER_BYTES)
    if (items.length < 1 || items.length > RECORD_BYTES_MAX) throw new RangeError(`a record of ${items.length} bytes`)
    new Writer(record)
      .put(RECORD_MAGIC)
      .u32(items.length)
      .put(recordChecksum(crypto, place, items))
    return record
  }
}

/**
 * The record, in the slab where one is given, and where each item stands in it. Throws RangeError when the items are none
 * or too many for a record.
 */
export function encodeRecord(
  crypto: Crypto,
  place: PlaceName,
  items: readonly Item[],
  slab = new RecordSlab(),
): { record: Uint8Array; placed: PlacedItem[] } {
  let length = RECORD_HEADER_BYTES
  for (const item of items) length += itemBytes(item)
  if (length > RECORD_HEADER_BYTES + RECORD_BYTES_MAX) throw new RangeError(`a record of ${length} bytes`)
  const draft = new RecordDraft(slab.take(length))
  for (const item of items) draft.add(item)
  return { record: draft.end(crypto, place), placed: draft.placed }
}

/** The first 24 bytes of a record. */
export function decodeRecordHeader(bytes: Uint8Array): RecordHeader | Reason {
  const reader = new Reader(bytes)
  if (!equal(reader.take(4), RECORD_MAGIC)) return reader.failed ?? 'bad-type'
  const itemsBytes = reader.u32()
  const checksum = reader.take(16)
  if (itemsBytes < 1 || itemsBytes > RECORD_BYTES_MAX) reader.fail('bad-range')
  return reader.end() ?? { itemsBytes, checksum }
}

/** The items of a whole record, as views into it. */
export function decodeRecord(crypto: Crypto, place: PlaceName, bytes: Uint8Array): PlacedItem[] | Reason {
  const header = decodeRecordHeader(bytes.subarray(0, RECORD_HEADER_BYTES))
  if (typeof header === 'string') return header
  const items = bytes.subarray(RECORD_HEADER_BYTES)
  if (items.length !== header.itemsBytes) return items.length < header.itemsBytes ? 'too-short' : 'trailing'
  if (!equal(recordChecksum(crypto, place, items), header.checksum)) return 'bad-checksum'
  const reader = new Reader(items)
  const placed: PlacedItem[] = []
  while (reader.remaining > 0) {
    const start = reader.offset
    const item = decodeItem(reader, place)
    if (item === undefined) break
    placed.push({ item, offset: RECORD_HEADER_BYTES + start, bytes: reader.offset - start })
  }
  return reader.end() ?? placed
}

/** Whether the bytes could begin a record: what a search asks before it pays for a hash. */
export function mayBeginRecord(bytes: Uint8Array): boolean {
  const first = bytes[RECORD_HEADER_BYTES] ?? 0
  return typeof decodeRecordHeader(bytes.subarray(0, RECORD_HEADER_BYTES)) !== 'string' && first >= 1 && first <= 8
}

/**
 * The chunks in a record whose checksum is wrong: each names its own hash, so one that matches is as good as new.
 * The walk ends where the lengths stop making sense.
 */
export function rescueChunks(crypto: Crypto, place: PlaceName, bytes: Uint8Array): PlacedItem[] {
  const reader = new Reader(bytes.subarray(RECORD_HEADER_BYTES))
  const rescued: PlacedItem[] = []
  while (reader.remaining > 0) {
    const start = reader.offset
    const item = decodeItem(reader, place)
    if (item?.type !== 'chunk' || !equal(crypto.hash(item.bytes), item.name)) continue
    rescued.push({ item, offset: RECORD_HEADER_BYTES + start, bytes: reader.offset - start })
  }
  return rescued
}

/** Where the content of a chunk item begins that begins at `offset`. */
export function chunkOffset(offset: number): number {
  return offset + CHUNK_PREFIX_BYTES
}

function recordChecksum(crypto: Crypto, place: PlaceName, items: Uint8Array): Uint8Array {
  const prefix = new Writer(5).u8(placeCodes[place]).u32(items.length).bytes()
  return crypto.hashParts(prefix, items).subarray(0, 16)
}
