// Several ask for the same, and one question is sent for all of them: nobody who joins waits longer, or is answered with
// less, because somebody else asked first.

import { FIRST_STATE_BYTES, INITIAL_HOLD_BYTES, MIN_ASK_COST_BYTES, PROBE_BYTES } from './limits.js'
import type { Ask, Entry, Face, Neighbour, State } from './state.js'

/** A question that still waits asks for what somebody who joined it wants, and moves to their queue when it is shorter. */
export function joinAsk(ask: Ask, face: Face): void {
  const { entry, neighbour } = ask
  const { window } = neighbour
  if (ask.state !== 'waiting') return
  const moves = ask.face !== face && window.waitingOf(face) < window.waitingOf(ask.face)
  if (moves) {
    window.remove(ask)
    ask.face = face
  }
  ask.answerBytes = bytesFor(entry, ask.face, neighbour)
  ask.cost = costOf(ask.answerBytes)
  if (moves) window.add(ask)
}

/**
 * answerBytes of a question. One for a name or head that may hold less of the window than its answer may need asks for
 * little first: what does not exist would hold up everybody else for its whole lifetime.
 */
export function bytesFor({ kind, answerBytes, large }: Entry, face: Face, { window }: Neighbour): number {
  if (kind === 'chunk' || large) return answerBytes
  const holdBytes = window.mayHold(face)
  if (holdBytes <= INITIAL_HOLD_BYTES) return Math.min(answerBytes, PROBE_BYTES)
  return holdBytes >= answerBytes ? answerBytes : Math.min(answerBytes, FIRST_STATE_BYTES)
}

/** Bytes of a neighbour's window that a question takes. */
export function costOf(answerBytes: number): number {
  return Math.max(MIN_ASK_COST_BYTES, answerBytes)
}

/** On whose behalf a question is asked: whoever waits for it and has the shortest queue there. */
export function faceFor(state: State, entry: Entry, { window }: Neighbour): Face {
  let best: Face | undefined
  for (let row = entry.firstRow; row !== undefined; row = row.after) {
    if (best === undefined || window.waitingOf(row.face) < window.waitingOf(best)) best = row.face
  }
  return best ?? state.local
}
