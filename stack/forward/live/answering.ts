// What comes on a live question: checked as any answer for a head, given to everyone who follows the log and everyone who
// asked for it once, and then to the cache. It ends nothing: the question stays.

import { equal, type Reason } from '../../bytes/index.js'
import { haveOfHead, maxHeadAnswerBytes } from '../../data/index.js'
import { answerMet } from '../answering.js'
import { Assembly } from '../assembly.js'
import { ageOf, MAX_AGE_S } from '../best.js'
import { blame } from '../blame.js'
import { countDrop } from '../counters.js'
import { type Best, type Checked, checkAnswer, encodeHeld, isFresh, questionOf } from '../held.js'
import { LIVE_CREDIT_BYTES, LIVE_GOOD_S, LIVE_LEAST_RENEW_US } from '../limits.js'
import type { State } from '../state.js'
import { type Data, DataFlag, type HeadHave, type NackReason } from '../wire/index.js'
import { askLiveAnew, failLive, handleGood, handlePoor } from './asking.js'
import { countAnswer, renewLive } from './asks.js'
import { newestOf } from './leaving.js'
import type { LiveAsk, LiveEntry } from './state.js'
import { tellFollowers } from './telling.js'

/** One Data with the token of a live question. */
export function handleLiveData(state: State, ask: LiveAsk, flags: number, data: Data): void {
  const { total, offset, payload } = data
  if (total > maxHeadAnswerBytes) {
    handleLiveLie(state, ask, 'too-long')
    return
  }
  if (ask.assembly === undefined && offset === 0 && payload.length === total) {
    handleLivePayload(state, ask, payload, flags, data)
    return
  }
  if (ask.assembly === undefined && offset !== 0) {
    handleLiveLie(state, ask, 'bad-length')
    return
  }
  const whole = ask.assembly?.add(total, offset, payload)
  if (whole === undefined) ask.assembly = new Assembly(total, payload)
  else if (whole === 'refused') handleLiveLie(state, ask, 'bad-length')
  else if (whole !== 'more') {
    ask.assembly = undefined
    handleLivePayload(state, ask, whole, flags, data)
  }
}

/** A Nack for a live question ends it. One that was good and is only over is asked again. */
export function handleLiveNack(state: State, ask: LiveAsk, reason: NackReason): void {
  const isOver = reason === 'Expired' || (reason === 'TooBig' && ask.spentBytes > 0)
  const wasGood = ask.state === 'good' && state.clock.nowUs - ask.sentUs >= LIVE_LEAST_RENEW_US
  if (isOver && wasGood) askLiveAnew(state, ask, false)
  else failLive(state, ask, reason, false)
}

function handleLiveLie(state: State, ask: LiveAsk, reason: Reason): void {
  countDrop(state.counters, reason)
  blame(state, ask.neighbour, reason)
  failLive(state, ask, 'lied', true)
}

function handleLivePayload(state: State, ask: LiveAsk, payload: Uint8Array, flags: number, data: Data): void {
  const { entry, neighbour } = ask
  if (!countAnswer(state, ask, payload.length)) {
    handleLiveLie(state, ask, 'too-many')
    return
  }
  const before = newestOf(state, entry)
  const checked = check(state, entry, before, payload)
  if (typeof checked === 'string') {
    if (checked === 'future-time') {
      countDrop(state.counters, checked)
      failLive(state, ask, 'future-time', true)
    } else if (sameAs(ask.have, before)) handleLiveLie(state, ask, checked)
    // It continues what we had and not what came meanwhile from somebody else: nobody is to blame.
    else askLiveAnew(state, ask, true)
    return
  }
  if (checked.unproven) state.counters.conflictsUnproven++
  state.counters.verified++
  neighbour.silences = 0
  state.deadlines.remove(ask)
  if (!checked.lower && checked.held.kind === 'head') ask.have = haveOfHead(checked.held.held)
  const best: Best = {
    held: checked.held,
    ageS: checked.lower ? (before === undefined ? MAX_AGE_S : ageOf(state, before)) : data.ageS,
    sinceUs: state.clock.nowUs,
    hops: data.hops,
    cached: (flags & DataFlag.cached) !== 0,
    neighbour: neighbour.id,
    own: before?.own ?? false,
  }
  take(state, entry, before, best, checked)
  const isStale = checked.lower || (flags & DataFlag.stale) !== 0
  if (!isStale && isFresh(best.held, false, data.ageS, state.clock.nowMs, LIVE_GOOD_S)) handleGood(state, ask)
  else handlePoor(state, ask)
  if (ask.spentBytes >= LIVE_CREDIT_BYTES / 2) renewLive(state, ask)
}

/** Checked against what is held; what continues the state before that is checked against that, and then like any other. */
function check(state: State, entry: LiveEntry, before: Best | undefined, payload: Uint8Array): Checked | Reason {
  const { crypto, clock } = state
  const checked = checkAnswer(crypto, clock.nowMs, 'head', entry.key, before?.held, payload)
  if (checked !== 'bad-hash' || entry.previous === undefined) return checked
  const earlier = checkAnswer(crypto, clock.nowMs, 'head', entry.key, entry.previous, payload)
  if (typeof earlier === 'string') return earlier
  const again = encodeHeld(crypto, earlier.held, questionOf('head', before?.held, 0))
  return checkAnswer(crypto, clock.nowMs, 'head', entry.key, before?.held, again)
}

/** Tells everyone, then the store. */
function take(state: State, entry: LiveEntry, before: Best | undefined, best: Best, checked: Checked): void {
  const { held, neighbour: from } = best
  if (held.kind !== 'head') return
  const isFresher = before === undefined || (!checked.lower && best.ageS < ageOf(state, before))
  if (checked.newer) {
    const { hops, cached, neighbour } = best
    entry.origin = { length: held.held.head.length, hops, cached, neighbour }
    entry.previous = entry.asks.length > 1 ? before?.held : undefined
  }
  if (!best.own && (checked.newer || isFresher || checked.fork !== undefined)) {
    state.live.hold(entry, best)
    state.events.push({ kind: 'store', what: 'head', log: entry.key, held: held.held, ageS: best.ageS, from })
  }
  if (checked.fork !== undefined) {
    state.events.push({ kind: 'store', what: 'fork', log: entry.key, fork: checked.fork, from })
  }
  const waiting = state.pit.find('head', entry.key)
  if (waiting !== undefined && (checked.newer || isFresher)) {
    waiting.best = best
    answerMet(state, waiting)
  }
  tellFollowers(state, entry)
}

/** Whether what an ask believes that we have is what we have. */
function sameAs(have: HeadHave, before: Best | undefined): boolean {
  if (before?.held.kind !== 'head') return have.length === 0
  const { length, openPage } = before.held.held.head
  return have.length === length && equal(have.openPage, openPage)
}
