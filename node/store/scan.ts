// Reads the records of a segment one after the other, and finds its way again behind damage. Pure, and total: any bytes
// give some records, some damage and an end.
//
// Behind a record whose body is damaged the next one stands where its length says. Behind a damaged header the next whole
// record is searched for. A chunk may hold bytes that look like a record, made by whoever published it; so what a search
// found is trusted in own/ only, where all content is sealed under our keys, and else only for chunks, which name their hash.

import type { Crypto } from '../../stack/crypto/index.js'
import type { PlaceName } from './item.js'
import { RESCUE_EFFORT } from './limits.js'
import {
  decodeRecord,
  decodeRecordHeader,
  mayBeginRecord,
  type PlacedItem,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  rescueChunks,
} from './record.js'

/** What a scan tells. Items are views into the segment's bytes and have to be copied to be kept. */
export interface ScanVisitor {
  /** A whole record of so many bytes, and what may be used of it. */
  record(offset: number, bytes: number, items: readonly PlacedItem[]): void
  /** Bytes that are no record although one follows, and the chunks in them that still verify. Offsets as in a record. */
  damage(offset: number, bytes: number, rescued: readonly PlacedItem[]): void
}

export interface ScanEnd {
  /** Where the last whole record ends. */
  readonly end: number
  /** Where the last whole record begins; −1 without one. */
  readonly last: number
  /** Whether anything but zeros follows. */
  readonly dirtyTail: boolean
}

/** Visits the records of a segment, or of its end from a record on. */
export function scanSegment(crypto: Crypto, place: PlaceName, segment: Uint8Array, visitor: ScanVisitor): ScanEnd {
  let offset = 0
  let last = -1
  let trusted = true
  let effort = RESCUE_EFFORT * segment.length
  while (offset < segment.length) {
    const length = recordLength(segment, offset)
    const items = length === 0 ? 'too-short' : decodeRecord(crypto, place, segment.subarray(offset, offset + length))
    if (typeof items !== 'string') {
      visitor.record(offset, length, trusted ? items : items.filter(({ item }) => item.type === 'chunk'))
      last = offset
      offset += length
      continue
    }
    const found = nextRecord(crypto, place, segment, offset, length, effort)
    effort = found.effort
    if (found.offset < 0) break
    const damaged = segment.subarray(offset, found.offset)
    visitor.damage(offset, damaged.length, rescue(crypto, place, damaged))
    if (found.offset !== offset + length && place !== 'own') trusted = false
    offset = found.offset
  }
  return { end: offset, last, dirtyTail: !isZeroFrom(segment, offset) }
}

/** The chunks that still verify in several damaged records, as far as each says where the next one begins. */
function rescue(crypto: Crypto, place: PlaceName, damaged: Uint8Array): PlacedItem[] {
  const rescued: PlacedItem[] = []
  for (let at = 0; at < damaged.length; ) {
    const length = recordLength(damaged, at)
    if (length === 0) break
    const found = rescueChunks(crypto, place, damaged.subarray(at, at + length))
    for (const placed of found) rescued.push({ ...placed, offset: at + placed.offset })
    at += length
  }
  return rescued
}

/** Bytes of the record that says to begin here; 0 when its header is none or it would not end inside the segment. */
function recordLength(segment: Uint8Array, offset: number): number {
  const header = decodeRecordHeader(segment.subarray(offset, offset + RECORD_HEADER_BYTES))
  if (typeof header === 'string') return 0
  const length = RECORD_HEADER_BYTES + header.itemsBytes
  return offset + length <= segment.length ? length : 0
}

/** The next whole record behind a bad one of `length` bytes: where it should be, else anywhere. −1 when there is none. */
function nextRecord(
  crypto: Crypto,
  place: PlaceName,
  segment: Uint8Array,
  bad: number,
  length: number,
  effort: number,
): { offset: number; effort: number } {
  let left = effort
  const isRecord = (offset: number): boolean => {
    const next = recordLength(segment, offset)
    if (next === 0 || !mayBeginRecord(segment.subarray(offset, offset + next)) || next > left) return false
    left -= next
    return typeof decodeRecord(crypto, place, segment.subarray(offset, offset + next)) !== 'string'
  }
  if (length > 0 && isRecord(bad + length)) return { offset: bad + length, effort: left }
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.length)
  for (let at = bytes.indexOf(RECORD_MAGIC, bad + 1); at >= 0; at = bytes.indexOf(RECORD_MAGIC, at + 1)) {
    if (isRecord(at)) return { offset: at, effort: left }
  }
  return { offset: -1, effort: left }
}

const zeros = Buffer.alloc(65_536)

function isZeroFrom(bytes: Uint8Array, offset: number): boolean {
  for (let at = offset; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length)
    if (zeros.compare(part, 0, part.length, 0, part.length) !== 0) return false
  }
  return true
}
