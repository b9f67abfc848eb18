// Links that come and go. What was asked over one that ends goes to the next candidate; who asked over it is forgotten,
// and so is what it announced.

import { equal } from '../bytes/index.js'
import { Egress, Grant } from './allowance.js'
import { failAsk } from './asking.js'
import { closeLinkChannels, createLinkChannels } from './channels/index.js'
import { newNeighbourCounters } from './counters.js'
import { FairQueue } from './fairness.js'
import { INITIAL_HOLD_BYTES, MAX_ALLOWANCE_BYTES, RANK_CHANGES_AT_ONCE } from './limits.js'
import { handleLiveDown, newFollows, reconsiderAll } from './live/index.js'
import { LOCAL, type NeighbourId } from './neighbour-id.js'
import { dropQueues } from './outbound.js'
import { createLinkPort, dropPort, sayPort } from './ports/index.js'
import { Queue } from './queue.js'
import { updateRank, updateUpstream } from './rank.js'
import { dropRoute } from './reach.js'
import { removeRow } from './rows.js'
import { markReady } from './sending.js'
import type { Ask, Face, Neighbour, Party, RankTimer, RenewTimer, RetryTimer, State } from './state.js'
import { handleWayUp } from './waking.js'

/** What node/ knows of a link that is up. */
export interface LinkInfo {
  /** The neighbour's device key, 32 bytes. */
  readonly device: Uint8Array
  /** Whether it is one of our configured upstreams. */
  readonly upstream: boolean
  /** The rank that it stated in the handshake. */
  readonly rank: number
  /** The IP address of the other end of its connection, 4 or 16 bytes, where that is known. */
  readonly address?: Uint8Array | undefined
  /** A round trip of its connection, µs, where that is known. */
  readonly rttUs?: number | undefined
}

/** A link is up. False when there are too many, or the number is in use: then it should be closed. */
export function handleNeighbourUp(state: State, id: NeighbourId, info: LinkInfo): boolean {
  if (state.neighbours.has(id) || state.neighbours.size >= state.limits.neighbours) return false
  const neighbour = createNeighbour(state, id, info)
  state.neighbours.set(id, neighbour)
  if (info.upstream) state.upstreams.push(neighbour)
  updateRank(state)
  updateUpstream(state, neighbour)
  // The first record of a link is an ANNOUNCE, from both sides (§8).
  neighbour.rankDue = true
  markReady(state, neighbour)
  sayPort(state, neighbour)
  if (info.upstream) reconsiderAll(state)
  handleWayUp(state)
  return true
}

/** A link ended. */
export function handleNeighbourDown(state: State, neighbour: Neighbour): void {
  neighbour.up = false
  state.neighbours.delete(neighbour.id)
  const index = state.upstreams.indexOf(neighbour)
  if (index >= 0) state.upstreams.splice(index, 1)
  updateRank(state)
  updateUpstream(state, neighbour)
  handleWayUp(state)
  state.deadlines.remove(neighbour.retry)
  state.deadlines.remove(neighbour.rankTimer)
  dropQueues(state, neighbour)
  for (const route of [...neighbour.routes]) dropRoute(state, route)
  for (const row of [...neighbour.rows.values()]) removeRow(state, row)
  handleLiveDown(state, neighbour)
  const asks: Ask[] = [...neighbour.asks.values(), ...neighbour.window.waiting()]
  for (const ask of asks) if (ask.state !== 'over') failAsk(state, ask, 'link-down')
  closeLinkChannels(state, neighbour)
  dropPort(state, neighbour)
}

/** A face without rows of its own: the local program's, or the part of a neighbour's. */
export function createFace(id: NeighbourId, party: Party = { stamp: 0 }): Face {
  // The owner's own programs begin at full speed; they lose by what they ask in vain like everybody.
  const firstHoldBytes = id === LOCAL ? MAX_ALLOWANCE_BYTES : INITIAL_HOLD_BYTES
  return {
    id,
    party,
    rows: new Map(),
    liveRows: new Map(),
    outstandingBytes: 0,
    share: 1,
    firstHoldBytes,
    waitsFor: undefined,
  }
}

function partyOf(state: State, device: Uint8Array): Party | undefined {
  for (const known of state.neighbours.values()) if (equal(known.device, device)) return known.party
  return undefined
}

function createNeighbour(state: State, id: NeighbourId, info: LinkInfo): Neighbour {
  const renew: RenewTimer = { why: 'renew', neighbour: id, atUs: 0, place: -1, turn: 0 }
  const rankTimer: RankTimer = { why: 'rank', neighbour: id, atUs: 0, place: -1, turn: 0 }
  const retry: RetryTimer = { why: 'retry', neighbour: id, atUs: 0, place: -1, turn: 0 }
  // Each link begins its tokens somewhere else.
  state.nextToken = (state.nextToken + 0x9e3779b9) >>> 0
  return {
    ...createFace(id, partyOf(state, info.device)),
    device: info.device.slice(),
    upstream: info.upstream,
    rank: info.rank,
    up: true,
    blamedUs: 0,
    silences: 0,
    asks: new Map(),
    late: new Map(),
    nextToken: state.nextToken,
    window: new FairQueue(),
    holdUntilUs: 0,
    retry,
    egress: new Egress(info.rttUs),
    grant: new Grant(),
    control: new Queue(),
    data: new Queue(),
    follows: newFollows(id),
    ready: false,
    routes: new Set(),
    rankDue: false,
    renew,
    statedRank: info.rank,
    rankChanges: RANK_CHANGES_AT_ONCE,
    rankChangedUs: state.clock.nowUs,
    rankTimer,
    channels: createLinkChannels(info.upstream, state.nextToken),
    port: createLinkPort(id, info.address),
    counters: newNeighbourCounters(),
  }
}
