// Keeps the cache's files below its limit: the segment with the least alive is deleted, and what is alive in it moves to the
// new segment as far as there is room. One segment's room is always free, so that the next one can begin at once.

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
    const isKept = (name: Uint8Array, offset: number): boolean => {
      if (!chunks.isAt(name, victim.number, offset)) return false
      const row = chunks.find(name)
      // What nobody has read again gets half of the room, so that it does not drive out what somebody has.
      const share = this.#policy.isProven(row) ? CACHE_SURVIVOR_SHARE : CACHE_SURVIVOR_SHARE / 2
      return this.#fills(bytes + chunks.bytes(row)) <= share
    }
    for (const { item, spot } of walkSegment(this.#place, victim, isKept)) {
      for (const copied of this.#contents.copy(item, spot, true, [])) {
        items.push(copied)
        bytes += itemBytes(copied)
      }
      if (bytes < recordBytes) continue
      await this.#append(items)
      items = []
      bytes = 0
    }
    if (items.length > 0) await this.#append(items)
    if (victim.liveBytes === 0) return
    const before = chunks.size
    this.#contents.drop(victim.number)
    this.droppedChunks += before - chunks.size
  }

  /** How full the head would be with so many more bytes, from 0 to 1. */
  #fills(bytes: number): number {
    return ((this.#place.head?.end ?? 0) + bytes) / this.#place.options.segmentBytes
  }

  async #append(items: readonly Item[]): Promise<void> {
    const { record, placed } = encodeRecord(this.#place.options.crypto, 'cache', items)
    if (this.#place.needsSegment(record.length)) return
    const { segment, offset } = await this.#place.append(record, placed)
    this.movedBytes += record.length
    this.#contents.apply(segment, offset, placed)
  }
}
