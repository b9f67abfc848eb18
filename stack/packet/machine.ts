// Packets of this device: who they may go to and come from, under which keys, by which way. It sees the beginnings of packets
// about which nothing was decided, and says what is done with all that are like them.
//
// After every handle… and set… drain pollEvent, in its order; then read pollTimeout. Conversations of the service
// runnel.packets are the caller's affair, and so is the way of their labels: here they have numbers.

import { equal } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import type { DatapathEvent, FlowKey, UdpAddress } from './datapath.js'
import type { PacketEvent } from './event.js'
import type { Rule } from './firewall.js'
import type { Flow } from './flows.js'
import { Gate, type GateCounters } from './gate.js'
import { IDLE_US, MAX_CANDIDATES } from './limits.js'
import type { Peer } from './peer.js'
import { Peers } from './peers.js'
import type { PeerStatus } from './status.js'
import type { Label } from './ways.js'

/** What the machine asks about the world. */
export interface PacketWorld {
  /** The key of the device that has this address (16 bytes), where it is known. */
  deviceAt(address: Uint8Array): Uint8Array | undefined
  /** The groups that a name (32 bytes) was put into. */
  groupsOf(name: Uint8Array): readonly string[]
}

export interface PacketOptions {
  readonly crypto: Crypto
  /** Our own device key. */
  readonly device: Uint8Array
  readonly randomBytes: (count: number) => Uint8Array
  readonly world: PacketWorld
}

/** Who is at the other end of a conversation. */
export interface PacketCaller {
  readonly device: Uint8Array
  /** That it has proven to have, if any. */
  readonly name: Uint8Array | undefined
  /** It was dialled from here. */
  readonly isOurs: boolean
}

export class PacketMachine {
  readonly #options: PacketOptions
  readonly #events: PacketEvent[] = []
  readonly #peers: Peers
  readonly #gate: Gate
  /** When each peer wants to be called: kept, since asking a thousand of them takes longer than most that happens. */
  readonly #dueUs = new Map<Peer, number>()
  /** Since when a peer has had no flow: the longest first. */
  readonly #idle = new Map<Peer, number>()
  #candidates: readonly UdpAddress[] = []
  #bad = 0

  constructor(options: PacketOptions) {
    const emit = (event: PacketEvent): void => void this.#events.push(event)
    this.#options = options
    this.#peers = new Peers({ ...options, emit })
    this.#gate = new Gate({ emit, groupsOf: (name) => options.world.groupsOf(name) })
  }

  /** Flows, and what broke the rules: conversations that said what cannot be, probes that say nothing. */
  get counters(): GateCounters & { readonly bad: number } {
    return { ...this.#gate.counters, bad: this.#bad }
  }

  /** How many flows there are, by what was decided. */
  get flows(): Readonly<Record<Flow['state'], number>> {
    const { flows } = this.#gate
    const [waiting, denied, unreachable] = [
      flows.countIn('waiting'),
      flows.countIn('denied'),
      flows.countIn('unreachable'),
    ]
    return { pass: flows.size - waiting - denied - unreachable, waiting, denied, unreachable }
  }

  /** What may come in, instead of what was said before. Flows that others have begun are decided anew. */
  setRules(nowUs: number, rules: readonly Rule[]): void {
    this.#gate.setRules(rules)
    this.handleGroups(nowUs)
  }

  /** Groups have changed: as setRules. */
  handleGroups(nowUs: number): void {
    for (const peer of this.#peers.all()) {
      this.#gate.decideAnew(nowUs, peer)
      this.#noteDue(peer)
    }
  }

  /** Where this device may be reached by UDP, the best first: peers are told. */
  setCandidates(nowUs: number, addresses: readonly UdpAddress[]): void {
    this.#candidates = addresses.slice(0, MAX_CANDIDATES)
    for (const peer of this.#peers.all()) {
      peer.sendCandidates(this.#candidates)
      peer.carrying.tryAgain(nowUs)
      this.#noteDue(peer)
    }
  }

  /**
   * Whether the rules let the device of an address (16 bytes) begin something of a protocol without ports. What goes there has
   * the way back open, so of such a protocol a packet that comes in shows nothing about who began.
   */
  admits(address: Uint8Array, protocol: number): boolean {
    const peer = this.#peers.at(address)
    return peer !== undefined && this.#gate.admits({ protocol, ownPort: 0 }, peer)
  }

  /** Our own addresses have changed: every way is asked at once. `setCandidates` says which they are now. */
  handleMoved(nowUs: number): void {
    for (const peer of this.#peers.all()) {
      peer.carrying.handleMoved(nowUs)
      this.#noteDue(peer)
    }
  }

  /** The device of an address (16 bytes) has become known. */
  handleKnown(address: Uint8Array): void {
    this.#gate.handleKnown(address)
  }

  /**
   * Asks a device on the way that packets go by, and finds one where there is none: a 'measured' event follows if it answers.
   * False: it is this device, or there is no room for it.
   */
  measure(nowUs: number, device: Uint8Array): boolean {
    const peer = equal(device, this.#options.device) ? undefined : this.#peerOf(nowUs, device, true)
    if (peer === undefined) return false
    peer.wish(nowUs)
    peer.carrying.measure(nowUs)
    this.#noteDue(peer)
    this.#idle.delete(peer)
    this.#noteIdle(nowUs, peer)
    return true
  }

  /** A conversation of the service is there. */
  handleConversation(nowUs: number, conversation: number, { device, name, isOurs }: PacketCaller): void {
    const peer = equal(device, this.#options.device) ? undefined : this.#peerOf(nowUs, device, false)
    if (peer === undefined || !peer.handleConversation(nowUs, conversation, isOurs, name)) {
      this.#events.push({ kind: 'close', conversation, isBad: false })
      if (peer !== undefined) this.#noteDue(peer)
      return
    }
    this.#peers.handleConversation(peer, conversation)
    if (this.#candidates.length > 0) peer.sendCandidates(this.#candidates)
    // With another name it may come in by other rules.
    this.#gate.decideAnew(nowUs, peer)
    this.#noteDue(peer)
  }

  /** Who is at the other end of a conversation has not the name any more that it had proven. */
  handleNameLost(nowUs: number, conversation: number): void {
    const peer = this.#peers.of(conversation)
    if (peer === undefined) return
    peer.name = undefined
    this.#gate.decideAnew(nowUs, peer)
    this.#noteDue(peer)
  }

  /** Dialling a device has failed. */
  handleNoConversation(nowUs: number, device: Uint8Array): void {
    const peer = this.#peers.ofDevice(device)
    if (peer === undefined) return
    if (peer.handleNoConversation(nowUs, this.#isInUse(peer)) && !peer.isReady) this.#gate.giveUp(nowUs, peer)
    this.#noteDue(peer)
  }

  /** A conversation is over, without having been closed from here. */
  handleOver(nowUs: number, conversation: number): void {
    const peer = this.#peers.of(conversation)
    if (peer === undefined) return
    peer.handleOver(nowUs, this.#isInUse(peer))
    this.#noteDue(peer)
  }

  /** One message, without its length. */
  handleMessage(nowUs: number, conversation: number, bytes: Uint8Array): void {
    const peer = this.#peers.of(conversation)
    if (peer === undefined) return
    if (peer.handleMessage(nowUs, bytes) !== undefined) this.#bad++
    this.#release(nowUs, peer)
  }

  /** What goes to the other end of a conversation, for its index, goes to this neighbour and carries this label. */
  handleLabel(nowUs: number, conversation: number, index: number, label: Label): void {
    const peer = this.#peers.of(conversation)
    if (peer === undefined) return
    peer.carrying.setLabel(nowUs, index, label)
    this.#release(nowUs, peer)
  }

  handleLabelGone(nowUs: number, conversation: number, index: number): void {
    const peer = this.#peers.of(conversation)
    if (peer === undefined) return
    peer.carrying.removeLabel(nowUs, index)
    this.#noteDue(peer)
  }

  handleDatapathEvent(nowUs: number, event: DatapathEvent): void {
    switch (event.type) {
      case 'miss':
        if (event.direction === 'outbound') this.#handleOutbound(nowUs, event.key)
        else this.#handleInbound(nowUs, event.key, event.peer)
        return
      case 'expired': {
        const flow = this.#gate.handleExpired(event.key)
        if (flow?.peer !== undefined) this.#noteIdle(nowUs, this.#peers.get(flow.peer))
        return
      }
      case 'refused':
        this.#gate.handleRefused(event.key)
        return
      case 'source':
      case 'probe':
      case 'spent': {
        const peer = this.#peers.ofIndex(event.index)
        if (peer === undefined) return
        if (event.type === 'spent') peer.rekey(nowUs)
        else if (event.type === 'source') peer.carrying.handleSource(nowUs, event)
        else if (peer.carrying.handleProbe(nowUs, event) !== undefined) this.#bad++
        this.#release(nowUs, peer)
        return
      }
      case 'too-big':
        for (const peer of this.#peers.all()) {
          peer.carrying.handleTooBig(nowUs, event.to, event.datagramBytes)
          this.#noteDue(peer)
        }
        return
      case 'unreachable':
        for (const peer of this.#peers.all()) {
          peer.carrying.handleUnreachable(nowUs, event.to)
          this.#noteDue(peer)
        }
    }
  }

  /** Another datapath has taken the place of the last one, and knows nothing. */
  restart(nowUs: number): void {
    this.#gate.flows.clear()
    for (const peer of this.#peers.all()) {
      peer.restart(nowUs)
      this.#noteDue(peer)
      this.#noteIdle(nowUs, peer)
    }
  }

  handleTimeout(nowUs: number): void {
    this.#gate.handleTimeout(nowUs)
    for (const [peer, dueUs] of [...this.#dueUs]) {
      if (nowUs >= dueUs) {
        peer.handleTimeout(nowUs, this.#isInUse(peer))
        this.#release(nowUs, peer)
      }
      this.#noteIdle(nowUs, peer)
    }
    for (const [peer, sinceUs] of this.#idle) {
      if (nowUs < sinceUs + IDLE_US) break
      this.#remove(nowUs, peer)
    }
  }

  pollTimeout(): number {
    let dueUs = this.#gate.pollTimeout()
    for (const peerUs of this.#dueUs.values()) dueUs = Math.min(dueUs, peerUs)
    const [idleUs] = this.#idle.values()
    return idleUs === undefined ? dueUs : Math.min(dueUs, idleUs + IDLE_US)
  }

  pollEvent(): PacketEvent | undefined {
    return this.#events.shift()
  }

  /** Peers now, the oldest first. */
  status(): PeerStatus[] {
    return this.#peers.all().map(({ device, address, name, number, conversation, carrying: { way } }) => {
      const { all: flows } = this.#gate.flows.countsOf(number)
      return { device, address, name, flows, hasConversation: conversation !== undefined, way }
    })
  }

  #handleOutbound(nowUs: number, key: FlowKey): void {
    const device = this.#peers.at(key.peer)?.device ?? this.#options.world.deviceAt(key.peer)
    const peer = device && this.#peerOf(nowUs, device, true)
    if (peer === undefined) {
      this.#gate.handleUnknown(nowUs, key)
      return
    }
    this.#gate.handleOutbound(nowUs, key, peer)
    this.#noteDue(peer)
    this.#idle.delete(peer)
  }

  #handleInbound(nowUs: number, key: FlowKey, number: number | undefined): void {
    const peer = number === undefined ? undefined : this.#peers.get(number)
    if (peer === undefined) return
    peer.carrying.handleHeard(nowUs)
    this.#gate.handleInbound(nowUs, key, peer)
    this.#release(nowUs, peer)
    this.#idle.delete(peer)
  }

  /** A device as a peer; where there is no room, one that nobody here uses gives way, or it is none. */
  #peerOf(nowUs: number, device: Uint8Array, isWanted: boolean): Peer | undefined {
    const known = this.#peers.ofDevice(device)
    if (known !== undefined) return known
    if (this.#peers.isFull) {
      const [idle = isWanted ? this.#peers.all().find((peer) => !this.#isOurs(peer)) : undefined] = this.#idle.keys()
      if (idle === undefined) return undefined
      this.#remove(nowUs, idle)
    }
    const peer = this.#peers.add(device)
    this.#noteDue(peer)
    this.#noteIdle(nowUs, peer)
    return peer
  }

  #remove(nowUs: number, peer: Peer): void {
    this.#gate.forgetPeer(peer)
    this.#peers.remove(nowUs, peer)
    this.#idle.delete(peer)
    this.#dueUs.delete(peer)
  }

  /** Something has become of a peer: what waited for it passes, if it can now. */
  #release(nowUs: number, peer: Peer): void {
    this.#gate.release(nowUs, peer)
    this.#noteDue(peer)
  }

  #noteDue(peer: Peer): void {
    this.#dueUs.set(peer, peer.pollTimeout())
  }

  #noteIdle(nowUs: number, peer: Peer | undefined): void {
    if (peer === undefined || this.#gate.flows.countsOf(peer.number).all > 0 || this.#idle.has(peer)) return
    this.#idle.set(peer, nowUs)
  }

  /** Whether packets go or come, or would. */
  #isInUse(peer: Peer): boolean {
    return this.#gate.flows.countsOf(peer.number).open > 0
  }

  /** Whether somebody here began a flow to it. */
  #isOurs(peer: Peer): boolean {
    return this.#gate.flows.countsOf(peer.number).own > 0
  }
}
