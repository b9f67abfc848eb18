// Everything that is counted, in one shape that `status` can show as it is.

import { type Reason, reasons } from '../bytes/index.js'

/** Why something is dropped, beyond what a decoder or a check refuses. */
const ownReasons = [
  'answer-expired', // an answer whose asker's lifetime ended before it could leave
  'bad-credit', // credit for a channel that goes beyond its window
  'beyond-credit', // bytes of a channel for which there was no credit
  'channel-number', // a channel with a number that cannot be opened
  'control-queue-full', // too many small frames wait for a link
  'duplicate-token', // an Interest with a token that is in use
  'label-pace', // LABELs of a channel faster than its ends may tell them
  'read-missed', // a chunk that the store said it had
  'route-quota', // an announcement beyond what one neighbour or one key may have
  'udp-pace', // UDP frames faster than a neighbour may send them
  'unasked-observed', // an address at which we are seen, of a neighbour to which we send no cookie
  'unknown-channel', // bytes of a channel that is not open
  'unknown-cookie', // a cookie that is not expected
  'unknown-frame', // a frame that is not of forwarding
  'unknown-neighbour', // a frame of a link that has ended
  'unknown-token', // an answer to nothing that is asked now
] as const

/** `device …`: the proof of an announced device was refused for that reason. */
export type DropReason = Reason | `device ${Reason}` | (typeof ownReasons)[number]

/** Every reason, so that each has a count from the start. */
export const dropReasons: readonly DropReason[] = [
  ...reasons,
  ...ownReasons,
  ...reasons.map((reason): DropReason => `device ${reason}`),
]

export interface Counters {
  /** Interests that decoded and were taken, from neighbours and from the local program. */
  interests: number
  /** Of these: answered from what is held here. */
  hits: number
  /** Joined a question that was already on its way. */
  joined: number
  /** Began a question to neighbours. */
  forwarded: number
  /** Answers given, to neighbours and to the local program. */
  answered: number
  nacked: number
  /** Rows whose lifetime ended without an answer. */
  expired: number
  /** Interests sent to neighbours. */
  copiesSent: number
  /** Verified answers that came. */
  verified: number
  /** Chunks that came from a neighbour and were given to whoever waited, each once. */
  chunksPassed: number
  /** Bytes of verified chunks that came although they were held already: each should cross a link once. */
  duplicateBytes: number
  /** Answers to those who follow a log, and to local followers. */
  liveAnswers: number
  /** Live questions that were sent, and of how many the lifetime was set anew. */
  liveCopiesSent: number
  liveRenewals: number
  /** Live questions that were refused or ended because there were too many. */
  liveRefused: number
  /** Forks that were claimed and not proven. */
  conflictsUnproven: number
  /** Frames and answers that were dropped, by reason. */
  readonly drops: Map<DropReason, number>
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
    forwarded: 0,
    answered: 0,
    nacked: 0,
    expired: 0,
    copiesSent: 0,
    verified: 0,
    chunksPassed: 0,
    duplicateBytes: 0,
    liveAnswers: 0,
    liveCopiesSent: 0,
    liveRenewals: 0,
    liveRefused: 0,
    conflictsUnproven: 0,
    drops: new Map(),
  }
}

export function newNeighbourCounters(): NeighbourCounters {
  return { bytesIn: 0, bytesOut: 0, interestsIn: 0, interestsOut: 0, nacksIn: 0, nacksOut: 0, blamed: 0, silent: 0 }
}

/** Counts something that was dropped. */
export function countDrop(counters: Counters, reason: DropReason): void {
  counters.drops.set(reason, (counters.drops.get(reason) ?? 0) + 1)
}
