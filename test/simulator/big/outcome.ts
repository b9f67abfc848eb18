// What a big world is asked for, and what it counted.

import type { Most } from './bounds.js'

export interface BigOptions {
  readonly seed: string
  readonly nodes: number
  /** Virtual seconds of the phase with faults. */
  readonly untilS: number
  /** Given a line for each phase. */
  readonly report?: (line: string) => void
}

export interface BigOutcome {
  readonly nodes: number
  readonly links: number
  readonly logs: number
  readonly appendedBytes: number
  readonly reads: number
  readonly readBytes: number
  /** Reads that were refused, each while no way worked. */
  readonly refused: number
  /** Reads that were shown an older state and told so, while nothing failed. */
  readonly behind: number
  readonly faults: number
  /** Happenings, and frames sent. */
  readonly steps: number
  readonly frames: number
  /** Chunks sent while all read at the same time, and how many times a chunk crossed a link again. */
  readonly copies: number
  readonly repeated: number
  readonly most: Most
  /** Memory of the process for each node when all is done. */
  readonly bytesPerNode: number
  readonly rssBytes: number
  readonly simulatedS: number
  readonly realS: number
  readonly fingerprint: string
}
