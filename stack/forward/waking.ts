// What waits for a way up is asked for again when there is one, or one to the key itself; and refused when it took too long.

import { advance } from './asking.js'
import { nextCandidate } from './candidates.js'
import { forgetHeld, noteWayUp } from './holding.js'
import type { State } from './state.js'

/** Upstreams or ranks are other than before. */
export function handleWayUp(state: State): void {
  if (noteWayUp(state)) wakeHeld(state)
}

/** Who can be asked now is asked. What may wait longer does, and costs no look at each of its rows. */
export function wakeHeld(state: State): void {
  const { hold, clock, deadlines } = state
  const { untilUs = 0 } = hold
  const waits = !hold.hasWay && clock.nowUs < untilUs
  for (const entry of [...hold.entries]) {
    if (waits && nextCandidate(state, entry, { downOnly: false, trustedOnly: false }) === undefined) continue
    forgetHeld(state, entry)
    advance(state, entry)
  }
  if (hold.entries.size === 0) deadlines.remove(hold)
  else deadlines.set(hold, untilUs)
}
