// Everything that stands in a segment, item by item, for whoever moves what is alive before the segment goes.

import { equal } from '../../stack/bytes/index.js'
import { IndexSnapshot } from './index-snapshot.js'
import type { Item } from './item.js'
import { CHUNK_PREFIX_BYTES } from './item.js'
import { SEGMENT_READ_MAX } from './limits.js'
import { noteRecord, type Place } from './place.js'
import { decodeRecord, decodeRecordHeader, RECORD_HEADER_BYTES } from './record.js'
import { scanSegment } from './scan.js'
import type { Segment } from './segment.js'
import type { Spot } from './spot.js'

export interface StoredItem {
  readonly item: Item
  readonly spot: Spot
}

/**
 * The items of a segment in order, each read and verified when its turn comes. A chunk is read only if `isLive` says that
 * this copy of it counts. What cannot be read or does not verify is left out; `handleDamage` is told.
 */
export function* walkSegment(
  place: Place,
  segment: Segment,
  isLive: (name: Uint8Array, offset: number) => boolean,
  handleDamage: () => void,
): Generator<StoredItem, void, undefined> {
  const entries: ({ name: Uint8Array; offset: number; bytes: number } | { record: number })[] = []
  const snapshot = place.snapshot(segment) ?? scanned(place, segment, handleDamage)
  snapshot.visit({
    chunk: (name, offset, bytes) => entries.push({ name, offset, bytes }),
    record: (record) => entries.push({ record }),
  })
  for (const entry of entries) {
    if ('record' in entry) yield* walkRecord(place, segment, entry.record, handleDamage)
    else if (isLive(entry.name, entry.offset)) {
      const bytes = place.read(segment.number, entry.offset, entry.bytes)
      if (bytes === undefined || !equal(place.options.crypto.hash(bytes), entry.name)) {
        handleDamage()
        continue
      }
      const offset = entry.offset - CHUNK_PREFIX_BYTES
      const spot = { segment: segment.number, offset, bytes: CHUNK_PREFIX_BYTES + bytes.length }
      yield { item: { type: 'chunk', name: entry.name, bytes }, spot }
    }
  }
}

function* walkRecord(
  place: Place,
  segment: Segment,
  record: number,
  handleDamage: () => void,
): Generator<StoredItem, void, undefined> {
  const header = decodeRecordHeader(place.read(segment.number, record, RECORD_HEADER_BYTES) ?? new Uint8Array(0))
  if (typeof header === 'string') return handleDamage()
  const bytes = Math.min(RECORD_HEADER_BYTES + header.itemsBytes, segment.end - record)
  const items = decodeRecord(
    place.options.crypto,
    place.name,
    place.read(segment.number, record, bytes) ?? new Uint8Array(0),
  )
  if (typeof items === 'string') return handleDamage()
  for (const { item, offset, bytes } of items) {
    yield { item, spot: { segment: segment.number, offset: record + offset, bytes } }
  }
}

/** What a segment holds whose snapshot is missing. */
function scanned(place: Place, segment: Segment, handleDamage: () => void): IndexSnapshot {
  const snapshot = new IndexSnapshot()
  const content = place.read(segment.number, 0, Math.min(segment.end, SEGMENT_READ_MAX)) ?? new Uint8Array(0)
  const { end } = scanSegment(place.options.crypto, place.name, content, {
    record: (offset, bytes, items) => noteRecord(snapshot, offset, content.subarray(offset, offset + bytes), items),
    damage: handleDamage,
  })
  if (end < segment.end) handleDamage()
  return snapshot
}
