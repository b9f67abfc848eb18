// The order that makes forwarding free of loops (docs/protocol.md §10.5): a root has rank 0, everybody else one more than
// the lowest of its upstreams. A change is told to every neighbour at once, and may open or close the way up.

import { RANK_CHANGE_US, RANK_CHANGES_AT_ONCE, ROUTE_RENEW_US } from './limits.js'
import { reconsiderAll } from './live/index.js'
import { markReady } from './sending.js'
import type { Neighbour, State } from './state.js'
import { handleWayUp } from './waking.js'
import { MAX_RANK } from './wire/index.js'

/**
 * The rank that a neighbour stated, in any frame. Each change of an upstream's may have all routes told again and all that
 * is followed asked for again, so one that never rests is heard once a second, as if its words took so long.
 */
export function handleRank(state: State, neighbour: Neighbour, rank: number): void {
  neighbour.statedRank = rank
  if (neighbour.rank === rank) return
  if (!neighbour.upstream || mayChange(state, neighbour)) takeRank(state, neighbour)
  else if (neighbour.rankTimer.place < 0) {
    state.deadlines.set(neighbour.rankTimer, neighbour.rankChangedUs + RANK_CHANGE_US)
  }
}

/** What an upstream has said last is heard now. */
export function handleRankTimer(state: State, neighbour: Neighbour): void {
  handleRank(state, neighbour, neighbour.statedRank)
}

function mayChange({ clock }: State, neighbour: Neighbour): boolean {
  const earned = Math.floor((clock.nowUs - neighbour.rankChangedUs) / RANK_CHANGE_US)
  if (earned > 0) {
    neighbour.rankChanges = Math.min(RANK_CHANGES_AT_ONCE, neighbour.rankChanges + earned)
    neighbour.rankChangedUs += earned * RANK_CHANGE_US
  }
  if (neighbour.rankChanges === 0) return false
  neighbour.rankChanges--
  return true
}

function takeRank(state: State, neighbour: Neighbour): void {
  const rank = neighbour.statedRank
  state.deadlines.remove(neighbour.rankTimer)
  const isHigher = neighbour.upstream && rank < neighbour.rank
  neighbour.rank = rank
  updateRank(state)
  updateUpstream(state, neighbour)
  if (isHigher) reconsiderAll(state)
  if (neighbour.upstream) handleWayUp(state)
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
