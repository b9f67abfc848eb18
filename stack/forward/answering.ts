// What came from a neighbour: checked as a whole against the key, then given to everyone who waits, and only then to the
// cache. What fails the check goes no further, and its sender is to blame.

import type { Reason } from '../bytes/index.js'
import { checkChunk } from '../data/index.js'
import { askAgain, endAsk, failAsk, pump } from './asking.js'
import { ageOf, MAX_AGE_S } from './best.js'
import { blame } from './blame.js'
import { countDrop } from './counters.js'
import { type Best, checkAnswer, findHeld, isFresh, questionOf, reaches, sameHave } from './held.js'
import { tellOfAnswer } from './live/telling.js'
import { rowsOf } from './pit.js'
import { answerChunk, answerState, closeIfIdle, type Encoded } from './rows.js'
import type { Ask, Entry, Row, State } from './state.js'
import { type Data, DataFlag } from './wire/index.js'

/** A whole payload that answers `ask`. */
export function handlePayload(state: State, ask: Ask, payload: Uint8Array, flags: number, data: Data): void {
  if (ask.entry.kind === 'chunk') handleChunk(state, ask, payload, flags, data.hops)
  else handleState(state, ask, ask.entry.kind, payload, flags, data)
}

/** Something that came for `ask` fails a check. */
export function handleLie(state: State, ask: Ask, reason: Reason): void {
  countDrop(state.counters, reason)
  blame(state, ask.neighbour, reason)
  failAsk(state, ask, 'lied')
}

/** Its sender only carries what somebody has signed, and whose clock is wrong is not known here: it may be ours. */
function handleFuture(state: State, ask: Ask): void {
  countDrop(state.counters, 'future-time')
  failAsk(state, ask, 'future-time')
}

function handleChunk(state: State, ask: Ask, payload: Uint8Array, flags: number, hops: number): void {
  const { entry, neighbour } = ask
  const refused = checkChunk(state.crypto, entry.key, payload)
  if (refused !== undefined) {
    handleLie(state, ask, refused)
    return
  }
  prove(state, ask)
  endAsk(state, ask)
  const known = state.store.hasChunk(entry.key)
  if (known && !entry.missed) state.counters.duplicateBytes += payload.length
  if (entry.rowCount > 0) state.counters.chunksPassed++
  if (entry.rowCount > 0 || !known) {
    const cached = (flags & DataFlag.cached) !== 0
    answerChunk(state, entry, payload, { hops, cached, neighbour: neighbour.id }, undefined)
    if (!known || entry.missed)
      state.events.push({ kind: 'store', what: 'chunk', name: entry.key, bytes: payload, from: neighbour.id })
  }
  closeIfIdle(state, entry)
  pump(state, neighbour)
}

function handleState(
  state: State,
  ask: Ask,
  kind: 'head' | 'name',
  payload: Uint8Array,
  flags: number,
  data: Data,
): void {
  const { entry, neighbour } = ask
  const { nowUs, nowMs } = state.clock
  const stored = findHeld(state.store, kind, entry.key)
  const checked = checkAnswer(state.crypto, nowMs, kind, entry.key, stored?.held, payload)
  if (typeof checked === 'string') {
    // It was made for what we had when we asked. When that has changed meanwhile, nobody is to blame.
    const have = questionOf(kind, stored?.held, 0)
    if (ask.question !== undefined && !sameHave(ask.question, have)) askAgain(state, ask)
    else if (checked === 'future-time') handleFuture(state, ask)
    else handleLie(state, ask, checked)
    return
  }
  if (checked.unproven) state.counters.conflictsUnproven++
  prove(state, ask)
  const { came } = checked
  if (stored?.own && came !== undefined) state.events.push({ kind: 'heard', name: entry.key, came, from: neighbour.id })
  const best: Best = {
    held: checked.held,
    // A lower certificate confirms nothing, but the cards beside it may be newer than those that are held. Of what is
    // incomplete nobody knows how old it is.
    ageS: checked.lower ? (stored?.ageS ?? MAX_AGE_S) : data.ageS,
    sinceUs: nowUs,
    hops: data.hops,
    cached: (flags & DataFlag.cached) !== 0,
    neighbour: neighbour.id,
    own: stored?.own ?? false,
  }
  const useful = !checked.lower || checked.newer
  // The same state again, from somebody whose word on it is older, takes nothing away.
  if (useful && (entry.best === undefined || checked.newer || best.ageS <= ageOf(state, entry.best))) entry.best = best
  answerMet(state, entry)
  if (useful) keep(state, entry, best, checked.newer || data.ageS < (stored?.ageS ?? Number.POSITIVE_INFINITY))
  if (checked.fork !== undefined) {
    state.events.push({ kind: 'store', what: 'fork', log: entry.key, fork: checked.fork, from: neighbour.id })
  }
  if (entry.rowCount === 0) {
    endAsk(state, ask)
    closeIfIdle(state, entry)
    pump(state, neighbour)
  } else if (ask.question !== undefined && ask.question.kind !== 'chunk' && ask.question.maxAgeS > entry.maxAgeS) {
    // Somebody who wants it fresher joined after the question had left.
    askAgain(state, ask)
  } else {
    failAsk(state, ask, 'too-old')
  }
}

/** Answers every row that the best state is good enough for. */
export function answerMet(state: State, entry: Entry): void {
  const { best } = entry
  if (best === undefined) return
  const encoded: Encoded = { question: undefined, payload: undefined }
  const ageS = ageOf(state, best)
  for (const row of rowsOf(entry)) if (isMet(state, row, best, ageS)) answerState(state, row, best, encoded)
}

/** Whether a state is fresh enough for a row, and not lower than what it has. */
export function isMet(state: State, row: Row, best: Best, ageS: number): boolean {
  const { question } = row
  if (question.kind === 'chunk' || row.elsewhere) return false
  return reaches(best.held, question) && isFresh(best.held, best.own, ageS, state.clock.nowMs, question.maxAgeS)
}

function keep(state: State, entry: Entry, best: Best, better: boolean): void {
  if (!better || best.own) return
  const { held, ageS, neighbour: from } = best
  if (held.kind === 'head') {
    state.events.push({ kind: 'store', what: 'head', log: entry.key, held: held.held, ageS, from })
    tellOfAnswer(state, best)
  } else
    state.events.push({
      kind: 'store',
      what: 'name',
      name: entry.key,
      state: held.state,
      conflict: held.conflict,
      ageS,
      from,
    })
}

/** A verified answer: it earns trust for its route and its sender. */
function prove(state: State, ask: Ask): void {
  const { route, neighbour } = ask
  neighbour.window.handleAnswered(ask)
  state.counters.verified++
  neighbour.silences = 0
  if (route === undefined) return
  route.proven = true
  route.failures = 0
}
