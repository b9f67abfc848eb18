// Group commit: what arrives while the last record is being flushed becomes the next one, and nobody waits for a timer.
// A promise resolves after its items are flushed and filed; it rejects with none of them in effect.

import { RunnelError, toRunnelError } from '../../errors/index.js'
import type { Contents } from './contents.js'
import { type Item, itemBytes } from './item.js'
import { COMMIT_QUEUE_BYTES, RECORD_AIM_BYTES, RECORD_BYTES_MAX } from './limits.js'
import type { Place } from './place.js'
import { encodeRecord } from './record.js'

interface Job {
  /** The items, or what makes them when all that was committed before is in effect. */
  readonly items: readonly Item[] | (() => readonly Item[])
  /** Of the items; what a job that makes them later says it will need. */
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: RunnelError) => void
}

export class CommitQueue {
  readonly #place: Place
  readonly #contents: Contents
  readonly #isHeld: (name: Uint8Array) => boolean
  #jobs: Job[] = []
  #waitingBytes = 0
  #running: Promise<void> | undefined
  #ended = false

  /** `isHeld` says whether a chunk is there already and verifies: then it is not written again. */
  constructor(place: Place, contents: Contents, isHeld: (name: Uint8Array) => boolean) {
    this.#place = place
    this.#contents = contents
    this.#isHeld = isHeld
  }

  /** Stores items together or not at all. They are read until the promise settles, so they must not change meanwhile. */
  commit(items: readonly Item[]): Promise<void> {
    try {
      this.#contents.check(items)
    } catch (thrown) {
      return Promise.reject(toRunnelError(thrown))
    }
    const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0)
    if (bytes > RECORD_BYTES_MAX) {
      const message = `${bytes} bytes cannot be stored at once, at most ${RECORD_BYTES_MAX}`
      return Promise.reject(new RunnelError('TOO_LARGE', message))
    }
    return items.length === 0 ? Promise.resolve() : this.#add(items, bytes)
  }

  /** Stores what `build` gives when its turn comes, before anything else of the same record; at most `bytes`. */
  commitLate(build: () => readonly Item[], bytes: number): Promise<void> {
    return this.#add(build, bytes)
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /** Refuses further commits and waits for those that were accepted. */
  async close(): Promise<void> {
    this.#ended = true
    await this.drain()
  }

  #add(items: Job['items'], bytes: number): Promise<void> {
    if (this.#ended) return Promise.reject(new RunnelError('LOG_CLOSED', 'the store is closed'))
    const closed = this.#place.closed
    if (closed !== undefined) return Promise.reject(closed)
    if (this.#waitingBytes + bytes > COMMIT_QUEUE_BYTES) {
      const message = `more than ${COMMIT_QUEUE_BYTES} bytes wait to be stored`
      return Promise.reject(new RunnelError('TOO_MANY', message, { blame: 'local' }))
    }
    this.#waitingBytes += bytes
    return new Promise((resolve, reject) => {
      this.#jobs.push({ items, bytes, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async #run(): Promise<void> {
    // What is committed in the same turn goes together: where a flush holds up everything, no more would come while it lasts.
    await this.#place.options.time.turn()
    while (this.#jobs.length > 0) {
      const jobs = this.#take()
      try {
        await this.#store(jobs)
      } catch (thrown) {
        for (const job of jobs) job.reject(toRunnelError(thrown))
      }
      for (const job of jobs) this.#waitingBytes -= job.bytes
    }
    this.#running = undefined
  }

  /** The jobs of the next record: one, or as many as fit what a record aims at. */
  #take(): Job[] {
    let bytes = 0
    let count = 0
    for (const job of this.#jobs) {
      bytes += job.bytes
      if (count > 0 && bytes > RECORD_AIM_BYTES) break
      count++
    }
    return this.#jobs.splice(0, count)
  }

  async #store(jobs: readonly Job[]): Promise<void> {
    const accepted: Job[] = []
    // A chunk that is held already is not written again, unless something in the same record forgets chunks.
    const maySkip = !jobs.some((job) => !isLate(job) && (job.items as readonly Item[]).some(isForget))
    const items: Item[] = []
    // What is made late is a copy of the state as it is now, so it comes before what changes that state.
    for (const job of [...jobs.filter(isLate), ...jobs.filter((job) => !isLate(job))]) {
      try {
        const wanted = typeof job.items === 'function' ? job.items() : job.items
        const overflow = isLate(job) ? undefined : this.#contents.overflow(wanted)
        if (overflow !== undefined) throw overflow
        for (const item of wanted) {
          const isNeedless = maySkip && !isLate(job) && item.type === 'chunk' && this.#isHeld(item.name)
          if (!isNeedless) items.push(item)
        }
        accepted.push(job)
      } catch (thrown) {
        job.reject(toRunnelError(thrown))
      }
    }
    if (items.length > 0) {
      const { options, name, slab } = this.#place
      const { record, placed } = encodeRecord(options.crypto, name, items, slab)
      const { segment, offset } = await this.#place.append(record, placed)
      this.#contents.apply(segment, offset, placed)
    }
    for (const job of accepted) job.resolve()
  }
}

function isLate(job: Job): boolean {
  return typeof job.items === 'function'
}

function isForget(item: Item): boolean {
  return item.type === 'forget'
}
