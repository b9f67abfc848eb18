// A follower comes, renews, or ends: a live Interest of a neighbour, or one of the local program.

import { equal } from '../../bytes/index.js'
import { ageOf } from '../best.js'
import { countDrop } from '../counters.js'
import { isFresh } from '../held.js'
import { MAX_LIVE_LIFETIME_MS, MAX_REFRESHES, MIN_LIFETIME_MS, QUOTA_RETRY_MS, REFRESH_US } from '../limits.js'
import { queueNack } from '../outbound.js'
import type { Face, Neighbour, RefreshTimer, State } from '../state.js'
import { type HeadHave, type Interest, InterestFlag } from '../wire/index.js'
import { advanceLive, failLive, nackFollower } from './asking.js'
import { renewLive } from './asks.js'
import { newestOf } from './leaving.js'
import { dropFollower, followerToEvict } from './rows.js'
import type { LiveEntry, LiveRow } from './state.js'
import { tellFollower, tellFollowers } from './telling.js'

/** Times that never come: of the local program, which follows until it says that it does not. */
const NEVER_US = Number.MAX_SAFE_INTEGER

interface Follower {
  readonly token: number
  readonly have: HeadHave
  readonly maxAgeS: number
  readonly down: boolean
  readonly staleOk: boolean
  readonly hops: number
  readonly creditBytes: number
  readonly untilUs: number
}

/** A live Interest of a neighbour: a new follower, or one that renews or ends. */
export function handleLiveInterest(state: State, neighbour: Neighbour, flags: number, interest: Interest): void {
  const { token, key, hops, answerBytes, question, lifetimeMs } = interest
  if (question.kind !== 'head') return
  const known = neighbour.liveRows.get(token)
  if (known !== undefined && !equal(known.entry.key, key)) {
    countDrop(state.counters, 'duplicate-token')
    return
  }
  const clampedMs = Math.min(Math.max(lifetimeMs, MIN_LIFETIME_MS), MAX_LIVE_LIFETIME_MS)
  const { maxAgeS, have } = question
  const follower: Follower = {
    token,
    have: { length: have.length, openPage: have.openPage.slice() },
    maxAgeS,
    down: (flags & InterestFlag.down) !== 0,
    staleOk: (flags & InterestFlag.staleOk) !== 0,
    hops,
    creditBytes: answerBytes,
    untilUs: state.clock.nowUs + clampedMs * 1_000,
  }
  if (known !== undefined) {
    if (answerBytes === 0) endFollower(state, known)
    else renewFollower(state, known, follower)
  } else if (neighbour.rows.has(token)) {
    countDrop(state.counters, 'duplicate-token')
  } else if (answerBytes > 0) {
    const entry = state.live.find(key)
    const crossing = entry?.asks.find((ask) => ask.neighbour.party === neighbour.party)
    // Whom we ask asks us: it has nothing either.
    if (crossing !== undefined) failLive(state, crossing, 'NoRoute', true)
    if (follow(state, neighbour, key, follower) === undefined) {
      queueNack(state, neighbour, token, 'Quota', QUOTA_RETRY_MS)
    }
  }
}

/** The local program follows a log until it ends that. False when it follows too many. */
export function followLocally(
  state: State,
  log: Uint8Array,
  token: number,
  wanted: { readonly have: HeadHave; readonly maxAgeS: number; readonly hops: number },
): boolean {
  const row = follow(state, state.local, log, {
    ...wanted,
    token,
    down: false,
    staleOk: true,
    creditBytes: NEVER_US,
    untilUs: NEVER_US,
  })
  if (row === undefined) return false
  const { reached } = row.entry
  if (reached !== undefined) state.events.push({ kind: 'live', requestId: token, reached })
  return true
}

/** Nobody waits for it any more. */
export function endFollower(state: State, row: LiveRow): void {
  dropFollower(state, row)
  advanceLive(state, row.entry)
}

/** The lifetime of a follower is over, or it may be told more. */
export function handleFollowerTime(state: State, row: LiveRow): void {
  if (state.clock.nowUs >= row.untilUs) {
    nackFollower(state, row, 'Expired')
    return
  }
  state.deadlines.set(row, row.untilUs)
  tellFollower(state, row)
}

/** The link of a follower or of whom we ask ended. */
export function handleLiveDown(state: State, neighbour: Neighbour): void {
  state.deadlines.remove(neighbour.follows.renew)
  for (const row of [...neighbour.liveRows.values()]) endFollower(state, row)
  for (const ask of [...neighbour.follows.asks.values()]) failLive(state, ask, 'link-down', false)
}

/** A log of this node, or one that came by another way, may have a newer state. */
export function handleLogChanged(state: State, log: Uint8Array): void {
  const entry = state.live.find(log)
  if (entry === undefined) return
  entry.refreshing = false
  tellFollowers(state, entry)
}

function follow(state: State, face: Face, log: Uint8Array, from: Follower): LiveRow | undefined {
  if (face.liveRows.size >= state.limits.liveRowsPerFace || !makeRoom(state, face)) {
    state.counters.liveRefused++
    return undefined
  }
  const entry = state.live.open(log)
  const row: LiveRow = {
    why: 'live-row',
    atUs: 0,
    place: -1,
    turn: 0,
    face,
    follows: state.neighbours.get(face.id)?.follows,
    entry,
    ...from,
    paceUs: 0,
    owed: true,
    toldStale: false,
    toldFork: false,
    over: false,
  }
  entry.rows.add(row)
  if (row.down) entry.downRows++
  face.liveRows.set(row.token, row)
  state.live.rows++
  state.deadlines.set(row, row.untilUs)
  answer(state, row)
  return row
}

function makeRoom(state: State, face: Face): boolean {
  if (state.live.rows < state.limits.liveRows) return true
  const evicted = followerToEvict(state, face, () => true)
  if (evicted !== undefined) nackFollower(state, evicted, 'Quota')
  return evicted !== undefined
}

function renewFollower(state: State, row: LiveRow, from: Follower): void {
  state.counters.liveRenewals++
  if (from.have.length > row.have.length) row.have = from.have
  const { maxAgeS, staleOk, hops, creditBytes, untilUs } = from
  Object.assign(row, { maxAgeS, staleOk, hops, creditBytes, untilUs, owed: true, toldStale: false })
  state.deadlines.set(row, untilUs)
  answer(state, row)
}

/** Answers at once with what is fresh enough, else asks for it. */
function answer(state: State, row: LiveRow): void {
  const { entry } = row
  const best = newestOf(state, entry)
  const fresh = best !== undefined && isFresh(best.held, best.own, ageOf(state, best), state.clock.nowMs, row.maxAgeS)
  if (best?.own === true && !fresh) refreshOwn(state, entry)
  const reached = entry.reached
  advanceLive(state, entry)
  if (!row.over) tellFollower(state, row)
  if (fresh || best?.own === true || reached !== true) return
  // Whoever keeps us up to date says it again, soon.
  for (const ask of entry.asks) if (ask.state === 'good' && ask.place < 0) renewLive(state, ask)
}

/** Has this node sign its own head again; at most once a second, as for anybody who asks. */
function refreshOwn(state: State, entry: LiveEntry): void {
  const marks = state.refreshed.head
  if (entry.refreshing || marks.has(entry.key) || marks.size >= MAX_REFRESHES) return
  const mark: RefreshTimer = { why: 'refresh', atUs: 0, place: -1, turn: 0, what: 'head', key: entry.key }
  marks.set(entry.key, mark)
  state.deadlines.set(mark, state.clock.nowUs + REFRESH_US)
  entry.refreshing = true
  state.events.push({ kind: 'refresh', what: 'head', key: entry.key })
}
