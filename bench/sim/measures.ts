// What is measured at one size, by the real machines and by the model alike.

/** Where a read was answered. */
export const places = ['own', 'access', 'metro', 'root', 'beyond', 'publisher'] as const
export type ServedAt = (typeof places)[number]

export interface Measures {
  readonly nodes: number
  readonly metros: number
  readonly accesses: number
  readonly homes: number
  readonly objects: number
  readonly reads: number
  /** Ways to names, devices and logs that the root holds, and those that there are below it. */
  readonly rootRoutes: number
  readonly rootRoutesWanted: number
  /** The most at a metro router. */
  readonly metroRoutes: number
  /** What the root is told of them, bytes a second. */
  readonly announceBytesPerSecond: number
  /** Share of the reads that found nobody. */
  readonly refusedShare: number
  /** Of all reads, how many were answered where: `beyond` is a router on the way down to the publisher. */
  readonly servedShare: { readonly [place in ServedAt]: number }
  /** Links between a reader and the copy that it was given, the mean and what nine in ten are not above. */
  readonly hopsMean: number
  readonly hops90: number
  /** Share of the bytes that the links of a level are spared, against the same reads without any cache of routers. */
  readonly savedAccess: number
  readonly savedMetro: number
  /** Chunks that publishers sent, by read. */
  readonly publisherShare: number
  readonly followers: number
  /** Links that an entry crosses until all followers have it, by entry; and as many as one copy for each would cross. */
  readonly liveCrossings: number
  readonly unicastCrossings: number
  /** Copies that the writer and the busiest router send, by entry. */
  readonly writerCopies: number
  readonly mostCopies: number
}

/** Counts reads, and makes shares of them. */
export class ReadCounts {
  readonly served: Record<ServedAt, number> = { own: 0, access: 0, metro: 0, root: 0, beyond: 0, publisher: 0 }
  readonly hops: number[] = []
  refused = 0
  reads = 0
  /** Chunks that crossed a link of the level of its lower end, and those that would have without caches. */
  readonly crossed = [0, 0, 0, 0]
  readonly uncached = [0, 0, 0, 0]

  add(place: ServedAt, hops: number): void {
    this.reads++
    this.served[place]++
    this.hops[hops] = (this.hops[hops] ?? 0) + 1
  }

  refuse(): void {
    this.reads++
    this.refused++
  }

  get shares(): Pick<
    Measures,
    'refusedShare' | 'servedShare' | 'hopsMean' | 'hops90' | 'savedAccess' | 'savedMetro' | 'publisherShare'
  > {
    const { reads, served, crossed, uncached } = this
    const saved = (level: number): number => 1 - (crossed[level] ?? 0) / Math.max(1, uncached[level] ?? 0)
    const share = (place: ServedAt): number => served[place] / Math.max(1, reads)
    let [sum, seen, hops90] = [0, 0, -1]
    for (let hops = 0; hops < this.hops.length; hops++) {
      const count = this.hops[hops] ?? 0
      sum += hops * count
      seen += count
      if (hops90 < 0 && seen >= 0.9 * (reads - this.refused)) hops90 = hops
    }
    return {
      refusedShare: this.refused / Math.max(1, reads),
      servedShare: {
        own: share('own'),
        access: share('access'),
        metro: share('metro'),
        root: share('root'),
        beyond: share('beyond'),
        publisher: share('publisher'),
      },
      hopsMean: sum / Math.max(1, reads - this.refused),
      hops90,
      savedAccess: saved(2),
      savedMetro: saved(1),
      publisherShare: share('publisher'),
    }
  }
}
