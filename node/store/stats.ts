// What `status` and metrics show of a store.

import { FLUSH_SAMPLES } from './limits.js'

export interface DurableStats {
  /** Bytes of all files. */
  readonly diskBytes: number
  /** Bytes of the items in them that count. */
  readonly liveBytes: number
  readonly chunks: number
  /** Segments that were given back. */
  readonly compacted: number
  /** Nothing can be written until the next start. */
  readonly closed: boolean
}

export interface CacheStats {
  readonly diskBytes: number
  readonly limitBytes: number
  readonly chunks: number
  /** Chunks that made room for others. */
  readonly evicted: number
  /** Chunks that were not kept because too many waited to be written, or because writing fails. */
  readonly dropped: number
  readonly writeFailures: number
  /** Bytes that the start could not use: after a power loss, or damaged. */
  readonly lostBytes: number
  /** Bytes that were written again to free a segment. */
  readonly movedBytes: number
}

export interface StoreStats {
  readonly own: DurableStats
  readonly kept: DurableStats
  readonly cache: CacheStats
  /** Chunks that were read, by place, and those that were nowhere. */
  readonly hits: { readonly own: number; readonly kept: number; readonly cache: number }
  readonly misses: number
  /** Logs of which a fork is proven. */
  readonly forks: number
  /** Places on disk that did not verify. */
  readonly damaged: number
  readonly flushes: number
  /** Of the last flushes; undefined before the first. */
  readonly flushMedianMs: number | undefined
}

/** The last flushes, and how many there were in all. */
export class FlushTimes {
  readonly #samples: number[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  add(tookMs: number): void {
    this.#samples[this.#count % FLUSH_SAMPLES] = tookMs
    this.#count++
  }

  medianMs(): number | undefined {
    const sorted = [...this.#samples].sort((a, b) => a - b)
    return sorted[sorted.length >> 1]
  }
}
