// Whether a flush is made on this thread. The way to a thread of the pool and back takes longer than the flush of a disk
// whose cache is safe; but one that takes milliseconds must not hold up everything else. So only a disk that has been quick
// many times in a row is waited for, and one that was slow then not again for long: of a thousand flushes it delays others
// with one.

import { AT_ONCE_BYTES, QUICK_FLUSH_US, QUICK_FLUSHES, QUICK_FLUSHES_AFTER_SLOW, SLOW_FLUSH_US } from './limits.js'

export class FlushPace {
  /** How many flushes by the pool have to be quick, one after the other. */
  #needed = QUICK_FLUSHES
  #missing = QUICK_FLUSHES

  /** Whether to wait here for the flush of so many bytes. */
  isAtOnce(bytes: number): boolean {
    return this.#missing === 0 && bytes <= AT_ONCE_BYTES
  }

  /** The flush of so many bytes took so long, by the pool or here. What many bytes take says nothing about few. */
  note(bytes: number, tookUs: number): void {
    if (bytes > AT_ONCE_BYTES) return
    if (this.#missing > 0) this.#missing = tookUs <= QUICK_FLUSH_US ? this.#missing - 1 : this.#needed
    else if (tookUs > SLOW_FLUSH_US) this.#missing = this.#needed = QUICK_FLUSHES_AFTER_SLOW
  }
}
