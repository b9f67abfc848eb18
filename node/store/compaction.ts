// Gives back the space of what is dead in own/ and kept/: copies what is alive in a segment that is mostly dead to the end,
// flushed, and then deletes the segment. Step by step between other commits, so that none of them waits long.

import type { CommitQueue } from './commit-queue.js'
import type { Contents } from './contents.js'
import { type Item, itemBytes } from './item.js'
import { COMPACT_LIVE_SHARE, COMPACT_STEP_BYTES, RECORD_AIM_BYTES } from './limits.js'
import type { Place } from './place.js'
import type { Segment } from './segment.js'
import { type StoredItem, walkSegment } from './segment-walk.js'

export class Compaction {
  readonly #place: Place
  readonly #contents: Contents
  readonly #queue: CommitQueue
  #running: Promise<void> | undefined
  #ended = false
  /** Segments that were given back. */
  compacted = 0

  constructor(place: Place, contents: Contents, queue: CommitQueue) {
    this.#place = place
    this.#contents = contents
    this.#queue = queue
  }

  /** Looks whether there is something to do, and does it behind the caller's back. */
  poke(): void {
    if (this.#running !== undefined || this.#ended || this.#victim() === undefined) return
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Resolves when nothing is being compacted. */
  async settle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /** Stops after the step that runs. */
  async close(): Promise<void> {
    this.#ended = true
    await this.settle()
  }

  async #run(): Promise<void> {
    try {
      for (let victim = this.#victim(); victim !== undefined && !this.#ended; victim = this.#victim()) {
        await this.#compact(victim)
      }
    } catch {
      // The disk is full or fails: the segment stays as it is, and whoever commits next learns why.
    }
  }

  /** The full segment with the least alive, if that is little enough. */
  #victim(): Segment | undefined {
    let least: Segment | undefined
    for (const segment of this.#place.segments.values()) {
      if (segment === this.#place.head || segment.damaged) continue
      if (least === undefined || shareAlive(segment) < shareAlive(least)) least = segment
    }
    return least !== undefined && shareAlive(least) < COMPACT_LIVE_SHARE ? least : undefined
  }

  async #compact(victim: Segment): Promise<void> {
    const chunks = this.#contents.chunks
    const [oldest] = this.#place.segments.keys()
    const isLive = (name: Uint8Array, offset: number): boolean => chunks.isAt(name, victim.number, offset)
    const items = walkSegment(this.#place, victim, isLive, () => {
      victim.damaged = true
    })
    for (let done = false; !done; ) {
      // What cannot be read may count, also where nothing alive stands in it: it is left for repair, or for a better day.
      if (this.#ended || victim.damaged) return
      await this.#queue.commitLate(() => {
        const step = this.#step(items, victim.number === oldest)
        done = step.done
        return step.items
      }, RECORD_AIM_BYTES / 2)
    }
    if (victim.liveBytes > 0) victim.damaged = true
    if (victim.damaged) return
    try {
      await this.#place.remove(victim)
    } catch (thrown) {
      // If it can come back, what deletes what is in it must not go: nothing more does before the next start.
      if (!this.#place.segments.has(victim.number)) this.#ended = true
      throw thrown
    }
    this.compacted++
  }

  #step(from: Generator<StoredItem, void, undefined>, oldest: boolean): { items: Item[]; done: boolean } {
    const items: Item[] = []
    const logs: Uint8Array[] = []
    let bytes = 0
    while (bytes < COMPACT_STEP_BYTES) {
      const next = from.next()
      if (next.done === true) return { items, done: true }
      for (const item of this.#contents.copy(next.value.item, next.value.spot, oldest, logs)) {
        items.push(item)
        bytes += itemBytes(item)
      }
    }
    return { items, done: false }
  }
}

function shareAlive(segment: Segment): number {
  return segment.end === 0 ? 0 : segment.liveBytes / segment.end
}
