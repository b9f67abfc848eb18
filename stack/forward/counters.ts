// Everything that is counted, in one shape that `status` can show as it is.

export interface Counters {
  /** Interests that decoded and were taken, from neighbours and from the local program. */
  interests: number
  /** Of these: answered from what is held here. */
  hits: number
  /** Joined a question that was already on its way. */
  joined: number
  /** Answers given, to neighbours and to the local program. */
  answered: number
  nacked: number
  /** Rows whose lifetime ended without an answer. */
  expired: number
  /** Interests sent to neighbours. */
  copiesSent: number
  /** Verified answers that came. */
  verified: number
  /** Forks that were claimed and not proven. */
  conflictsUnproven: number
  /** Frames and answers that were dropped, by reason. */
  readonly drops: Map<string, number>
}

export interface NeighbourCounters {
  /** Payload of Data. */
  bytesIn: number
  bytesOut: number
  interestsIn: number
  interestsOut: number
  nacksIn: number
  nacksOut: number
  /** Answers that failed a check. */
  blamed: number
  /** Questions that it left without any answer. */
  silent: number
}

export function newCounters(): Counters {
  return {
    interests: 0,
    hits: 0,
    joined: 0,
    answered: 0,
    nacked: 0,
    expired: 0,
    copiesSent: 0,
    verified: 0,
    conflictsUnproven: 0,
    drops: new Map(),
  }
}

export function newNeighbourCounters(): NeighbourCounters {
  return { bytesIn: 0, bytesOut: 0, interestsIn: 0, interestsOut: 0, nacksIn: 0, nacksOut: 0, blamed: 0, silent: 0 }
}

/** Counts something that was dropped. */
export function countDrop(counters: Counters, reason: string): void {
  counters.drops.set(reason, (counters.drops.get(reason) ?? 0) + 1)
}
