// What a lie costs (docs/protocol.md §14): half of the neighbour's share, each time, down to a floor; time forgives.
// A link is never ended for it: a household has one uplink.

import type { Reason } from '../bytes/index.js'
import { FORGIVE_US, MIN_SHARE } from './limits.js'
import type { Neighbour, State } from './state.js'

/** Halves the share of who sent something that fails a check. */
export function blame(state: State, neighbour: Neighbour, reason: Reason): void {
  forgive(state, neighbour)
  neighbour.share = Math.max(MIN_SHARE, neighbour.share / 2)
  neighbour.blamedUs = state.clock.nowUs
  neighbour.counters.blamed++
  state.events.push({ kind: 'blame', neighbour: neighbour.id, reason, share: neighbour.share })
}

/** Doubles the share for each long while without blame. */
export function forgive(state: State, neighbour: Neighbour): void {
  while (neighbour.share < 1 && state.clock.nowUs - neighbour.blamedUs >= FORGIVE_US) {
    neighbour.share = Math.min(1, 2 * neighbour.share)
    neighbour.blamedUs += FORGIVE_US
  }
}
