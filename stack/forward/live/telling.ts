// Who is told, and when: whoever follows a log has a mark that it is due, and no more than that waits for a slow one.

import { ageOf } from '../best.js'
import { type Best, signedAgeS } from '../held.js'
import { LIVE_AHEAD_US } from '../limits.js'
import { neighbourOf } from '../rows.js'
import { markReady } from '../sending.js'
import type { State } from '../state.js'
import { isDue, newestOf, note } from './leaving.js'
import type { LiveEntry, LiveRow } from './state.js'

/** A log may have a newer state, or a confirmed one: whoever follows it is told. */
export function tellFollowers(state: State, entry: LiveEntry): void {
  const best = newestOf(state, entry)
  if (best === undefined) return
  for (const row of [...entry.rows]) tell(state, row, best)
}

/** Tells one follower what it has not been told. */
export function tellFollower(state: State, row: LiveRow): void {
  const best = newestOf(state, row.entry)
  if (best !== undefined) tell(state, row, best)
}

function tell(state: State, row: LiveRow, best: Best): void {
  if (!isDue(state, row, best)) return
  const { nowUs } = state.clock
  const neighbour = neighbourOf(state, row.face)
  const fromUs = row.paceUs - LIVE_AHEAD_US
  if (fromUs > nowUs) {
    state.deadlines.set(row, Math.min(row.untilUs, fromUs))
  } else if (neighbour !== undefined) {
    neighbour.follows.due.add(row)
    markReady(state, neighbour)
  } else {
    tellLocally(state, row, best)
  }
}

function tellLocally(state: State, row: LiveRow, best: Best): void {
  const stale = note(state, row, best)
  const { held, hops, cached, neighbour } = best
  const ageS = Math.max(ageOf(state, best), signedAgeS(held, state.clock.nowMs))
  const source = { hops, cached, ageS, stale, neighbour }
  state.events.push({ kind: 'answer', requestId: row.token, answer: held, source })
}

/** Somebody asked once, and what came is newer or fresher than what was held: those who follow hear of it too. */
export function tellOfAnswer(state: State, best: Best): void {
  const entry = best.held.kind === 'head' ? state.live.find(best.held.held.head.log) : undefined
  if (entry === undefined || best.held.kind !== 'head') return
  const { hops, cached, neighbour } = best
  entry.origin = { length: best.held.held.head.length, hops, cached, neighbour }
  state.live.hold(entry, best)
  tellFollowers(state, entry)
}
