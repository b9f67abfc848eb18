// What the store holds of a head or a name, in the shape of an answer, and how old it is by now.

import { type Best, findHeld } from './held.js'
import type { State } from './state.js'

/** The most that the field of an age holds. */
export const MAX_AGE_S = 0xffffffff

/** What the store holds, in the shape of an answer. */
export function storedBest(state: State, kind: 'head' | 'name', key: Uint8Array): Best | undefined {
  const stored = findHeld(state.store, kind, key)
  if (stored === undefined) return undefined
  const { held, ageS, own } = stored
  return { held, ageS, own, sinceUs: state.clock.nowUs, hops: 0, cached: !own, neighbour: 0 }
}

/** What the hops added up and the time since then, rounded up; 0 for what this node wrote itself. */
export function ageOf(state: State, best: Best): number {
  if (best.own) return 0
  return Math.min(MAX_AGE_S, best.ageS + Math.ceil((state.clock.nowUs - best.sinceUs) / 1_000_000))
}
