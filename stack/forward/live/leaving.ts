// The answer to a follower, made when it leaves: from the newest state, and from what that follower was given last.

import { equal } from '../../bytes/index.js'
import { haveOfHead } from '../../data/index.js'
import { ageOf, storedBest } from '../best.js'
import { type Best, encodeHeld, isFresh, showsConflict, signedAgeS } from '../held.js'
import { LIVE_PACE_US } from '../limits.js'
import type { DataItem, Neighbour, State } from '../state.js'
import { DataFlag } from '../wire/index.js'
import type { LiveEntry, LiveRow } from './state.js'

/** The newest state of a log that is followed, or undefined. */
export function newestOf(state: State, entry: LiveEntry): Best | undefined {
  const best = entry.pending ?? storedBest(state, 'head', entry.key)
  if (best === undefined || best.own || best.held.kind !== 'head') return best
  const { length, ...origin } = entry.origin
  return best.held.held.head.length === length ? { ...best, ...origin } : best
}

function isFreshFor(state: State, row: LiveRow, best: Best): boolean {
  // Of its own log a node tells what it has when it cannot sign again.
  if (best.own && !row.entry.refreshing) return true
  // Nobody keeps it up to date any more, so its followers had better ask somebody else.
  if (row.entry.reached === false && !best.own) return false
  return isFresh(best.held, best.own, ageOf(state, best), state.clock.nowMs, row.maxAgeS)
}

/** Whether a follower is to be told a state that it has not been told, or that it is as new as it asked for. */
export function isDue(state: State, row: LiveRow, best: Best): boolean {
  const { held } = best
  if (held.kind !== 'head' || held.held.head.length < row.have.length) return false
  const { length } = held.held.head
  const isNew = length > row.have.length || (showsConflict(held) && !row.toldFork)
  const fresh = isFreshFor(state, row, best)
  if (fresh) return isNew || row.owed
  if (!row.staleOk || (!isNew && (!row.owed || row.toldStale))) return false
  // What is older is told when nobody is left who may have better.
  return row.entry.asks.every((ask) => ask.place < 0) && !row.entry.refreshing
}

/** What leaves next to a follower. */
export type LiveLeaving =
  | { readonly item: DataItem }
  /** Its answer does not fit what it still takes. */
  | { readonly tooBig: LiveRow }

/** Takes the next answer for a neighbour that follows something, or undefined. */
export function takeLive(state: State, neighbour: Neighbour): LiveLeaving | undefined {
  const { due } = neighbour.follows
  for (const row of due) {
    due.delete(row)
    const best = newestOf(state, row.entry)
    if (best === undefined || !isDue(state, row, best) || best.held.kind !== 'head') continue
    const payload = payloadFor(state, row, best)
    if (payload.length > row.creditBytes) return { tooBig: row }
    row.creditBytes -= payload.length
    const stale = note(state, row, best)
    const ageS = best.own && stale ? signedAgeS(best.held, state.clock.nowMs) : ageOf(state, best)
    const flags =
      (best.cached ? DataFlag.cached : 0) |
      (showsConflict(best.held) ? DataFlag.conflict : 0) |
      (stale ? DataFlag.stale : 0)
    const { token, untilUs } = row
    const hops = Math.min(best.hops + 1, 255)
    return { item: { token, flags, payload, hops, ageS, untilUs, answerBytes: 0, offset: 0, loan: undefined } }
  }
  return undefined
}

function payloadFor(state: State, row: LiveRow, best: Best): Uint8Array {
  const { held } = best
  const headBytes = held.kind === 'head' ? held.held.headBytes : new Uint8Array(0)
  const fork = showsConflict(held)
  const { encoded } = state.live
  const { have } = row
  const fits =
    encoded !== undefined &&
    encoded.fork === fork &&
    encoded.have.length === have.length &&
    equal(encoded.have.openPage, have.openPage) &&
    equal(encoded.headBytes, headBytes)
  if (fits) return encoded.payload
  const payload = encodeHeld(state.crypto, held, { kind: 'head', have, maxAgeS: row.maxAgeS })
  state.live.encoded = { headBytes, have, fork, payload }
  return payload
}

/** A follower is given a state; whether that is older than it accepts. */
export function note(state: State, row: LiveRow, best: Best): boolean {
  const fresh = isFreshFor(state, row, best)
  const stale = !fresh || !isFresh(best.held, best.own, ageOf(state, best), state.clock.nowMs, row.maxAgeS)
  if (best.held.kind === 'head') row.have = haveOfHead(best.held.held)
  // A local follower is told whether anybody keeps it up to date, and not the same state again.
  if (fresh || row.follows === undefined) row.owed = false
  row.toldStale = stale
  row.toldFork = showsConflict(best.held)
  row.paceUs = Math.max(row.paceUs, state.clock.nowUs) + LIVE_PACE_US
  state.counters.liveAnswers++
  return stale
}
