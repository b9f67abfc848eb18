// The question upstream that a followed log takes: to the best candidate, one however many follow, and renewed as long as
// anybody does. Whoever has nothing, or says nothing, stays asked while the next one is asked beside it; who keeps us up to
// date is asked alone. When nobody is left the followers stay, and all are asked again after a pause, or when somebody comes.

import { disappoint } from '../asking.js'
import { bestCandidate, type Candidate, isBefore, isBelow, type Wanted } from '../candidates.js'
import type { Outcome } from '../events.js'
import { LIVE_FIRST_PAUSE_US, LIVE_LONGEST_PAUSE_US, MAX_ATTEMPTS, MAX_LIVE_ASKS, QUOTA_RETRY_MS } from '../limits.js'
import { queueNack } from '../outbound.js'
import { neighbourOf } from '../rows.js'
import type { Neighbour, State } from '../state.js'
import { endLiveAsk, openLiveAsk } from './asks.js'
import { dropFollower, followerToEvict } from './rows.js'
import type { LiveAsk, LiveEntry, LiveRow } from './state.js'
import { tellFollowers } from './telling.js'

/** Asks whom a followed log needs, and says when there is nobody. */
export function advanceLive(state: State, entry: LiveEntry): void {
  if (entry.rows.size === 0) {
    closeEntry(state, entry)
    return
  }
  if (state.store.isOwn('head', entry.key)) {
    setReached(state, entry, true)
    return
  }
  const downOnly = entry.downRows === entry.rows.size
  while (needsAnother(entry)) {
    const candidate = nextFor(state, entry, { downOnly, trustedOnly: false })
    if (candidate === undefined || !openAsk(state, entry, candidate)) break
  }
  // Whoever may only go down does not wait for something that goes up.
  if (entry.downRows > 0 && !downOnly && !entry.asks.some(isBelow)) {
    const candidate = nextFor(state, entry, { downOnly: true, trustedOnly: false })
    if (candidate !== undefined) openAsk(state, entry, candidate)
  }
  const waits = entry.asks.some((ask) => ask.place >= 0)
  if (entry.asks.some((ask) => ask.state === 'good')) setReached(state, entry, true)
  else if (!waits) setReached(state, entry, false)
  if (entry.reached === true) state.deadlines.remove(entry)
  if (waits || entry.reached === true) return
  if (entry.place < 0) state.deadlines.set(entry, state.clock.nowUs + entry.pauseUs)
  tellFollowers(state, entry)
}

/** Somebody came who may be asked: a link, a route, or a rank that is lower now. */
export function reconsiderLive(state: State, entry: LiveEntry): void {
  const good = entry.asks.find((ask) => ask.state === 'good')
  if (good === undefined) {
    beginRound(entry)
    advanceLive(state, entry)
    return
  }
  stampAskers(state, entry)
  const downOnly = entry.downRows === entry.rows.size
  const best = bestCandidate(state, entry, { downOnly, trustedOnly: false })
  const isNew = best !== undefined && entry.asks.every(({ neighbour }) => neighbour.party !== best.neighbour.party)
  if (isNew && isBefore(best, good)) openAsk(state, entry, best)
}

/** All followed logs may be asked of somebody who came. */
export function reconsiderAll(state: State): void {
  for (const entry of [...state.live.values()]) reconsiderLive(state, entry)
}

/** The pause is over: all are asked again. */
export function handleLivePause(state: State, entry: LiveEntry): void {
  entry.pauseUs = Math.min(2 * entry.pauseUs, LIVE_LONGEST_PAUSE_US)
  entry.attempts = []
  advanceLive(state, entry)
}

/** Nothing came for a question in time, or nothing fresh. It stays, and another is asked beside it. */
export function handlePoor(state: State, ask: LiveAsk): void {
  ask.state = 'poor'
  advanceLive(state, ask.entry)
}

/** Who was asked answers with what is fresh: the others are not needed any more. */
export function handleGood(state: State, ask: LiveAsk): void {
  const { entry } = ask
  ask.state = 'good'
  if (ask.route !== undefined) Object.assign(ask.route, { proven: true, failures: 0 })
  entry.pauseUs = LIVE_FIRST_PAUSE_US
  entry.attempts = []
  let best = ask
  for (const other of entry.asks) if (other.state === 'good' && isBefore(other, best)) best = other
  for (const other of [...entry.asks]) {
    if (other === best) continue
    const takesOver = other.state === 'asked' && isBefore(other, best)
    const isOnlyBelow = entry.downRows > 0 && isBelow(other) && !isBelow(best)
    if (!takesOver && !isOnlyBelow) endLiveAsk(state, other, true)
  }
  advanceLive(state, entry)
}

/** A candidate did not help, or the link to it ended. `tells`: it is told that we do not wait any more. */
export function failLive(state: State, ask: LiveAsk, outcome: Outcome, tells: boolean): void {
  const { entry, neighbour, route } = ask
  endLiveAsk(state, ask, tells)
  entry.attempts.push({ neighbour: neighbour.id, device: neighbour.device, outcome })
  disappoint(route, outcome)
  advanceLive(state, entry)
}

/** Asks the same neighbour anew, with another token: what it believes that we have is not what we have. */
export function askLiveAnew(state: State, over: LiveAsk, tells: boolean): void {
  const { entry, neighbour, route, down } = over
  endLiveAsk(state, over, tells)
  if (entry.rows.size > 0) openLiveAsk(state, entry, { neighbour, route, down, trusted: true })
}

/** Ends a follower with a Nack. */
export function nackFollower(state: State, row: LiveRow, reason: 'Expired' | 'Quota'): void {
  const neighbour = neighbourOf(state, row.face)
  const retryMs = reason === 'Quota' ? QUOTA_RETRY_MS : 0
  if (reason === 'Quota') state.counters.liveRefused++
  dropFollower(state, row)
  if (neighbour !== undefined) queueNack(state, neighbour, row.token, reason, retryMs)
  else if (row.face === state.local) {
    state.events.push({ kind: 'nack', requestId: row.token, reason, asked: [...row.entry.attempts], retryMs })
  }
  // One who asked us may be asked now.
  advanceLive(state, row.entry)
}

function beginRound(entry: LiveEntry): void {
  entry.attempts = []
  entry.pauseUs = LIVE_FIRST_PAUSE_US
}

function needsAnother({ asks }: LiveEntry): boolean {
  return asks.every((ask) => ask.state === 'poor' || (ask.state === 'asked' && ask.route?.proven === false))
}

function stampAskers(state: State, entry: LiveEntry): void {
  const stamp = ++state.stamp
  for (const { face } of entry.rows) face.party.stamp = stamp
}

function nextFor(state: State, entry: LiveEntry, wanted: Wanted): Candidate | undefined {
  let hops = 0
  for (const row of entry.rows) hops = Math.max(hops, row.hops)
  if (hops === 0 || entry.attempts.length >= MAX_ATTEMPTS) return undefined
  stampAskers(state, entry)
  for (const { neighbour } of entry.asks) neighbour.party.stamp = state.stamp
  for (const { neighbour } of entry.attempts) {
    const tried = state.neighbours.get(neighbour)
    if (tried !== undefined) tried.party.stamp = state.stamp
  }
  return bestCandidate(state, entry, wanted)
}

/** False when there is no room for it. */
function openAsk(state: State, entry: LiveEntry, candidate: Candidate): boolean {
  const { neighbour } = candidate
  const poor = entry.asks.find((ask) => ask.state === 'poor')
  if (entry.asks.length >= MAX_LIVE_ASKS) {
    if (poor === undefined) return false
    endLiveAsk(state, poor, true)
    entry.attempts.push({ neighbour: poor.neighbour.id, device: poor.neighbour.device, outcome: 'silent' })
  }
  if (!makeRoom(state, entry, neighbour)) return false
  openLiveAsk(state, entry, candidate)
  return true
}

/** A neighbour takes so many: who follows the most makes room for who follows less. */
function makeRoom(state: State, entry: LiveEntry, neighbour: Neighbour): boolean {
  if (neighbour.follows.asks.size < state.limits.liveRowsPerFace) return true
  const [asker] = entry.rows
  const evicted =
    asker &&
    followerToEvict(state, asker.face, (row) => {
      const only = row.entry.rows.size === 1
      return only && row.entry !== entry && row.entry.asks.some((ask) => ask.neighbour === neighbour)
    })
  if (evicted === undefined) return false
  nackFollower(state, evicted, 'Quota')
  return neighbour.follows.asks.size < state.limits.liveRowsPerFace
}

function closeEntry(state: State, entry: LiveEntry): void {
  for (const ask of [...entry.asks]) endLiveAsk(state, ask, true)
  state.deadlines.remove(entry)
  state.live.close(entry)
}

function setReached(state: State, entry: LiveEntry, reached: boolean): void {
  if (entry.reached === reached) return
  entry.reached = reached
  for (const row of entry.rows) {
    if (row.face !== state.local) Object.assign(row, reached ? {} : { owed: true, toldStale: false })
    else state.events.push({ kind: 'live', requestId: row.token, reached })
  }
}
