// Keeps the cache's files below its limit: the segment with the least alive is deleted, and what is alive in it moves to the
// head. One segment's room is always free: for what the head cannot take of a victim, or for the next one to begin.

import type { CachePolicy } from './cache-policy.js'
import type { Contents } from './contents.js'
import { type Item, itemBytes } from './item.js'
import { CACHE_SNAPSHOT_SHARE, CACHE_SURVIVOR_SHARE, RECORD_AIM_BYTES } from './limits.js'
import type { Place } from './place.js'
import { encodeRecord } from './record.js'
import type { Segment } from './segment.js'
import { walkSegment } from './segment-walk.js'

export class CacheReclaim {
  readonly #place: Place
  readonly #contents: Contents
  readonly #policy: CachePolicy
  readonly #limitBytes: number
  /** Bytes that were written a second time, and chunks that were dropped because there was no room for them. */
  movedBytes = 0
  droppedChunks = 0

  constructor(place: Place, contents: Contents, policy: CachePolicy, limitBytes: number) {
    this.#place = place
    this.#contents = contents
    this.#policy = policy
    this.#limitBytes = limitBytes
  }

  /** Deletes segments until one more fits below the limit. To be called when a segment has begun. */
  async run(): Promise<void> {
    for (let victim = this.#victim(); victim !== undefined; victim = this.#victim()) {
      await this.#move(victim)
      await this.#place.remove(victim)
    }
  }

  #victim(): Segment | undefined {
    const { segmentBytes } = this.#place.options
    const { head } = this.#place
    const sealed = this.#place.diskBytes - (head?.fileBytes ?? 0)
    // The head and the segment after it may both become full, and leave their snapshots.
    const needed = (2 + CACHE_SNAPSHOT_SHARE) * segmentBytes
    if (sealed + needed <= this.#limitBytes) return undefined
    let least: Segment | undefined
    for (const segment of this.#place.segments.values()) {
      if (segment !== head && (least === undefined || segment.liveBytes < least.liveBytes)) least = segment
    }
    return least
  }

  async #move(victim: Segment): Promise<void> {
    const { chunks } = this.#contents
    const recordBytes = Math.min(RECORD_AIM_BYTES, this.#place.options.segmentBytes >> 2)
    let items: Item[] = []
    let bytes = 0
    let moved = 0
    const isKept = (name: Uint8Array, offset: number): boolean => {
      if (!chunks.isAt(name, victim.number, offset)) return false
      const row = chunks.find(name)
      // At most so much of a segment moves, or each new byte would have many old ones written; the unread goes first.
      const share = this.#policy.isProven(row) ? CACHE_SURVIVOR_SHARE : CACHE_SURVIVOR_SHARE / 2
      return moved + bytes + chunks.bytes(row) <= share * this.#place.options.segmentBytes
    }
    for (const { item, spot } of walkSegment(this.#place, victim, isKept, () => {})) {
      for (const copied of this.#contents.copy(item, spot, true, [])) {
        items.push(copied)
        bytes += itemBytes(copied)
      }
      if (bytes < recordBytes) continue
      await this.#append(items)
      items = []
      moved += bytes
      bytes = 0
    }
    if (items.length > 0) await this.#append(items)
    if (victim.liveBytes === 0) return
    const before = chunks.size
    this.#contents.drop(victim.number)
    this.droppedChunks += before - chunks.size
  }

  async #append(items: readonly Item[]): Promise<void> {
    const { record, placed } = encodeRecord(this.#place.options.crypto, 'cache', items, this.#place.slab)
    const { segment, offset } = await this.#place.append(record, placed)
    this.movedBytes += record.length
    this.#contents.apply(segment, offset, placed)
  }
}
