// The way in: one frame of a neighbour. It is decoded, held against the neighbour's quotas, and handed to the step that it
// is for. What does not decode, or answers nothing that was asked, is counted and dropped.

import { handleLie, handlePayload } from './answering.js'
import { askAgain, extendAsk, failAsk, postponeAsk } from './asking.js'
import { Assembly } from './assembly.js'
import { forgive } from './blame.js'
import { handleChannelFrame } from './channels/index.js'
import { countDrop } from './counters.js'
import { enter } from './entering.js'
import { hasSomething } from './held.js'
import { handleLateChunk } from './late.js'
import {
  BUSY_RETRY_MS,
  LATE_NACK_US,
  MAX_ANSWER_BYTES_OF,
  MAX_LIFETIME_MS,
  MAX_LOCAL_WAIT_US,
  MIN_LIFETIME_MS,
  QUOTA_RETRY_MS,
} from './limits.js'
import { handleLiveData, handleLiveInterest, handleLiveNack } from './live/index.js'
import { queueNack } from './outbound.js'
import { rowsOf, rowToEvict } from './pit.js'
import { handlePortFrame } from './ports/index.js'
import { handleRank } from './rank.js'
import { handleRoute } from './reach.js'
import { nackRow } from './rows.js'
import type { Ask, Entry, Face, Neighbour, Row, State } from './state.js'
import {
  decodeAnnounce,
  decodeData,
  decodeInterest,
  decodeNack,
  FrameType,
  type Interest,
  InterestFlag,
  type Question,
} from './wire/index.js'

/** One frame. `body` is not changed any more. */
export function handleFrame(state: State, neighbour: Neighbour, type: number, flags: number, body: Uint8Array): void {
  forgive(state, neighbour)
  switch (type) {
    case FrameType.interest:
      handleInterest(state, neighbour, flags, body)
      return
    case FrameType.data:
      handleData(state, neighbour, flags, body)
      return
    case FrameType.nack:
      handleNack(state, neighbour, body)
      return
    case FrameType.announce:
      handleAnnounce(state, neighbour, body)
      return
    default:
      if (handleChannelFrame(state, neighbour, type, flags, body)) return
      if (!handlePortFrame(state, neighbour, type, body)) countDrop(state.counters, 'unknown-frame')
  }
}

function handleInterest(state: State, neighbour: Neighbour, flags: number, body: Uint8Array): void {
  const interest = decodeInterest(body)
  if (typeof interest === 'string') {
    countDrop(state.counters, interest)
    return
  }
  neighbour.counters.interestsIn++
  handleRank(state, neighbour, interest.rank)
  if ((flags & InterestFlag.live) !== 0 && interest.question.kind === 'head') {
    handleLiveInterest(state, neighbour, flags, interest)
    return
  }
  if (neighbour.rows.has(interest.token) || neighbour.liveRows.has(interest.token)) {
    countDrop(state.counters, 'duplicate-token')
    return
  }
  const answerBytes = Math.min(interest.answerBytes, MAX_ANSWER_BYTES_OF[interest.question.kind])
  const refusal = admit(state, neighbour, answerBytes)
  if (refusal !== undefined) {
    state.counters.nacked++
    const retryMs = refusal === 'Busy' ? BUSY_RETRY_MS : QUOTA_RETRY_MS
    queueNack(state, neighbour, interest.token, refusal, retryMs)
    return
  }
  crossed(state, neighbour, interest)
  const row = rowFor(state, neighbour, {
    token: interest.token,
    question: copyOf(interest.question),
    down: (flags & InterestFlag.down) !== 0,
    staleOk: (flags & InterestFlag.staleOk) !== 0,
    hops: interest.hops,
    answerBytes,
    lifetimeMs: Math.min(Math.max(interest.lifetimeMs, MIN_LIFETIME_MS), MAX_LIFETIME_MS),
  })
  enter(state, interest.question.kind, interest.key, row)
}

/** Why a further Interest of a face cannot be taken now, or undefined. May end a row of whoever has the most. */
export function admit(state: State, face: Face, answerBytes: number): 'Busy' | 'Quota' | undefined {
  if (face.rows.size >= state.limits.rowsPerFace) return 'Quota'
  if (face !== state.local && face.outstandingBytes > 0) {
    const accepted = state.neighbours.get(face.id)?.grant.acceptedBytes ?? 0
    if (face.outstandingBytes + answerBytes > accepted || state.queuedBytes > state.limits.queuedBytes) return 'Busy'
  }
  if (state.pit.rows < state.limits.rows) return undefined
  const evicted = rowToEvict([state.local, ...state.neighbours.values()], face)
  if (evicted === undefined) return 'Quota'
  nackRow(state, evicted, 'Quota', QUOTA_RETRY_MS)
  return undefined
}

/** A row that is in no table yet. */
export function rowFor(
  state: State,
  face: Face,
  from: {
    readonly token: number
    readonly question: Question
    readonly down: boolean
    readonly staleOk: boolean
    readonly hops: number
    readonly answerBytes: number
    readonly lifetimeMs: number
    readonly elsewhere?: boolean
  },
): Row {
  const lifetimeUs = from.lifetimeMs * 1_000
  return {
    why: 'row',
    atUs: 0,
    place: -1,
    turn: 0,
    face,
    token: from.token,
    question: from.question,
    down: from.down,
    staleOk: from.staleOk,
    hops: from.hops,
    answerBytes: from.answerBytes,
    elsewhere: from.elsewhere ?? false,
    untilUs: state.clock.nowUs + lifetimeUs,
    lifetimeUs,
    latestUs: state.clock.nowUs + lifetimeUs + (face === state.local ? MAX_LOCAL_WAIT_US : 0),
    entry: undefined,
    before: undefined,
    after: undefined,
  }
}

/** Whom we asked asks us for the same: it has no answer either, and both would wait for each other. */
function crossed(state: State, neighbour: Neighbour, interest: Interest): void {
  const entry = state.pit.find(interest.question.kind, interest.key)
  const ask = entry?.asks.find((candidate) => candidate.neighbour.party === neighbour.party)
  if (ask !== undefined) failAsk(state, ask, 'NoRoute')
}

function copyOf(question: Question): Question {
  if (question.kind === 'chunk') return { kind: 'chunk', via: question.via.slice() }
  if (question.kind === 'name') return question
  const { length, openPage } = question.have
  return { kind: 'head', have: { length, openPage: openPage.slice() }, maxAgeS: question.maxAgeS }
}

function handleData(state: State, neighbour: Neighbour, flags: number, body: Uint8Array): void {
  const data = decodeData(body)
  if (typeof data === 'string') {
    countDrop(state.counters, data)
    return
  }
  neighbour.counters.bytesIn += data.payload.length
  const live = neighbour.follows.asks.get(data.token)
  if (live !== undefined) {
    neighbour.window.allowedBytes = data.bytesAllowed
    handleLiveData(state, live, flags, data)
    return
  }
  const ask = neighbour.asks.get(data.token)
  const late = neighbour.late.get(data.token)
  if (ask === undefined && late === undefined) {
    countDrop(state.counters, 'unknown-token')
    return
  }
  neighbour.window.allowedBytes = data.bytesAllowed
  if (ask === undefined) {
    neighbour.late.delete(data.token)
    if (late !== undefined) handleLateChunk(state, neighbour, late, flags, data)
    return
  }
  if (data.total > ask.answerBytes) {
    handleLie(state, ask, 'too-long')
    return
  }
  if (ask.assembly === undefined && data.offset === 0 && data.payload.length === data.total) {
    handlePayload(state, ask, data.payload, flags, data)
    return
  }
  const whole = assemble(ask, data.total, data.offset, data.payload)
  if (whole === 'refused') handleLie(state, ask, 'bad-length')
  else if (whole === 'more') extendAsk(state, ask)
  else handlePayload(state, ask, whole, flags, data)
}

function assemble(ask: Ask, total: number, offset: number, piece: Uint8Array): Uint8Array | 'more' | 'refused' {
  if (ask.assembly !== undefined) return ask.assembly.add(total, offset, piece)
  if (offset !== 0) return 'refused'
  ask.assembly = new Assembly(total, piece)
  return 'more'
}

function handleNack(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const nack = decodeNack(body)
  if (typeof nack === 'string') {
    countDrop(state.counters, nack)
    return
  }
  neighbour.counters.nacksIn++
  const live = neighbour.follows.asks.get(nack.token)
  if (live !== undefined) {
    neighbour.window.allowedBytes = nack.bytesAllowed
    handleLiveNack(state, live, nack.reason)
    return
  }
  const ask = neighbour.asks.get(nack.token)
  if (ask === undefined) {
    countDrop(state.counters, 'unknown-token')
    return
  }
  neighbour.window.allowedBytes = nack.bytesAllowed
  const { reason } = nack
  if (reason === 'Busy' || reason === 'Quota') {
    postponeAsk(state, ask, reason, nack.retryMs)
    return
  }
  const needed = reason === 'TooBig' ? bytesNeeded(state, ask.entry) : 0
  if (needed > ask.answerBytes) {
    ask.entry.answerBytes = needed
    ask.entry.large = true
    askAgain(state, ask)
  } else {
    // Who takes long to say no is asked after those who are quick, like one who says nothing.
    if (state.clock.nowUs - ask.sinceUs >= LATE_NACK_US) neighbour.silences++
    failAsk(state, ask, reason)
  }
}

/**
 * What an answer to us may need, when it was too big: our askers may hold more than we do, and so ask for less; the local
 * program takes whatever there is.
 */
function bytesNeeded(state: State, entry: Entry): number {
  const { kind } = entry
  if (kind === 'chunk') return entry.answerBytes
  const ahead = rowsOf(entry).some(({ face, question }) => {
    if (question.kind === 'chunk') return false
    return hasSomething(question) || face === state.local
  })
  return ahead ? MAX_ANSWER_BYTES_OF[kind] : entry.answerBytes
}

function handleAnnounce(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const announce = decodeAnnounce(body)
  if (typeof announce === 'string') {
    countDrop(state.counters, announce)
    return
  }
  handleRank(state, neighbour, announce.rank)
  for (const route of announce.routes) handleRoute(state, neighbour, route)
}
