// Questions that wait for a way up (docs/protocol.md §10.7): a node that has just lost its way up, or has had none yet,
// refuses nothing for some seconds. A router that restarts is back by then, and nobody below it has to ask again.

import { HELD_LOOK_US, HOLD_US } from './limits.js'
import type { Entry, State } from './state.js'

/** Whether a neighbour is up to which questions go up. */
function hasWayUp(state: State): boolean {
  return state.upstreams.some(({ up, rank }) => up && rank < state.rank)
}

/** Upstreams or ranks are other than before. True: there is a way up, and something waits for it. */
export function noteWayUp(state: State): boolean {
  const { hold, clock } = state
  const had = hold.hasWay
  hold.hasWay = hasWayUp(state)
  if (had && !hold.hasWay) hold.untilUs = clock.nowUs + HOLD_US
  return hold.hasWay && hold.entries.size > 0
}

/**
 * Whether an entry that nobody can be asked for waits for a way up. What somebody has said of it counts: only that nobody
 * was there, or said nothing, may be otherwise with another one above.
 */
export function mayHold(state: State, entry: Entry): boolean {
  const { hold, limits, clock } = state
  if (state.root || hold.hasWay || entry.hops === 0) return false
  const { lastReason } = entry
  if (lastReason !== undefined && lastReason !== 'NoRoute' && lastReason !== 'Expired') return false
  // A node that never had a way has as long from its first question on.
  hold.untilUs ??= clock.nowUs + HOLD_US
  if (clock.nowUs >= hold.untilUs) return false
  return hold.entries.has(entry) || hold.entries.size < limits.heldEntries
}

/** It waits until there is a way up, the time is over, or nobody waits for it any more. */
export function holdEntry({ hold, deadlines }: State, entry: Entry): void {
  hold.entries.add(entry)
  if (hold.place < 0 && hold.untilUs !== undefined) deadlines.set(hold, hold.untilUs)
}

/** Nobody waits for it any more. */
export function forgetHeld({ hold }: State, entry: Entry): void {
  hold.entries.delete(entry)
}

/** Looked at soon, because somebody may be asked for something that waits. */
export function lookSoon({ hold, deadlines, clock }: State): void {
  if (hold.entries.size === 0) return
  const lookUs = clock.nowUs + HELD_LOOK_US
  if (hold.place < 0 || hold.atUs > lookUs) deadlines.set(hold, lookUs)
}
