// The local program is an asker like any neighbour: its questions stand in the same table, wait in the same queues, and
// end in the same ways; only that its answers are events.

import { type HeldHead, haveOfHead } from '../data/index.js'
import { haveOf, type NameState } from '../name/index.js'
import { enter } from './entering.js'
import { admit, rowFor } from './inbound.js'
import { FIRST_STATE_BYTES, MAX_ANSWER_BYTES_OF, MAX_LIFETIME_MS, MIN_LIFETIME_MS, QUOTA_RETRY_MS } from './limits.js'
import { endFollower, followLocally } from './live/index.js'
import { removeRow } from './rows.js'
import type { State } from './state.js'
import { type HeadHave, MAX_HOPS, type NameHave, type Question } from './wire/index.js'

/** A question of the local program. */
export type LocalInterest = {
  /** 32 bytes: chunk name, log key or name. */
  readonly key: Uint8Array
  /** The most that the answer may have; without it, the most that its kind may, of a name or head at first `FIRST_STATE_BYTES`. */
  readonly answerBytes?: number
  /** Clamped to 1,000 to 16,000. */
  readonly lifetimeMs: number
  /** 0: only from the own store. Without it 32. */
  readonly hops?: number
} & (
  | {
      readonly kind: 'chunk'
      /** The name or log where it was learned. */
      readonly via: Uint8Array
    }
  | {
      readonly kind: 'head'
      /** What the program holds: nothing lower is an answer while something better may be had. */
      readonly held?: HeldHead | undefined
      /** The same of somebody on whose behalf the program asks. */
      readonly have?: HeadHave
      readonly maxAgeS: number
      /** An older state is welcome when nothing better is to be had. */
      readonly staleOk?: boolean
      /** Follows the log: an 'answer' comes for each new state, also for one that is older than asked for, until it is cancelled. */
      readonly live?: boolean
    }
  | {
      readonly kind: 'name'
      readonly held?: NameState | undefined
      readonly have?: NameHave
      readonly maxAgeS: number
      readonly staleOk?: boolean
      /** Asks all others in turn, also for a name of this node; each answer is a 'heard' event. It ends after the last. */
      readonly elsewhere?: boolean
    }
)

/**
 * Takes in a question; exactly one 'answer' or 'nack' event with the number follows, unless it is cancelled. One that
 * follows a log has any number of answers.
 */
export function openInterest(state: State, interest: LocalInterest): number {
  const { local } = state
  const { kind } = interest
  const token = state.nextRequest++
  if (interest.kind === 'head' && interest.live === true) {
    const { key, held, maxAgeS } = interest
    const hops = Math.min(interest.hops ?? MAX_HOPS, MAX_HOPS)
    if (!followLocally(state, key, token, { have: haveOfHead(held), maxAgeS, hops })) {
      state.events.push({ kind: 'nack', requestId: token, reason: 'Quota', asked: [], retryMs: QUOTA_RETRY_MS })
    }
    return token
  }
  const most = MAX_ANSWER_BYTES_OF[kind]
  const answerBytes = Math.min(interest.answerBytes ?? (kind === 'chunk' ? most : FIRST_STATE_BYTES), most)
  if (admit(state, local, answerBytes) !== undefined) {
    state.counters.nacked++
    state.events.push({ kind: 'nack', requestId: token, reason: 'Quota', asked: [], retryMs: QUOTA_RETRY_MS })
    return token
  }
  const row = rowFor(state, local, {
    token,
    question: questionFrom(interest),
    down: false,
    staleOk: kind !== 'chunk' && (interest.staleOk ?? false),
    hops: Math.min(interest.hops ?? MAX_HOPS, MAX_HOPS),
    answerBytes,
    lifetimeMs: Math.min(Math.max(interest.lifetimeMs, MIN_LIFETIME_MS), MAX_LIFETIME_MS),
    elsewhere: kind === 'name' && (interest.elsewhere ?? false),
  })
  enter(state, kind, interest.key, row)
  return token
}

/** Nobody waits for it any more. What is on its way is still checked and cached. */
export function cancelInterest(state: State, requestId: number): void {
  const follower = state.local.liveRows.get(requestId)
  if (follower !== undefined) endFollower(state, follower)
  const row = state.local.rows.get(requestId)
  if (row === undefined) return
  removeRow(state, row)
  state.local.outstandingBytes -= row.answerBytes
}

function questionFrom(interest: LocalInterest): Question {
  switch (interest.kind) {
    case 'chunk':
      return { kind: 'chunk', via: interest.via }
    case 'head':
      return { kind: 'head', have: interest.have ?? haveOfHead(interest.held), maxAgeS: interest.maxAgeS }
    case 'name':
      return { kind: 'name', have: interest.have ?? haveOf(interest.held), maxAgeS: interest.maxAgeS }
  }
}
