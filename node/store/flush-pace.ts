// Whether a flush is made on this thread. The way to a thread of the pool and back takes longer than the flush of a disk
// whose cache is safe, but one that takes milliseconds must not hold up everything else. So it is counted how much longer
// flushes take than a quick one does: while that is more than a little for each flush, the pool makes them.

import { AT_ONCE_BYTES, FLUSH_DEBT_FIRST_US, FLUSH_DEBT_MAX_US, FLUSH_SHARE_US, QUICK_FLUSH_US } from './limits.js'

export class FlushPace {
  /** Microseconds by which flushes were too slow, and that later ones have not made up for. */
  #debtUs = FLUSH_DEBT_FIRST_US

  /** Whether to wait here for the flush of so many bytes. */
  isAtOnce(bytes: number): boolean {
    return this.#debtUs === 0 && bytes <= AT_ONCE_BYTES
  }

  /** The flush of so many bytes took so long, by the pool or here. What many bytes take says nothing about few. */
  note(bytes: number, tookUs: number): void {
    if (bytes > AT_ONCE_BYTES) return
    const debtUs = this.#debtUs + Math.max(0, tookUs - QUICK_FLUSH_US) - FLUSH_SHARE_US
    this.#debtUs = Math.min(Math.max(0, debtUs), FLUSH_DEBT_MAX_US)
  }
}
