// What a bench is made of: a scenario has contenders that do the same work, and rows that say which of their figures
// stand beside each other. A contender is opened once, run once a round, and closed whatever happened.

import type { Row } from './row.js'
import type { Sizes } from './sizes.js'
import type { Surroundings } from './surroundings.js'

/** Figures by name. Times are milliseconds, speeds MB/s (10^6 bytes) or items a second; the rows know. */
export type Figures = Readonly<Record<string, number>>

/** What one run gave. */
export interface Outcome {
  /** What was measured; it differs from run to run. */
  readonly values: Figures
  /** What was counted (bytes by hop, items, verified as 0 or 1); it must not differ. */
  readonly counters: Figures
  /** What it cost: CPU milliseconds and peak bytes by role. */
  readonly costs: Figures
}

export interface Contender {
  /** 'runnel' or the peer's name. */
  readonly name: string
  /** Which cryptography Runnel used. */
  readonly provider?: string
  run(round: number): Promise<Outcome>
  close(): Promise<void>
}

/** One whose runs each open something that is closed with the run, whatever happened. */
export function contender<T extends { close(): Promise<void> }>(
  name: string,
  open: () => T,
  measure: (opened: T) => Promise<Outcome>,
): Contender {
  const run = async (): Promise<Outcome> => {
    const opened = open()
    try {
      return await measure(opened)
    } finally {
      await opened.close()
    }
  }
  return { name, run, close: async () => {} }
}

export interface Scenario {
  readonly name: string
  readonly title: string
  readonly rows: readonly Row[]
  /** Only when it is asked for by name, because it takes long. */
  readonly long?: boolean
  /** The profile of the bad link that it is about, where it is about one. */
  readonly link?: string
  /** About how many seconds a round takes at the sizes of the tour, with one provider and all peers. */
  readonly costS: number
  /** Those that its figures depend on: two runs that differ in one are not compared. */
  readonly sizes: readonly (keyof Sizes)[]
  open(surroundings: Surroundings): Promise<Contender[]>
}
