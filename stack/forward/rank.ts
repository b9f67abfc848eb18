// The order that makes forwarding free of loops (docs/protocol.md §10.5): a root has rank 0, everybody else one more than
// the lowest of its upstreams. A change is told to every neighbour at once, and may open or close the way up.

import { ROUTE_RENEW_US } from './limits.js'
import { reconsiderAll } from './live/index.js'
import { markReady } from './sending.js'
import type { Neighbour, State } from './state.js'
import { MAX_RANK } from './wire/index.js'

/** The rank that a neighbour stated, in any frame. */
export function handleRank(state: State, neighbour: Neighbour, rank: number): void {
  if (neighbour.rank === rank) return
  const isHigher = neighbour.upstream && rank < neighbour.rank
  neighbour.rank = rank
  updateRank(state)
  updateUpstream(state, neighbour)
  if (isHigher) reconsiderAll(state)
}

/** Works our rank out again, after an upstream came, went or changed. */
export function updateRank(state: State): void {
  const rank = rankNow(state)
  if (rank === state.rank) return
  state.rank = rank
  for (const neighbour of state.neighbours.values()) {
    neighbour.rankDue = true
    markReady(state, neighbour)
  }
  for (const upstream of state.upstreams) updateUpstream(state, upstream)
}

/** Announces to an upstream exactly while its rank is lower than ours. */
export function updateUpstream(state: State, neighbour: Neighbour): void {
  const { announcements } = state
  const wanted = neighbour.upstream && neighbour.up && neighbour.rank < state.rank
  if (wanted === announcements.isOpen(neighbour)) return
  if (wanted) {
    announcements.open(neighbour)
    state.deadlines.set(neighbour.renew, state.clock.nowUs + ROUTE_RENEW_US)
    markReady(state, neighbour)
  } else {
    announcements.close(neighbour)
    state.deadlines.remove(neighbour.renew)
  }
}

function rankNow(state: State): number {
  if (state.root) return 0
  let lowest: number | undefined
  for (const { rank } of state.upstreams) if (lowest === undefined || rank < lowest) lowest = rank
  // While no upstream is up, the last known rank stands.
  return lowest === undefined ? state.rank : Math.min(lowest + 1, MAX_RANK)
}
