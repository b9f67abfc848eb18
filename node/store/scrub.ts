// Reads everything that a place has on disk and names what does not verify. No record is changed.

import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Contents } from './contents.js'
import type { DamageList } from './damage.js'
import { SCRUB_WINDOW_BYTES } from './limits.js'
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
    await scrubSegment(place, contents, damage, segment)
    onBytes(segment.end)
  }
}

/** Scans window by window, so that others get their turn; a record that is cut by a window's end begins the next one. */
async function scrubSegment(place: Place, contents: Contents, damage: DamageList, segment: Segment): Promise<void> {
  const { number, end } = segment
  let windowBytes = SCRUB_WINDOW_BYTES
  for (let from = 0; from < end && place.segments.has(number); ) {
    const base = from
    const bytes = Math.min(windowBytes, end - base)
    const content = place.read(number, base, bytes)
    const scanned =
      content &&
      scanSegment(place.options.crypto, place.name, content, {
        record: () => {},
        damage: (offset, lost) => lose(place, contents, damage, segment, base + offset, lost),
      })
    from += scanned?.end ?? 0
    if (content === undefined || (base + bytes === end && from < end)) {
      lose(place, contents, damage, segment, from, end - from)
      return
    }
    windowBytes = from > base ? SCRUB_WINDOW_BYTES : 4 * windowBytes
    await place.options.time.turn()
  }
}

/** A damaged segment is not compacted away. */
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
    if (place.durable) contents.chunks.lose(chunk)
    else contents.chunks.delete(chunk)
  }
}
