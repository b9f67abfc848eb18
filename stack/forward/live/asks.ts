// One live question on the wire: sent, renewed with the same token before its lifetime or credit is over, and ended. What it
// may still bring is counted, so that whoever sends more than anybody needs is found out.

import { takeToken } from '../asking.js'
import type { Candidate } from '../candidates.js'
import { questionOf } from '../held.js'
import {
  LIVE_ANSWERS_PER_SECOND,
  LIVE_BATCH_US,
  LIVE_BURST_ANSWERS,
  LIVE_CREDIT_BYTES,
  LIVE_GOOD_S,
  LIVE_LEAST_RENEW_US,
  LIVE_RENEW_US,
  LIVE_SILENCE_US,
  MAX_LIVE_LIFETIME_MS,
} from '../limits.js'
import { queueControl } from '../sending.js'
import type { Neighbour, State } from '../state.js'
import { encodeInterest, FrameType, type HeadHave, InterestFlag } from '../wire/index.js'
import { newestOf } from './leaving.js'
import type { LiveAsk, LiveEntry } from './state.js'

/** Asks a candidate. */
export function openLiveAsk(state: State, entry: LiveEntry, { neighbour, route, down }: Candidate): void {
  const ask: LiveAsk = {
    why: 'live-ask',
    atUs: 0,
    place: -1,
    turn: 0,
    entry,
    neighbour,
    route,
    down,
    token: takeToken(neighbour),
    state: 'asked',
    have: haveOf(state, entry),
    hops: 0,
    sentUs: 0,
    renewUs: 0,
    spentBytes: 0,
    allowedBytes: 0,
    allowedAnswers: LIVE_BURST_ANSWERS,
    countedUs: state.clock.nowUs,
    assembly: undefined,
  }
  entry.asks.push(ask)
  neighbour.follows.asks.set(ask.token, ask)
  state.counters.liveCopiesSent++
  send(state, ask)
}

/** Sets lifetime and credit of a question anew. Soon, where it was done a moment ago. */
export function renewLive(state: State, ask: LiveAsk): void {
  const soonestUs = ask.sentUs + LIVE_LEAST_RENEW_US
  if (soonestUs > state.clock.nowUs) {
    ask.renewUs = Math.min(ask.renewUs, soonestUs)
    renewBy(state, ask.neighbour, ask.renewUs)
  } else {
    state.counters.liveRenewals++
    send(state, ask)
  }
}

/** Renews what is due at a neighbour, and what is due soon. */
export function handleLiveRenewal(state: State, neighbour: Neighbour): void {
  const untilUs = state.clock.nowUs + LIVE_BATCH_US
  for (const ask of [...neighbour.follows.asks.values()]) {
    if (ask.renewUs <= untilUs && ask.sentUs + LIVE_LEAST_RENEW_US <= state.clock.nowUs) renewLive(state, ask)
  }
  for (const { renewUs } of neighbour.follows.asks.values()) renewBy(state, neighbour, renewUs)
}

function haveOf(state: State, entry: LiveEntry): HeadHave {
  const question = questionOf('head', newestOf(state, entry)?.held, 0)
  return question.kind === 'head' ? question.have : { length: 0, openPage: new Uint8Array(32) }
}

function send(state: State, ask: LiveAsk): void {
  const { entry, neighbour } = ask
  const { nowUs } = state.clock
  let maxAgeS = LIVE_GOOD_S
  let hops = 1
  for (const row of entry.rows) {
    maxAgeS = Math.min(maxAgeS, row.maxAgeS)
    hops = Math.max(hops, row.hops)
  }
  ask.hops = hops - 1
  ask.sentUs = nowUs
  ask.renewUs = nowUs + LIVE_RENEW_US
  ask.spentBytes = 0
  // What was on its way when it was renewed comes on top.
  ask.allowedBytes = Math.min(ask.allowedBytes, LIVE_CREDIT_BYTES) + LIVE_CREDIT_BYTES
  state.deadlines.set(ask, nowUs + LIVE_SILENCE_US)
  const have = haveOf(state, entry)
  if (have.length > ask.have.length) ask.have = have
  const body = encodeInterest({
    token: ask.token,
    lifetimeMs: MAX_LIVE_LIFETIME_MS,
    hops: ask.hops,
    rank: state.rank,
    answerBytes: LIVE_CREDIT_BYTES,
    key: entry.key,
    question: { kind: 'head', have, maxAgeS },
  })
  queueControl(state, neighbour, { type: FrameType.interest, flags: flagsOf(ask), body })
  neighbour.counters.interestsOut++
  renewBy(state, neighbour, ask.renewUs)
}

function flagsOf({ down }: LiveAsk): number {
  return InterestFlag.live | InterestFlag.staleOk | (down ? InterestFlag.down : 0)
}

/** Takes a question out of every table. `tells`: its neighbour hears that nobody waits any more. */
export function endLiveAsk(state: State, ask: LiveAsk, tells: boolean): void {
  const { entry, neighbour } = ask
  ask.state = 'over'
  state.deadlines.remove(ask)
  neighbour.follows.asks.delete(ask.token)
  const index = entry.asks.indexOf(ask)
  if (index >= 0) entry.asks.splice(index, 1)
  if (neighbour.follows.asks.size === 0) state.deadlines.remove(neighbour.follows.renew)
  if (!tells || !neighbour.up) return
  const body = encodeInterest({
    token: ask.token,
    lifetimeMs: 0,
    hops: ask.hops,
    rank: state.rank,
    answerBytes: 0,
    key: entry.key,
    question: { kind: 'head', have: ask.have, maxAgeS: 0 },
  })
  queueControl(state, neighbour, { type: FrameType.interest, flags: flagsOf(ask), body })
}

/** Renewals of one neighbour have one timer. */
function renewBy(state: State, neighbour: Neighbour, atUs: number): void {
  const { renew } = neighbour.follows
  if (renew.place < 0 || renew.atUs > atUs) state.deadlines.set(renew, Math.max(atUs, state.clock.nowUs))
}

/** Counts an answer. False when there were more than anybody may send. */
export function countAnswer(state: State, ask: LiveAsk, bytes: number): boolean {
  const { nowUs } = state.clock
  const grown = ask.allowedAnswers + ((nowUs - ask.countedUs) / 1_000_000) * LIVE_ANSWERS_PER_SECOND
  ask.allowedAnswers = Math.min(grown, LIVE_BURST_ANSWERS) - 1
  ask.countedUs = nowUs
  ask.spentBytes += bytes
  ask.allowedBytes -= bytes
  return ask.allowedAnswers >= 0 && ask.allowedBytes >= 0
}
