// A question arrives, from a neighbour or from the local program: it is answered from what is held, joins what is already
// on its way, or begins an entry of its own.

import { isMet } from './answering.js'
import { advance, endUnmet, joinHeld, pump } from './asking.js'
import { storedBest } from './best.js'
import { isBehind } from './held.js'
import { joinAsk } from './joining.js'
import { MAX_REFRESHES, REFRESH_US } from './limits.js'
import { rowsOf } from './pit.js'
import { answerState, type Encoded } from './rows.js'
import type { Entry, RefreshTimer, Row, State } from './state.js'
import type { QuestionName } from './wire/index.js'

/** Takes in a row that has passed every limit. `key` is borrowed. */
export function enter(state: State, kind: QuestionName, key: Uint8Array, row: Row): void {
  state.counters.interests++
  const known = state.pit.find(kind, key)
  const entry = known ?? state.pit.create(kind, key.slice())
  const joins = entry.rowCount > 0
  state.pit.add(entry, row)
  state.deadlines.set(row, row.untilUs)
  if (kind === 'chunk') enterChunk(state, entry, row, joins)
  else enterState(state, kind, entry, row, joins)
}

function enterChunk(state: State, entry: Entry, row: Row, joins: boolean): void {
  if (entry.readId === 0 && !entry.missed && state.store.hasChunk(entry.key)) {
    entry.readId = state.nextRequest++
    state.reads.set(entry.readId, entry)
    state.events.push({ kind: 'read', requestId: entry.readId, name: entry.key })
  }
  if (entry.readId !== 0) state.counters.hits++
  else ask(state, entry, row, joins)
}

function enterState(state: State, kind: 'head' | 'name', entry: Entry, row: Row, joins: boolean): void {
  const best = storedBest(state, kind, entry.key)
  const encoded: Encoded = { question: undefined, payload: undefined }
  if (best !== undefined && isMet(state, row, best, best.ageS)) {
    state.counters.hits++
    answerState(state, row, best, encoded)
  } else if (best?.own === true && !row.elsewhere) {
    state.counters.hits++
    if (isBehind(best.held, row.question)) state.events.push({ kind: 'behind', name: entry.key })
    if (!entry.refreshing) refresh(state, kind, entry)
  } else {
    ask(state, entry, row, joins)
  }
}

function ask(state: State, entry: Entry, row: Row, joins: boolean): void {
  if (row.hops === 0) {
    // Only the own store might have answered.
    endUnmet(state, row, 'NoRoute', { question: undefined, payload: undefined })
    return
  }
  if (joins && state.hold.entries.has(entry)) {
    state.counters.joined++
    joinHeld(state, entry, row)
    return
  }
  if (joins && entry.asks.length > 0) {
    state.counters.joined++
    for (const waiting of [...entry.asks]) {
      joinAsk(waiting, row.face)
      pump(state, waiting.neighbour)
    }
  }
  advance(state, entry)
  if (!joins && entry.asks.length > 0) state.counters.forwarded++
}

/** Has this node sign its own state again; at most once a second for a key, then what is held has to do. */
function refresh(state: State, kind: 'head' | 'name', entry: Entry): void {
  const marks = state.refreshed[kind]
  if (marks.has(entry.key) || marks.size >= MAX_REFRESHES) {
    endRefresh(state, entry)
    return
  }
  const mark: RefreshTimer = { why: 'refresh', atUs: 0, place: -1, turn: 0, what: kind, key: entry.key }
  marks.set(entry.key, mark)
  state.deadlines.set(mark, state.clock.nowUs + REFRESH_US)
  entry.refreshing = true
  state.events.push({ kind: 'refresh', what: kind, key: entry.key })
}

/** What this node holds of its own is as good as it gets. */
export function endRefresh(state: State, entry: Entry): void {
  entry.refreshing = false
  const encoded: Encoded = { question: undefined, payload: undefined }
  for (const row of rowsOf(entry)) {
    const { kind } = row.question
    if (row.elsewhere) continue
    const best = kind === 'chunk' ? undefined : storedBest(state, kind, entry.key)
    if (best !== undefined && isMet(state, row, best, best.ageS)) answerState(state, row, best, encoded)
    else endUnmet(state, row, 'Expired', encoded)
  }
  advance(state, entry)
}
