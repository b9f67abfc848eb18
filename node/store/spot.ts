// Where an item stands, and who counts how much of each segment is alive.

/** An item in a segment, its header included. */
export interface Spot {
  readonly segment: number
  readonly offset: number
  readonly bytes: number
}

/** Keeps the sum of the items of each segment that count. */
export interface Ledger {
  live(segment: number, bytes: number): void
  /** Something that counts could not be read: the segment must stay, for the next try may succeed. */
  unreadable(segment: number): void
}

/** Reads from a segment; undefined when it cannot be read in full. */
export type ReadSpot = (segment: number, offset: number, bytes: number) => Uint8Array | undefined

export function sameSpot(a: Spot | undefined, b: Spot): boolean {
  return a !== undefined && a.segment === b.segment && a.offset === b.offset
}

/** One item counts no longer, another begins to. */
export function replaceSpot(ledger: Ledger, before: Spot | undefined, after: Spot | undefined): void {
  if (before !== undefined) ledger.live(before.segment, -before.bytes)
  if (after !== undefined) ledger.live(after.segment, after.bytes)
}
