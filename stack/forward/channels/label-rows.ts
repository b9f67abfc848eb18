// Labels of our own: numbers in the datapath's table. Each stands there only while a channel leads through, both neighbours
// have proven their addresses, and the one behind it takes the datagram.

import { freshBytes, numberOf } from '../ports/state.js'
import type { State } from '../state.js'
import { equalAddresses, type UdpAddress } from '../wire/index.js'
import { MAX_INDEX } from './limits.js'
import { type ChannelEnd, type GivenLabel, otherEnd } from './state.js'

/** Where a label leads: as the datapath has it. */
export interface LabelWay {
  readonly from: UdpAddress
  readonly to: UdpAddress
  readonly next: number
}

/** Has the datapath send on what comes by a number of ours, which it gives. */
export function setLabel(state: State, given: GivenLabel, way: LabelWay): number {
  const { labels } = state.channels
  if (given.own === 0) {
    do given.own = MAX_INDEX + 1 + (numberOf(freshBytes(state.crypto, state.ports)) & MAX_INDEX)
    while (labels.has(given.own))
  }
  if (given.way === undefined || !equalWays(given.way, way)) {
    given.way = way
    labels.set(given.own, way.from)
    state.events.push({ kind: 'switch', command: { type: 'set-label', label: given.own, ...way } })
  }
  return given.own
}

/** Nothing is sent on by it any more, and its number is free. */
export function removeLabel(state: State, given: GivenLabel): void {
  if (given.way === undefined) return
  state.events.push({ kind: 'switch', command: { type: 'remove-label', label: given.own } })
  state.channels.labels.delete(given.own)
  given.own = 0
  given.way = undefined
}

/** An end is gone: no datagram comes from it or goes to it. */
export function dropLabels(state: State, end: ChannelEnd): void {
  for (const one of [end, otherEnd(end)]) {
    for (const given of one?.given.splice(0) ?? []) removeLabel(state, given)
  }
}

function equalWays(a: LabelWay, b: LabelWay): boolean {
  return a.next === b.next && equalAddresses(a.from, b.from) && equalAddresses(a.to, b.to)
}
