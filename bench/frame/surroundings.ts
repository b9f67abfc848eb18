// What a scenario is given: where it may write, how much it is to do, which providers and peers there are.

import type { LinkProfile } from '../impaired/index.js'
import type { Children } from './children.js'
import type { Sizes } from './sizes.js'

export interface Surroundings {
  /** A directory of the bench's own on a real disk. */
  readonly directory: string
  readonly children: Children
  readonly sizes: Sizes
  /** Values of RUNNEL_CRYPTO to be run, at least one. */
  readonly providers: readonly string[]
  /** Peers that are there. */
  readonly peers: ReadonlySet<string>
  /** Takes away a file or folder that a run has made; nothing is left of it when the bench ends. */
  readonly remove: (path: string) => void
  /** What the uplink of a line is made like; undefined: it stays a cable. */
  readonly link?: LinkProfile
  /** Where the processes of Runnel leave CPU profiles; undefined: they are not profiled. */
  readonly profileDirectory: string | undefined
}
