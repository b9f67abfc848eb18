// Reads everything that a place has on disk and names what does not verify. No record is changed.

import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Contents } from './contents.js'
import type { DamageList } from './damage.js'
import { RECORD_BYTES_MAX, SEGMENT_READ_MAX } from './limits.js'
import type { Place } from './place.js'
import { scanSegment } from './scan.js'
import type { Segment } from './segment.js'

export interface ScrubProgress {
  readonly doneBytes: number
  readonly totalBytes: number
}

/** Verifies one place; chunks in what is damaged are forgotten unless they verify themselves. Throws ABORTED. */
export async function scrubPlace(
  place: Place,
  contents: Contents,
  damage: DamageList,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<void> {
  for (const segment of [...place.segments.values()]) {
    if (signal?.aborted === true) throw new RunnelError('ABORTED', 'the check was aborted', { cause: signal.reason })
    if (place.segments.has(segment.number)) scrubSegment(place, contents, damage, segment)
    // Without it the next start scans the segment, and meets the damage again.
    if (segment.damaged) await place.removeSnapshot(segment)
    onBytes(segment.end)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function scrubSegment(place: Place, contents: Contents, damage: DamageList, segment: Segment): void {
  const { number, end } = segment
  const bytes = Math.min(end, SEGMENT_READ_MAX + RECORD_BYTES_MAX)
  const content = place.read(number, 0, bytes)
  if (content === undefined) {
    lose(place, contents, damage, segment, 0, end)
    return
  }
  const scanned = scanSegment(place.options.crypto, place.name, content, {
    record: () => {},
    damage: (offset, lost) => lose(place, contents, damage, segment, offset, lost),
  })
  if (scanned.end < end) lose(place, contents, damage, segment, scanned.end, end - scanned.end)
}

/** A damaged segment is not compacted away, and met again at the next start. */
function lose(
  place: Place,
  contents: Contents,
  damage: DamageList,
  segment: Segment,
  offset: number,
  bytes: number,
): void {
  segment.damaged = true
  damage.add({ place: place.name, segment: segment.number, offset, bytes })
  for (const chunk of contents.chunks.namesWithin(segment.number, offset, offset + bytes)) {
    const row = contents.chunks.find(chunk)
    const [at, length] = [contents.chunks.offset(row), contents.chunks.bytes(row)]
    const found = place.read(segment.number, at, length)
    if (found !== undefined && equal(place.options.crypto.hash(found), chunk)) continue
    damage.add({ place: place.name, segment: segment.number, offset: at, bytes: length, chunk })
    contents.chunks.delete(chunk)
  }
}
