// How current an answer is, in every result of a read.

/**
 * How current what was read is: `ageS` seconds since its writer confirmed it; `stale` when fresher was asked for and not to
 * be had. `forked`: a writer has signed states of it that contradict each other; what was read is what they share.
 */
export interface Freshness {
  timeMs: number
  ageS: number
  stale: boolean
  forked: boolean
}
