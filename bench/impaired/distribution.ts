// Something that a file is read through over the ladder's links, and what a reading of it gives.

import type { ReaderPlace } from './ladder-line.js'

export interface Reading {
  /** From the question to the first byte, and to the last. */
  readonly firstMs: number
  readonly allMs: number
  readonly bytes: number
  readonly verified: boolean
  readonly cached: boolean
}

/** Whether there may be something newer than what is given. */
export type Wants = 'newest' | 'dayOld'

/** Something that a file is read through. */
export interface Distribution {
  /** Undefined where it cannot do what is wanted. */
  read(place: ReaderPlace, wants: Wants): Promise<Reading | undefined>
  close(): Promise<void>
}
