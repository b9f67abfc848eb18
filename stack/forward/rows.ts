// The end of a row: its answer, its Nack, or silence when its link is gone. And of an entry, when nobody waits any more.

import { ageOf } from './best.js'
import type { Attempt, Source } from './events.js'
import { type Best, encodeHeld, isFresh, sameHave, showsConflict, signedAgeS } from './held.js'
import { forgetHeld } from './holding.js'
import { LOCAL } from './neighbour-id.js'
import { queueData, queueNack } from './outbound.js'
import { rowsOf } from './pit.js'
import type { DataItem, Entry, Face, Loan, Neighbour, Row, State } from './state.js'
import { DataFlag, type NackReason, type Question } from './wire/index.js'

/** Where an answer comes from, as its hops and flags say it. */
export interface Origin {
  /** Links that it crossed before it came here. */
  readonly hops: number
  readonly cached: boolean
  readonly neighbour: number
}

const NOBODY: readonly Attempt[] = []

/** The neighbour that a face is, or undefined for the local program. */
export function neighbourOf(state: State, face: Face): Neighbour | undefined {
  return face.id === LOCAL ? undefined : state.neighbours.get(face.id)
}

/** Takes a row out of every table. Its bytes stay outstanding: whoever ends it gives them back, or the answer's leaving does. */
export function removeRow(state: State, row: Row): void {
  const { entry } = row
  state.pit.remove(row)
  state.deadlines.remove(row)
  if (entry !== undefined && entry.rowCount === 0) closeIfIdle(state, entry)
}

/** Ends a row with a Nack. */
export function nackRow(state: State, row: Row, reason: NackReason, retryMs = 0): void {
  const asked = row.entry?.attempts ?? NOBODY
  removeRow(state, row)
  row.face.outstandingBytes -= row.answerBytes
  state.counters.nacked++
  if (row.face === state.local) {
    state.events.push({ kind: 'nack', requestId: row.token, reason, asked: [...asked], retryMs })
    return
  }
  const neighbour = neighbourOf(state, row.face)
  if (neighbour !== undefined) queueNack(state, neighbour, row.token, reason, retryMs)
}

/** Ends every row of a chunk's entry with its bytes. Those of a frame are borrowed: see `settle`; others are a loan. */
export function answerChunk(
  state: State,
  entry: Entry,
  bytes: Uint8Array,
  origin: Origin,
  loan: Loan | undefined,
): void {
  for (const row of rowsOf(entry)) {
    if (row.face === state.local) {
      const source: Source = { ...origin, ageS: 0, stale: false }
      endLocally(state, row)
      state.events.push({ kind: 'answer', requestId: row.token, answer: { kind: 'chunk', bytes }, source })
    } else {
      const item = sendAnswer(state, row, bytes, origin.cached ? DataFlag.cached : 0, origin.hops + 1, 0)
      if (item === undefined) continue
      if (loan === undefined) state.borrowed.push(item)
      else {
        item.loan = loan
        loan.users++
      }
    }
  }
}

/** The last payload that was made for a state: askers that have the same get the same bytes. */
export interface Encoded {
  question: Question | undefined
  payload: Uint8Array | undefined
}

/** Ends a row with a head or a name. It is marked as stale when it is older than what the row accepts. */
export function answerState(state: State, row: Row, best: Best, encoded: Encoded): void {
  const { question } = row
  if (question.kind === 'chunk') return
  const { held, hops, cached, neighbour } = best
  const { nowMs } = state.clock
  const signedS = signedAgeS(held, nowMs)
  const stale = !isFresh(held, best.own, ageOf(state, best), nowMs, question.maxAgeS)
  // A writer who could not sign again confirms nothing but what it signed then.
  const ageS = best.own && stale ? signedS : ageOf(state, best)
  if (row.face === state.local) {
    const source: Source = { hops, cached, ageS: Math.max(ageS, signedS), stale, neighbour }
    endLocally(state, row)
    state.events.push({ kind: 'answer', requestId: row.token, answer: held, source })
    return
  }
  if (encoded.payload === undefined || encoded.question === undefined || !sameHave(encoded.question, question)) {
    encoded.payload = encodeHeld(state.crypto, held, question)
    encoded.question = question
  }
  const flags =
    (cached ? DataFlag.cached : 0) | (showsConflict(held) ? DataFlag.conflict : 0) | (stale ? DataFlag.stale : 0)
  sendAnswer(state, row, encoded.payload, flags, hops + 1, ageS)
}

function sendAnswer(
  state: State,
  row: Row,
  payload: Uint8Array,
  flags: number,
  hops: number,
  ageS: number,
): DataItem | undefined {
  const neighbour = neighbourOf(state, row.face)
  if (payload.length > row.answerBytes) {
    nackRow(state, row, 'TooBig')
    return undefined
  }
  removeRow(state, row)
  if (neighbour === undefined) return undefined
  state.counters.answered++
  const { token, untilUs, answerBytes } = row
  const item: DataItem = {
    token,
    flags,
    payload,
    hops: Math.min(hops, 255),
    ageS,
    untilUs,
    answerBytes,
    offset: 0,
    loan: undefined,
  }
  queueData(state, neighbour, item)
  return item
}

function endLocally(state: State, row: Row): void {
  removeRow(state, row)
  row.face.outstandingBytes -= row.answerBytes
  state.counters.answered++
}

/** Forgets an entry for which nobody waits and nothing is in flight. What is in flight stays: it may prove a route. */
export function closeIfIdle(state: State, entry: Entry): void {
  if (entry.rowCount > 0) return
  for (const ask of entry.asks) {
    if (ask.state !== 'waiting') continue
    ask.state = 'over'
    ask.neighbour.window.remove(ask)
  }
  entry.asks = entry.asks.filter((ask) => ask.state === 'sent')
  if (entry.readId !== 0) state.reads.delete(entry.readId)
  entry.readId = 0
  entry.refreshing = false
  forgetHeld(state, entry)
  if (entry.asks.length === 0) state.pit.delete(entry)
}
