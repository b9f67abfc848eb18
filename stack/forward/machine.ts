// The forwarding machine: everything that comes in goes through one of its handle… methods; after each, its owner drains
// pollTransmit and pollEvent, calls settle before memory of a frame is used again, and asks pollTimeout when to come back.
// It never waits, and it never throws because of what a neighbour sent. Times of one machine never go back.

import { KeyMap, Reader, type Rooms } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { Announcements } from './announcements.js'
import { advance, endUnmet, pump } from './asking.js'
import {
  acceptLocal,
  closeLocal,
  createChannelTable,
  giveIndex,
  handleChannelTimer,
  openLocal,
  otherEnd,
  pass,
  settleChannels,
  signDeviceProof,
  withdrawIndex,
} from './channels/index.js'
import { countDrop, newCounters } from './counters.js'
import { Deadlines } from './deadlines.js'
import { endRefresh } from './entering.js'
import type { Event } from './events.js'
import { handleFrame } from './inbound.js'
import { handleSilence } from './late.js'
import { defaultLimits, type Limits } from './limits.js'
import { createFace, handleNeighbourDown, handleNeighbourUp, type LinkInfo } from './links.js'
import {
  handleFollowerTime,
  handleLivePause,
  handleLiveRenewal,
  handleLogChanged,
  handlePoor,
  LiveTable,
} from './live/index.js'
import { cancelInterest, type LocalInterest, openInterest } from './local.js'
import { LOCAL, type NeighbourId } from './neighbour-id.js'
import { endLoan, nextFrame, settle, type Transmit } from './outbound.js'
import { Pit, rowsOf } from './pit.js'
import {
  createPortTable,
  handleCookie,
  handlePorts,
  handlePortTimer,
  handleStray,
  observedAddresses,
  type UdpPorts,
} from './ports/index.js'
import { Queue } from './queue.js'
import { handleRankTimer } from './rank.js'
import { dropRoute, renewRoutes, tellUpstreams } from './reach.js'
import { Routes } from './routes.js'
import { answerChunk, closeIfIdle } from './rows.js'
import { markReady } from './sending.js'
import type { Clock, Loan, Neighbour, State, Timer } from './state.js'
import { type MachineStatus, type RouteStatus, routesOf, statusOf } from './status.js'
import type { ContentStore } from './store.js'
import { waitsOn } from './waiting.js'
import { wakeHeld } from './waking.js'
import { type CloseReason, MAX_RANK, type RouteName, type UdpAddress } from './wire/index.js'

export interface ForwardOptions {
  readonly contentStore: ContentStore
  /** At least 8 random bytes that no neighbour knows. */
  readonly seed: Uint8Array
  /** Told so by its operator, or without any configured upstream. */
  readonly root: boolean
  /** This node's, at which channels to it end; without it none does. */
  readonly device?: Uint8Array | undefined
  /** Lower bounds than the usual ones. */
  readonly limits?: Partial<Limits>
  /** Where what waits in channels is copied to; whoever sends it gives it back. */
  readonly rooms?: Rooms
}

export class ForwardMachine {
  readonly #state: State

  /** Throws RangeError for a seed that is too short. */
  constructor(crypto: Crypto, options: ForwardOptions) {
    const { contentStore, seed, root, device } = options
    // Neighbours see tokens; they must not tell them the seed of the tables.
    const tokens = crypto.deriveKey('runnel v1 forward tokens', seed)
    const limits = { ...defaultLimits, ...options.limits }
    const deadlines = new Deadlines<Timer>()
    const routes = new Routes(seed, deadlines, limits)
    this.#state = {
      crypto,
      store: contentStore,
      limits,
      clock: { nowUs: 0, nowMs: 0 },
      root,
      rank: root ? 0 : MAX_RANK,
      local: createFace(LOCAL),
      device,
      channels: createChannelTable(options.rooms),
      ports: createPortTable(crypto.deriveKey('runnel v1 forward numbers', seed)),
      neighbours: new Map(),
      upstreams: [],
      pit: new Pit(seed),
      hold: { why: 'hold', atUs: 0, place: -1, turn: 0, entries: new Set(), hasWay: false, untilUs: undefined },
      live: new LiveTable(seed),
      routes,
      announcements: new Announcements(seed, routes, limits),
      deadlines,
      events: new Queue(),
      ready: new Queue(),
      borrowed: [],
      queuedBytes: 0,
      reads: new Map(),
      refreshed: { head: new KeyMap(seed), name: new KeyMap(seed) },
      nextRequest: 1,
      nextToken: new Reader(tokens).u32(),
      stamp: 0,
      counters: newCounters(),
    }
  }

  /** Ours now, to be stated in handshakes. */
  get rank(): number {
    return this.#state.rank
  }

  /** Everything that a user can see; a copy. */
  status(): MachineStatus {
    return statusOf(this.#state)
  }

  /** Who announced a key; copies, in no order. */
  routesOf(kind: RouteName, key: Uint8Array): RouteStatus[] {
    return routesOf(this.#state, kind, key)
  }

  /** A link is up. `id` is above 0 and not used before. False: there is no room for it, and it should be closed. */
  handleNeighbourUp(clock: Clock, id: NeighbourId, info: LinkInfo): boolean {
    return handleNeighbourUp(this.#at(clock), id, info)
  }

  handleNeighbourDown(clock: Clock, id: NeighbourId): void {
    const neighbour = this.#neighbour(clock, id)
    if (neighbour !== undefined) handleNeighbourDown(this.#state, neighbour)
  }

  /** One frame of a neighbour. Its body is borrowed until `settle`. */
  handleFrame(clock: Clock, id: NeighbourId, type: number, flags: number, body: Uint8Array): void {
    const neighbour = this.#neighbour(clock, id)
    if (neighbour === undefined) countDrop(this.#state.counters, 'unknown-neighbour')
    else handleFrame(this.#state, neighbour, type, flags, body)
  }

  /** The link has delivered so many bytes of frames to the kernel. */
  handleDrained(clock: Clock, id: NeighbourId, bytes: number): void {
    const neighbour = this.#neighbour(clock, id)
    if (neighbour === undefined) return
    neighbour.egress.handleDrained(clock.nowUs, bytes)
    markReady(this.#state, neighbour)
  }

  /** The link has so many bytes queued, whatever was counted. */
  handleQueue(clock: Clock, id: NeighbourId, queuedBytes: number): void {
    const neighbour = this.#neighbour(clock, id)
    if (neighbour === undefined) return
    neighbour.egress.handleQueue(clock.nowUs, queuedBytes)
    markReady(this.#state, neighbour)
  }

  /**
   * The bytes that a 'read' event asked for, checked against their name; undefined: gone. They are not changed any more
   * until a 'free' event gives them back.
   */
  handleRead(clock: Clock, requestId: number, bytes: Uint8Array | undefined): void {
    const state = this.#at(clock)
    const entry = state.reads.get(requestId)
    if (entry === undefined) {
      if (bytes !== undefined) state.events.push({ kind: 'free', bytes })
      return
    }
    state.reads.delete(requestId)
    entry.readId = 0
    if (bytes !== undefined) {
      const cached = !state.store.isOwn('chunk', entry.key)
      const loan: Loan = { bytes, users: 1 }
      answerChunk(state, entry, bytes, { hops: 0, cached, neighbour: LOCAL }, loan)
      closeIfIdle(state, entry)
      endLoan(state, loan)
      return
    }
    countDrop(state.counters, 'read-missed')
    entry.missed = true
    for (const row of rowsOf(entry)) {
      if (row.hops === 0) endUnmet(state, row, 'NoRoute', { question: undefined, payload: undefined })
    }
    advance(state, entry)
  }

  /** What a 'refresh' event asked for is done, or cannot be done: the store has what is to be had. */
  handleRefreshed(clock: Clock, what: 'head' | 'name', key: Uint8Array): void {
    const state = this.#at(clock)
    const entry = state.pit.find(what, key)
    if (entry?.refreshing === true) endRefresh(state, entry)
    if (what === 'head') handleLogChanged(state, key)
  }

  /** The store has a newer state of a log, which this node wrote or found elsewhere: whoever follows it is told. */
  handleLogChanged(clock: Clock, log: Uint8Array): void {
    handleLogChanged(this.#at(clock), log)
  }

  /** A question of the local program. One 'answer' or 'nack' event with the number follows, unless it is cancelled. */
  openInterest(clock: Clock, interest: LocalInterest): number {
    return openInterest(this.#at(clock), interest)
  }

  cancelInterest(clock: Clock, requestId: number): void {
    cancelInterest(this.#at(clock), requestId)
  }

  /**
   * Opens a channel to a device, with message 1 of its handshake, over `hops` links at most (1 to 32). Its number; undefined
   * when there are too many. Events follow.
   */
  openChannel(clock: Clock, device: Uint8Array, message: Uint8Array, hops?: number): number | undefined {
    return openLocal(this.#at(clock), device, message, hops)
  }

  /** Takes a channel that was opened to this device, with message 2. */
  acceptChannel(clock: Clock, channel: number, message: Uint8Array): void {
    acceptLocal(this.#at(clock), channel, message)
  }

  /** Sends sealed bytes, which are not changed any more. False when there is no such channel, or no room for them. */
  sendChannel(clock: Clock, channel: number, sealed: Uint8Array): boolean {
    const state = this.#at(clock)
    const end = state.channels.local.get(channel)
    return end?.channel.isOpen === true && sealed.length <= end.grantedBytes && pass(state, end, sealed, 'ours')
  }

  /** Sealed bytes that a channel takes now; a 'channel-room' event says when it is more. */
  channelRoom(channel: number): number {
    const end = this.#state.channels.local.get(channel)
    return end?.channel.isOpen === true ? end.grantedBytes : 0
  }

  /** The device of the neighbour that a channel goes over; undefined when it is over, or stays here. */
  channelNeighbour(channel: number): Uint8Array | undefined {
    const end = this.#state.channels.local.get(channel)
    return end === undefined ? undefined : otherEnd(end)?.neighbour?.device
  }

  /** Ends a channel: with Done after what was sent, with another reason at once. No event follows. */
  closeChannel(clock: Clock, channel: number, reason: CloseReason): void {
    closeLocal(this.#at(clock), channel, reason)
  }

  /**
   * Datagrams of the other end of an open channel come by this index from now on, as by the two before; 1 to 2^31 − 1, and no
   * other device's here. A 'channel-way' event tells of the other end's. Throws RangeError for another number.
   */
  giveIndex(clock: Clock, channel: number, index: number): void {
    giveIndex(this.#at(clock), channel, index)
  }

  /** Nothing is taken by an index of this channel any more. */
  withdrawIndex(clock: Clock, channel: number, index: number): void {
    withdrawIndex(this.#at(clock), channel, index)
  }

  /** There is a datapath with these UDP ports, another one than before, or none any more. 'switch' events are for it. */
  handlePorts(clock: Clock, ports: UdpPorts | undefined): void {
    handlePorts(this.#at(clock), ports)
  }

  /** Where neighbours say that they see the datapath's socket, each address once. */
  observed(): UdpAddress[] {
    return observedAddresses(this.#state)
  }

  /** A datagram with a cookie that was expected has come to it. */
  handleCookie(clock: Clock, cookie: Uint8Array, from: UdpAddress): void {
    handleCookie(this.#at(clock), cookie, from)
  }

  /** A datagram with a label of ours has come from somewhere else than it should. */
  handleStray(clock: Clock, label: number, from: UdpAddress): void {
    handleStray(this.#at(clock), label, from)
  }

  /** Announces this device, signed anew: from `untilMs`, at most an hour from now, on nobody looks for it here. */
  announceDevice(clock: Clock, deviceSeed: Uint8Array, untilMs: number): void {
    const state = this.#at(clock)
    if (state.device === undefined) return
    state.announcements.addOwn('device', state.device, signDeviceProof(state.crypto, deviceSeed, untilMs))
    tellUpstreams(state, 'device', state.device)
  }

  /** Announces something that this node publishes. False when there is too much of it. */
  announce(clock: Clock, kind: Exclude<RouteName, 'device'>, key: Uint8Array): boolean {
    const state = this.#at(clock)
    if (!state.announcements.addOwn(kind, key)) return false
    tellUpstreams(state, kind, key)
    return true
  }

  withdraw(clock: Clock, kind: RouteName, key: Uint8Array): void {
    const state = this.#at(clock)
    if (state.announcements.removeOwn(kind, key)) tellUpstreams(state, kind, key)
  }

  /** The next frame for a link that has room for it, which copies it. */
  pollTransmit(clock: Clock): Transmit | undefined {
    return nextFrame(this.#at(clock))
  }

  pollEvent(): Event | undefined {
    const event = this.#state.events.shift()
    // Whoever takes events does what they say before it takes the next.
    if (event === undefined) this.#state.live.handleStored()
    return event
  }

  /** Lets go of the memory of all frames so far. To be called when pollTransmit and pollEvent give nothing more. */
  settle(): void {
    settle(this.#state)
    settleChannels(this.#state)
  }

  /** When handleTimeout is to be called at the latest, and why. */
  pollTimeout(): { readonly atUs: number; readonly why: Timer['why'] } | undefined {
    const next = this.#state.deadlines.next()
    return next === undefined ? undefined : { atUs: next.atUs, why: next.why }
  }

  handleTimeout(clock: Clock): void {
    const state = this.#at(clock)
    for (let timer = state.deadlines.take(clock.nowUs); timer; timer = state.deadlines.take(clock.nowUs)) {
      handleTimer(state, timer)
    }
  }

  #at(clock: Clock): State {
    this.#state.clock = clock
    return this.#state
  }

  #neighbour(clock: Clock, id: NeighbourId): Neighbour | undefined {
    return this.#at(clock).neighbours.get(id)
  }
}

function handleTimer(state: State, timer: Timer): void {
  switch (timer.why) {
    case 'row':
      if (waitsOn(state, timer)) return
      state.counters.expired++
      endUnmet(state, timer, 'Expired', { question: undefined, payload: undefined })
      return
    case 'ask':
      handleSilence(state, timer)
      return
    case 'route':
      dropRoute(state, timer)
      return
    case 'channel':
      handleChannelTimer(state, timer)
      return
    case 'retry':
    case 'port':
    case 'rank':
    case 'renew': {
      const neighbour = state.neighbours.get(timer.neighbour)
      if (neighbour === undefined) return
      if (timer.why === 'retry') pump(state, neighbour)
      else if (timer.why === 'port') handlePortTimer(state, neighbour)
      else if (timer.why === 'rank') handleRankTimer(state, neighbour)
      else renewRoutes(state, neighbour)
      return
    }
    case 'live-row':
      handleFollowerTime(state, timer)
      return
    case 'live-ask':
      handlePoor(state, timer)
      return
    case 'live-entry':
      handleLivePause(state, timer)
      return
    case 'live-renew': {
      const neighbour = state.neighbours.get(timer.neighbour)
      if (neighbour !== undefined) handleLiveRenewal(state, neighbour)
      return
    }
    case 'hold':
      wakeHeld(state)
      return
    case 'refresh':
      state.refreshed[timer.what].delete(timer.key)
  }
}
