// Asking others on behalf of an entry: one candidate at a time, and beside it one that has not proven itself. Every
// question ends: with an answer, a Nack, silence, or its link; then the next candidate is asked, and after the last one
// every row gets the best that is held, or a Nack.

import { ageOf, storedBest } from './best.js'
import { type Candidate, isBelow, nextCandidate } from './candidates.js'
import type { Outcome } from './events.js'
import { type Best, findHeld, isFresh, questionOf } from './held.js'
import { holdEntry, lookSoon, mayHold } from './holding.js'
import { bytesFor, costOf, faceFor } from './joining.js'
import {
  HOP_MARGIN_US,
  LATE_NACK_US,
  MAX_BUSY_RETRIES,
  MAX_LIFETIME_MS,
  MAX_NAME_ASKS,
  MIN_LIFETIME_MS,
  NACK_GRACE_US,
  WASTEFUL_LIFETIME_MS,
} from './limits.js'
import { rowsOf } from './pit.js'
import { answerState, closeIfIdle, type Encoded, nackRow } from './rows.js'
import { queueControl } from './sending.js'
import type { Ask, Entry, Neighbour, Route, Row, State } from './state.js'
import { prolong } from './waiting.js'
import { encodeInterest, FrameType, InterestFlag, type NackReason, type Question } from './wire/index.js'

const NOBODY = new Uint8Array(32)

/** How long before the last row's end a question is given up: time enough to ask nobody else, and to say so. */
const LAST_MARGIN_US = HOP_MARGIN_US - NACK_GRACE_US

/** The least time after Busy or Quota, whatever the neighbour says, so that nobody makes us ask in a loop. */
const MIN_RETRY_MS = 20

/** Outcomes that take a route's proof away. To be busy, or to hold an older state, is no failure of a route. */
const DISAPPOINTING: ReadonlySet<Outcome> = new Set<Outcome>([
  'silent',
  'lied',
  'future-time',
  'NoRoute',
  'NotYet',
  'Policy',
  'Bad',
])

/** Asks the next candidates as far as the entry needs them, and gives up when there is none left. */
export function advance(state: State, entry: Entry): void {
  if (entry.rowCount === 0 || entry.readId !== 0 || entry.refreshing) return
  if (entry.asks.some((ask) => !ask.beside)) {
    if (entry.downRows > 0 && !entry.asks.some(isBelow)) askBelow(state, entry)
    return
  }
  const downOnly = entry.downRows === entry.rowCount
  while (entry.asks.length < 2) {
    const candidate =
      (entry.asks.length > 0 ? nextCandidate(state, entry, { downOnly, trustedOnly: true }) : undefined) ??
      nextCandidate(state, entry, { downOnly, trustedOnly: false })
    if (candidate === undefined) break
    // A rule of order, not of taste: whoever may only go down does not wait for something that goes up or sideways.
    if (!isBelow(candidate) && !entry.asks.some(isBelow)) endDownRows(state, entry)
    if (entry.rowCount === 0) return
    ask(state, entry, candidate)
    if (candidate.trusted) break
  }
  if (entry.kind === 'name') askEachWay(state, entry, downOnly)
  if (entry.asks.length === 0) giveUp(state, entry)
  else for (const { neighbour } of [...entry.asks]) pump(state, neighbour)
}

/**
 * A name has several devices, and one of them may be a thief's: whoever answered first before must not be the only one
 * who is heard. What comes when nobody waits any more is merged into what is held.
 */
function askEachWay(state: State, entry: Entry, downOnly: boolean): void {
  while (entry.asks.length > 0 && entry.asks.length < MAX_NAME_ASKS) {
    const candidate = nextCandidate(state, entry, { downOnly, trustedOnly: false })
    if (candidate === undefined || (candidate.route?.failures ?? 0) > 0) return
    // One upstream is enough to hear of what others announced elsewhere.
    if (candidate.route === undefined && entry.asks.some((other) => other.route === undefined)) return
    ask(state, entry, { ...candidate, trusted: false })
  }
}

/** A DOWN row joined a question that went up or sideways: it needs somebody below, or ends. */
function askBelow(state: State, entry: Entry): void {
  const candidate = nextCandidate(state, entry, { downOnly: true, trustedOnly: false })
  if (candidate === undefined) {
    endDownRows(state, entry)
    return
  }
  ask(state, entry, candidate)
  pump(state, candidate.neighbour)
}

function endDownRows(state: State, entry: Entry): void {
  if (entry.downRows === 0) return
  const encoded: Encoded = { question: undefined, payload: undefined }
  for (const row of rowsOf(entry)) if (row.down) endUnmet(state, row, entry.lastReason ?? 'NoRoute', encoded)
}

/** Ends every row, but those that wait for a way up; who takes what is held has that at once. */
function giveUp(state: State, entry: Entry): void {
  const encoded: Encoded = { question: undefined, payload: undefined }
  const holds = mayHold(state, entry)
  for (const row of rowsOf(entry)) {
    if (holds && waitsForWay(state, row)) continue
    endUnmet(state, row, entry.lastReason ?? 'NoRoute', encoded)
  }
  if (entry.rowCount > 0) holdEntry(state, entry)
}

function waitsForWay(state: State, row: Row): boolean {
  return !row.down && !row.elsewhere && heldFor(state, row) === undefined
}

/** A row joins an entry that waits for a way up; those before it are not looked at again. */
export function joinHeld(state: State, entry: Entry, row: Row): void {
  // It may have been learned elsewhere, where there is a way to.
  if (entry.vias.length > 1) lookSoon(state)
  if (waitsForWay(state, row)) return
  endUnmet(state, row, entry.lastReason ?? 'NoRoute', { question: undefined, payload: undefined })
}

/** Ends a row for which nothing better is to be had: with what is held, if the row takes it, else with a Nack. */
export function endUnmet(state: State, row: Row, reason: NackReason, encoded: Encoded): void {
  const { entry, question } = row
  if (entry === undefined) return
  if (question.kind === 'chunk') {
    nackRow(state, row, reason)
    return
  }
  const best = heldFor(state, row)
  if (best !== undefined) answerState(state, row, best, encoded)
  else
    nackRow(state, row, (entry.best ?? storedBest(state, question.kind, entry.key)) === undefined ? reason : 'Expired')
}

/** The best state that is held, where a row takes it when nothing better is to be had. */
function heldFor(state: State, row: Row): Best | undefined {
  const { entry, question } = row
  if (entry === undefined || question.kind === 'chunk') return undefined
  const best = entry.best ?? storedBest(state, question.kind, entry.key)
  if (best === undefined || row.staleOk) return best
  const ageS = ageOf(state, best)
  return isFresh(best.held, best.own, ageS, state.clock.nowMs, question.maxAgeS) ? best : undefined
}

function ask(state: State, entry: Entry, candidate: Candidate): void {
  const { neighbour, route, down, trusted } = candidate
  const face = faceFor(state, entry, neighbour)
  const answerBytes = bytesFor(entry, face, neighbour)
  const created: Ask = {
    why: 'ask',
    atUs: 0,
    place: -1,
    turn: 0,
    entry,
    neighbour,
    face,
    route,
    down,
    beside: !trusted,
    state: 'waiting',
    token: 0,
    answerBytes,
    cost: costOf(answerBytes),
    question: undefined,
    busyCount: 0,
    sinceUs: state.clock.nowUs,
    assembly: undefined,
  }
  entry.asks.push(created)
  neighbour.window.add(created)
  face.waitsFor = neighbour
}

/** Asks the same candidate again, because what it was asked was too little. */
export function askAgain(state: State, over: Ask): void {
  const { entry, neighbour, route, down, beside } = over
  endAsk(state, over)
  if (entry.rowCount === 0) closeIfIdle(state, entry)
  else ask(state, entry, { neighbour, route, down, trusted: !beside })
  pump(state, neighbour)
}

/** Sends what the neighbour's window allows. */
export function pump(state: State, neighbour: Neighbour): void {
  if (!neighbour.up || neighbour.holdUntilUs > state.clock.nowUs) return
  for (let next = neighbour.window.take(); next !== undefined; next = neighbour.window.take()) send(state, next)
}

function send(state: State, ask: Ask): void {
  const { entry, neighbour } = ask
  const { nowUs } = state.clock
  if (ask.sinceUs < nowUs) for (const row of rowsOf(entry)) prolong(state, row, row.lifetimeUs)
  const leftUs = entry.untilUs - nowUs - HOP_MARGIN_US
  ask.state = 'sent'
  ask.sinceUs = nowUs
  if (leftUs <= 0) {
    // Too late to be answered; its rows are about to end.
    endAsk(state, ask)
    return
  }
  // Somebody else could still be asked after a silence: half of the time is kept for that.
  const another = nextCandidate(state, entry, { downOnly: false, trustedOnly: false }) !== undefined
  const wantedMs = Math.floor((another ? leftUs / 2 : leftUs) / 1_000)
  const mostMs = neighbour.window.isWasteful(ask) ? WASTEFUL_LIFETIME_MS : MAX_LIFETIME_MS
  const lifetimeMs = Math.min(Math.max(wantedMs, MIN_LIFETIME_MS), mostMs)
  ask.token = takeToken(neighbour)
  ask.question = questionFor(state, ask)
  neighbour.asks.set(ask.token, ask)
  const untilUs = Math.min(nowUs + lifetimeMs * 1_000 + NACK_GRACE_US, entry.untilUs - LAST_MARGIN_US)
  state.deadlines.set(ask, Math.max(untilUs, nowUs))
  const body = encodeInterest({
    token: ask.token,
    lifetimeMs,
    hops: entry.hops - 1,
    rank: state.rank,
    answerBytes: ask.answerBytes,
    key: entry.key,
    question: ask.question,
  })
  // Rows want states of different ages: an older one than the strictest wants may be good enough for the others.
  const staleOk = entry.kind === 'chunk' ? 0 : InterestFlag.staleOk
  const flags = (ask.down ? InterestFlag.down : 0) | staleOk
  queueControl(state, neighbour, { type: FrameType.interest, flags, body })
  state.counters.copiesSent++
  neighbour.counters.interestsOut++
}

/** An answer has begun to come: it has as long as anyone waits for it. */
export function extendAsk(state: State, ask: Ask): void {
  state.deadlines.set(ask, Math.max(ask.atUs, ask.entry.untilUs - LAST_MARGIN_US))
}

function questionFor(state: State, ask: Ask): Question {
  const { entry, route } = ask
  if (entry.kind === 'chunk') return { kind: 'chunk', via: route?.key ?? entry.vias[0] ?? NOBODY }
  const stored = findHeld(state.store, entry.kind, entry.key)
  return questionOf(entry.kind, stored?.held, entry.maxAgeS)
}

/** A token that the neighbour is not asked by now. */
export function takeToken(neighbour: Neighbour): number {
  const { asks, follows } = neighbour
  let token = neighbour.nextToken
  while (token === 0 || asks.has(token) || follows.asks.has(token)) token = (token + 1) >>> 0
  neighbour.nextToken = (token + 1) >>> 0
  return token
}

/** Takes a question out of every table; its part of the window is free again. */
export function endAsk(state: State, ask: Ask): void {
  const { entry, neighbour } = ask
  if (ask.state === 'waiting') neighbour.window.remove(ask)
  if (ask.state === 'sent') neighbour.window.release(ask)
  ask.state = 'over'
  if (ask.token !== 0) neighbour.asks.delete(ask.token)
  state.deadlines.remove(ask)
  ask.assembly = undefined
  const index = entry.asks.indexOf(ask)
  if (index >= 0) entry.asks.splice(index, 1)
}

/** Takes the proof of a route away that led to nothing. */
export function disappoint(route: Route | undefined, outcome: Outcome): void {
  if (route === undefined || !DISAPPOINTING.has(outcome)) return
  route.proven = false
  route.failures++
}

/** A candidate did not help: the next one is asked. */
export function failAsk(state: State, ask: Ask, outcome: Outcome): void {
  const { entry, neighbour, route } = ask
  const inVain = ask.state === 'sent' && outcome !== 'link-down' && outcome !== 'too-old'
  if (inVain && state.clock.nowUs - ask.sinceUs >= LATE_NACK_US) neighbour.window.handleWasted(ask)
  endAsk(state, ask)
  entry.attempts.push({ neighbour: neighbour.id, device: neighbour.device, outcome })
  disappoint(route, outcome)
  entry.lastReason = reasonAfter(entry.lastReason, outcome)
  if (entry.rowCount === 0) closeIfIdle(state, entry)
  else advance(state, entry)
  pump(state, neighbour)
}

/** What askers are told when this was the last candidate. That somebody has one that is signed ahead of time is not forgotten. */
function reasonAfter(before: NackReason | undefined, outcome: Outcome): NackReason | undefined {
  switch (outcome) {
    case 'future-time':
      return 'NotYet'
    case 'silent':
    case 'too-old':
      return 'Expired'
    case 'lied':
    case 'link-down':
      return before
    case 'NoRoute':
      return before === 'NotYet' ? before : outcome
    default:
      return outcome
  }
}

/** Busy or Quota: the same candidate is asked again later, some times; then it counts as failed. */
export function postponeAsk(state: State, ask: Ask, reason: 'Busy' | 'Quota', retryMs: number): void {
  const { entry, neighbour } = ask
  const { nowUs } = state.clock
  const retryUs = nowUs + Math.min(Math.max(retryMs, MIN_RETRY_MS), MAX_LIFETIME_MS) * 1_000
  neighbour.holdUntilUs = Math.max(neighbour.holdUntilUs, retryUs)
  state.deadlines.set(neighbour.retry, neighbour.holdUntilUs)
  if (entry.rowCount === 0 || ask.busyCount >= MAX_BUSY_RETRIES || retryUs >= entry.untilUs) {
    failAsk(state, ask, reason)
    return
  }
  neighbour.window.release(ask)
  neighbour.asks.delete(ask.token)
  state.deadlines.remove(ask)
  ask.assembly = undefined
  ask.state = 'waiting'
  ask.token = 0
  ask.busyCount++
  ask.sinceUs = nowUs
  neighbour.window.add(ask)
}
