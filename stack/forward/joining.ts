// Several ask for the same, and one question is sent for all of them: nobody who joins waits longer, or is answered with
// less, because somebody else asked first.

import { MIN_ASK_COST_BYTES } from './limits.js'
import type { Ask, Entry, Face, Neighbour, State } from './state.js'

/** A question that still waits asks for what somebody who joined it wants, and moves to their queue when it is shorter. */
export function joinAsk(ask: Ask, face: Face): void {
  const { entry, neighbour } = ask
  const { window } = neighbour
  if (ask.state !== 'waiting') return
  ask.answerBytes = entry.answerBytes
  ask.cost = costOf(entry)
  if (ask.face === face || window.waitingOf(face) >= window.waitingOf(ask.face)) return
  window.remove(ask)
  ask.face = face
  window.add(ask)
}

/** Bytes of a neighbour's window that a question for an entry takes. */
export function costOf({ answerBytes }: Entry): number {
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
