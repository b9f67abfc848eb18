// Where an OPEN goes (docs/protocol.md §10.11): the neighbour that is the device, routes to it, and then up, by the same
// order and against the same loops as Interests (§10.5).

import { equal } from '../../bytes/index.js'
import { bestRoute, bestUpstream, type Candidate } from '../candidates.js'
import type { State } from '../state.js'
import type { Channel } from './state.js'

/** The best way that was not tried; undefined when there is none. */
export function nextWay(state: State, channel: Channel): Candidate | undefined {
  if (channel.hops === 0) return undefined
  const stamp = ++state.stamp
  if (channel.asker?.neighbour !== undefined) channel.asker.neighbour.party.stamp = stamp
  for (const party of channel.tried) party.stamp = stamp
  for (const neighbour of state.neighbours.values()) {
    if (!neighbour.up || neighbour.party.stamp === stamp || !equal(neighbour.device, channel.device)) continue
    return { neighbour, route: undefined, down: neighbour.rank >= state.rank, trusted: true }
  }
  const wanted = { downOnly: channel.down, trustedOnly: false }
  const route = bestRoute(state, state.routes.find('device', channel.device), wanted, undefined)
  return channel.down ? route : bestUpstream(state, route)
}
