// What is measured for metrics alone, while the node runs. Everything else that they show is counted where it happens.

import type { DropReason } from '../../stack/forward/index.js'
import type { LinkCounters } from '../../stack/link/index.js'
import { Histogram, secondsBounds } from './histogram.js'
import { NeighbourCounts } from './neighbours.js'

export class Measures {
  readonly neighbours: NeighbourCounts
  readonly #append = new Histogram(secondsBounds(0.0001, 10))
  readonly #firstByte = new Histogram(secondsBounds(0.0005, 50))
  readonly #loopDelay = new Histogram(secondsBounds(0.001, 10))
  /** Of links that have ended. */
  readonly #linkDrops = new Map<DropReason, number>()

  constructor(seed: Uint8Array) {
    this.neighbours = new NeighbourCounts(seed)
  }

  /** An append is on disk, so long after it was given. */
  handleAppended(tookUs: number): void {
    this.#append.observe(tookUs / 1e6)
  }

  /** A read has its first verified bytes, so long after it began. */
  handleFirstByte(tookUs: number): void {
    this.#firstByte.observe(tookUs / 1e6)
  }

  /** A timer was so much too late. */
  handleLoopDelay(lateMs: number): void {
    this.#loopDelay.observe(lateMs / 1e3)
  }

  /** A connection has ended; `device` is who it was, where that was proven. */
  handleEnded(device: Uint8Array | undefined, counters: LinkCounters): void {
    this.neighbours.handleEnded(device, counters)
    addDrops(this.#linkDrops, counters.dropped)
  }

  /** Drops of all links, those that have ended too. */
  linkDrops(live: Iterable<LinkCounters>): Map<DropReason, number> {
    const sums = new Map(this.#linkDrops)
    for (const { dropped } of live) addDrops(sums, dropped)
    return sums
  }

  histograms() {
    return {
      append: this.#append.value(),
      firstByte: this.#firstByte.value(),
      loopDelay: this.#loopDelay.value(),
    }
  }
}

export function addDrops(sums: Map<DropReason, number>, more: ReadonlyMap<DropReason, number>): void {
  for (const [reason, count] of more) sums.set(reason, (sums.get(reason) ?? 0) + count)
}
