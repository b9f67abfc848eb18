// How old a head or a name is that lies here: what the hops had added up when it came, and how long ago that was. Wall
// clocks are set back and forth, and monotonic ones stand still while a computer sleeps, so the longer of the two counts.

import { maxClockAheadMs } from '../stack/data/index.js'
import type { Clock } from './outside.js'

/** When something came, and how old it was. */
export interface Seen {
  readonly ageS: number
  readonly seenMs: number
  /** By the monotonic clock of this process; undefined when an earlier one saw it. */
  readonly seenUs: number | undefined
}

/**
 * What an earlier process saw at a time that is yet to come is of unknown age: the clock was set back. It counts as older
 * than any two honest clocks may differ (docs/protocol.md §13), so it is given only when nothing fresher is to be had.
 */
const unknownAgeS = maxClockAheadMs / 1_000

export function seenNow(ageS: number, { nowMs, nowUs }: Clock): Seen {
  return { ageS, seenMs: nowMs, seenUs: nowUs }
}

/** Seconds, rounded up, so that nothing that lay here is as fresh as what the writer says now. */
export function agedS({ ageS, seenMs, seenUs }: Seen, { nowMs, nowUs }: Clock): number {
  const wallS = Math.ceil((nowMs - seenMs) / 1_000)
  const monotonicS = seenUs === undefined ? (wallS < 0 ? unknownAgeS : 0) : Math.ceil((nowUs - seenUs) / 1_000_000)
  return ageS + Math.max(0, wallS, monotonicS)
}
