// Heads and names as answers: what is held of them, whether it is good enough for a question, and how it is checked and
// encoded. The one place where this folder looks into what stack/data and stack/name mean.

import { equal, type Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import {
  encodeHeadAnswer,
  type ForkProof,
  type HeldHead,
  haveOfHead,
  showsFork,
  verifyHeadAnswer,
} from '../data/index.js'
import { confirmedMs, encodeNameAnswer, haveOf, type NameState, verifyNameAnswer } from '../name/index.js'
import { CLOCK_TOLERANCE_S } from './limits.js'
import type { NeighbourId } from './neighbour-id.js'
import type { ContentStore } from './store.js'
import type { Question } from './wire/index.js'

/** A verified state of a log or a name. */
export type Held =
  | { readonly kind: 'head'; readonly held: HeldHead; readonly fork: ForkProof | undefined }
  | { readonly kind: 'name'; readonly state: NameState; readonly conflict: boolean }

/** A state and where it came from. */
export interface Best {
  readonly held: Held
  /** What the hops added up when it came. */
  readonly ageS: number
  readonly sinceUs: number
  readonly hops: number
  readonly cached: boolean
  readonly neighbour: NeighbourId
  /** Of this node's own writing: nobody knows better. */
  readonly own: boolean
}

/** A question about a state: anything but a chunk. */
export type StateQuestion = Exclude<Question, { kind: 'chunk' }>

/** What the store holds, or undefined. */
export function findHeld(
  store: ContentStore,
  kind: 'head' | 'name',
  key: Uint8Array,
): { held: Held; ageS: number; own: boolean } | undefined {
  if (kind === 'head') {
    const stored = store.findHead(key)
    if (stored === undefined) return undefined
    return { held: { kind, held: stored.held, fork: stored.fork }, ageS: stored.ageS, own: stored.own }
  }
  const stored = store.findName(key)
  if (stored === undefined) return undefined
  return { held: { kind, state: stored.state, conflict: stored.conflict ?? false }, ageS: stored.ageS, own: stored.own }
}

/** The question of somebody who holds this much. */
export function questionOf(kind: 'head' | 'name', held: Held | undefined, maxAgeS: number): StateQuestion {
  if (kind === 'name') return { kind, have: haveOf(held?.kind === 'name' ? held.state : undefined), maxAgeS }
  return { kind, have: haveOfHead(held?.kind === 'head' ? held.held : undefined), maxAgeS }
}

/** Whether two questions state the same possessions. */
export function sameHave(a: Question, b: Question): boolean {
  if (a.kind === 'head' && b.kind === 'head') {
    return a.have.length === b.have.length && equal(a.have.openPage, b.have.openPage)
  }
  if (a.kind !== 'name' || b.kind !== 'name') return false
  const [x, y] = [a.have, b.have]
  if (x.k !== y.k || x.serial !== y.serial || x.versions.length !== y.versions.length) return false
  return x.versions.every((version, index) => version === y.versions[index])
}

/** Whether the asker said that it has anything at all. */
export function hasSomething(question: StateQuestion): boolean {
  return question.kind === 'head' ? question.have.length > 0 : question.have.k > 0 || question.have.serial > 0
}

/** Whether a state is not lower than what the asker has. */
export function reaches(held: Held, question: StateQuestion): boolean {
  if (held.kind === 'head') return question.kind === 'head' && held.held.head.length >= question.have.length
  if (question.kind !== 'name') return false
  const { k, serial } = held.state.certificate
  const { have } = question
  if (k !== have.k) return k > have.k
  if (serial !== have.serial) return serial > have.serial
  return have.versions.every((version, index) => (held.state.cards[index]?.head.version ?? 0) >= version)
}

/** Whether an asker says that it has a higher certificate of a name than this one. */
export function isBehind(held: Held, question: Question): boolean {
  if (held.kind !== 'name' || question.kind !== 'name') return false
  const { k, serial } = held.state.certificate
  return question.have.k > k || (question.have.k === k && question.have.serial > serial)
}

/** When the writer signed it, ms since 1970; undefined for a name without a card. */
export function signedMs(held: Held): number | undefined {
  return held.kind === 'head' ? held.held.head.timeMs : confirmedMs(held.state)
}

/** Seconds since it was signed, by our clock; 0 when that lies ahead. */
export function signedAgeS(held: Held, nowMs: number): number {
  const timeMs = signedMs(held)
  return timeMs === undefined ? 0 : Math.max(0, Math.floor((nowMs - timeMs) / 1_000))
}

/**
 * Whether an age is low enough (§10.4). The hops' sum decides. The state's own time is a bound on what they may claim, as
 * far as honest clocks can differ. Of this node's own writing its own time decides, by its own clock; one so far ahead that
 * others refuse it was signed when that clock was wrong.
 */
export function isFresh(held: Held, own: boolean, ageS: number, nowMs: number, maxAgeS: number): boolean {
  const signedS = signedAgeS(held, nowMs)
  if (own) return signedS <= maxAgeS && (signedMs(held) ?? 0) <= nowMs + CLOCK_TOLERANCE_S * 1_000
  return ageS <= maxAgeS && signedS - CLOCK_TOLERANCE_S <= maxAgeS
}

/** Whether answers with this state say CONFLICT (§10.3). */
export function showsConflict(held: Held): boolean {
  return held.kind === 'head' ? showsFork(held.held, held.fork) : held.conflict
}

/** The payload for an asker with this question. */
export function encodeHeld(crypto: Crypto, held: Held, question: StateQuestion): Uint8Array {
  if (held.kind === 'name') {
    return encodeNameAnswer(held.state, question.kind === 'name' ? question.have : haveOf(undefined))
  }
  return encodeHeadAnswer(
    crypto,
    held.held,
    question.kind === 'head' ? question.have : haveOfHead(undefined),
    held.fork,
  )
}

/** What came of an answer that passed every check. */
export interface Checked {
  readonly held: Held
  /** Something came that supersedes what was held. */
  readonly newer: boolean
  /** What came is lower than what was held, or lacks something, so it confirms nothing. */
  readonly lower: boolean
  /** A fork of the log, proven by the answer. */
  readonly fork: ForkProof | undefined
  /** A fork was claimed and not proven. */
  readonly unproven: boolean
  /** What came of a name, by itself: also what counts for nothing beside what is held. */
  readonly came: NameState | undefined
}

/** Checks all of an answer against the key and against what is held. The result shares no memory with `payload`. */
export function checkAnswer(
  crypto: Crypto,
  nowMs: number,
  kind: 'head' | 'name',
  key: Uint8Array,
  before: Held | undefined,
  payload: Uint8Array,
): Checked | Reason {
  if (kind === 'name') {
    const known = before?.kind === 'name' ? before : undefined
    const merged = verifyNameAnswer(crypto, nowMs, key, known?.state, payload)
    if (typeof merged === 'string') return merged
    const { state, came, newer, older } = merged
    const held: Held = { kind, state, conflict: merged.conflict || (known !== undefined && remains(known, state)) }
    return { held, newer, lower: older, fork: undefined, unproven: false, came }
  }
  const known = before?.kind === 'head' ? before : undefined
  const answer = verifyHeadAnswer(crypto, nowMs, key, known?.held, payload)
  if (typeof answer === 'string') return answer
  const { newer, lower, fork } = answer
  const held: Held = { kind, held: answer.held, fork: fork ?? known?.fork }
  return { held, newer, lower, fork, unproven: answer.refusedFork !== undefined, came: undefined }
}

/** Whether a conflict that was seen still stands: a certificate above both ends it. */
function remains({ state, conflict }: Extract<Held, { kind: 'name' }>, now: NameState): boolean {
  const { k, serial } = state.certificate
  return conflict && k === now.certificate.k && serial === now.certificate.serial
}
