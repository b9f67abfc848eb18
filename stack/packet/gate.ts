// Which flows pass: what begins here goes to whoever has its destination, and opens the way back; what others begin comes in
// as the rules say. Asked about each flow once, as long as the datapath remembers it.

import { equal } from '../bytes/index.js'
import type { FlowKey, Verdict } from './datapath.js'
import type { PacketEvent } from './event.js'
import { admits, type Rule } from './firewall.js'
import { type Flow, Flows } from './flows.js'
import { MAX_WAITING_FLOWS, UNREACHABLE_US, WAITING_US } from './limits.js'
import type { Peer } from './peer.js'

export interface GateCounters {
  /** Flows that passed. */
  passed: number
  /** That others began, and no rule allows. */
  denied: number
  /** To an address of which no device is known. */
  unknown: number
  /** To a device that cannot be reached now. */
  unreachable: number
}

export interface GateOptions {
  readonly emit: (event: PacketEvent) => void
  /** The groups that a name (32 bytes) was put into. */
  readonly groupsOf: (name: Uint8Array) => readonly string[]
}

/** ICMPv6's code for an address that cannot be reached (RFC 4443 section 3.1). */
const ADDRESS_UNREACHABLE = 3

export class Gate {
  readonly flows = new Flows()
  readonly counters: GateCounters = { passed: 0, denied: 0, unknown: 0, unreachable: 0 }
  readonly #options: GateOptions
  #rules: readonly Rule[] = []

  constructor(options: GateOptions) {
    this.#options = options
  }

  setRules(rules: readonly Rule[]): void {
    this.#rules = rules
  }

  /** A packet to a peer began a flow. */
  handleOutbound(nowUs: number, key: FlowKey, peer: Peer): void {
    this.#pass(nowUs, key, peer, 'own')
  }

  /** A packet of a peer began a flow. */
  handleInbound(nowUs: number, key: FlowKey, peer: Peer): void {
    if (this.admits(key, peer)) this.#pass(nowUs, key, peer, 'peer')
    else {
      this.counters.denied++
      this.#set({ key, peer: peer.number, origin: 'peer', state: 'denied', sinceUs: nowUs })
    }
  }

  /** Whether a peer may begin such a flow. */
  admits({ protocol, ownPort }: Pick<FlowKey, 'protocol' | 'ownPort'>, { name }: Peer): boolean {
    const groups = name === undefined ? [] : this.#options.groupsOf(name)
    return admits(this.#rules, { protocol, port: ownPort }, { name, groups })
  }

  /** A packet to an address of nobody who is known, or for whom there is room. */
  handleUnknown(nowUs: number, key: FlowKey): void {
    this.counters.unknown++
    this.#set({ key, peer: undefined, origin: 'own', state: 'unreachable', sinceUs: nowUs })
  }

  /** What others have begun is decided anew, where that is another decision. */
  decideAnew(nowUs: number, peer: Peer): void {
    for (const { key, origin, state } of this.flows.of(peer.number)) {
      const isDenied = state === 'denied'
      if (origin === 'peer' && this.admits(key, peer) === isDenied) this.handleInbound(nowUs, key, peer)
    }
  }

  /** What has waited for a peer passes, if it can. */
  release(nowUs: number, peer: Peer): void {
    if (!peer.isReady) return
    for (const { key, origin } of this.flows.waitingOf(peer.number)) this.#pass(nowUs, key, peer, origin)
  }

  /** A peer cannot be reached: who waits for it is told, and asks again in a moment. */
  giveUp(nowUs: number, peer: Peer): void {
    for (const { key, origin } of this.flows.waitingOf(peer.number)) {
      this.counters.unreachable++
      this.#set({ key, peer: peer.number, origin, state: 'unreachable', sinceUs: nowUs })
    }
  }

  /** Somebody is known at an address: what was unreachable may not be any more. */
  handleKnown(address: Uint8Array): void {
    for (const { key } of this.flows.in('unreachable')) if (equal(key.peer, address)) this.#takeBack(key)
  }

  /** The datapath has forgotten a flow. */
  handleExpired(key: FlowKey): Flow | undefined {
    return this.flows.take(key)
  }

  /** The datapath had no room: the oldest goes. */
  handleRefused(key: FlowKey): void {
    this.flows.take(key)
    const gone = this.flows.takeOldest()
    if (gone !== undefined) this.#forget(gone)
  }

  /** Takes back all that was decided about a peer. */
  forgetPeer(peer: Peer): void {
    for (const { key } of this.flows.of(peer.number)) this.#takeBack(key)
  }

  handleTimeout(nowUs: number): void {
    for (;;) {
      const late = this.flows.oldestIn('unreachable')
      if (late === undefined || nowUs < late.sinceUs + UNREACHABLE_US) break
      this.#takeBack(late.key)
    }
    for (;;) {
      const late = this.flows.oldestIn('waiting')
      if (late === undefined || nowUs < late.sinceUs + WAITING_US) break
      // The datapath has given it up by itself.
      this.flows.take(late.key)
    }
  }

  pollTimeout(): number {
    const { sinceUs: unreachableUs = Number.POSITIVE_INFINITY } = this.flows.oldestIn('unreachable') ?? {}
    const { sinceUs: waitingUs = Number.POSITIVE_INFINITY } = this.flows.oldestIn('waiting') ?? {}
    return Math.min(unreachableUs + UNREACHABLE_US, waitingUs + WAITING_US)
  }

  /** It passes as soon as there are keys and a way. */
  #pass(nowUs: number, key: FlowKey, peer: Peer, origin: Flow['origin']): void {
    const state = peer.isReady ? 'pass' : 'waiting'
    if (state === 'pass') this.counters.passed++
    else {
      peer.wish(nowUs)
      // The datapath holds no more of them either; whoever asks again is heard again.
      if (this.flows.countIn('waiting') >= MAX_WAITING_FLOWS) return
    }
    this.#set({ key, peer: peer.number, origin, state, sinceUs: nowUs })
  }

  #set(flow: Flow): void {
    const before = this.flows.get(flow.key)
    const gone = this.flows.set(flow)
    if (gone !== undefined) this.#forget(gone)
    const verdict = verdictOf(flow)
    if (verdict !== undefined)
      this.#options.emit({ kind: 'tell', command: { type: 'set-flow', key: flow.key, verdict } })
    // What was shut and waits now is to be asked about again.
    else if (before !== undefined) this.#forget(before)
  }

  #takeBack(key: FlowKey): void {
    const flow = this.flows.take(key)
    if (flow !== undefined) this.#forget(flow)
  }

  #forget({ key, state }: Flow): void {
    if (state !== 'waiting') this.#options.emit({ kind: 'tell', command: { type: 'remove-flow', key } })
  }
}

function verdictOf({ state, peer }: Flow): Verdict | undefined {
  if (state === 'waiting') return undefined
  if (state === 'pass' && peer !== undefined) return { type: 'pass', peer }
  // Who comes from outside is told nothing.
  return { type: 'drop', unreachable: state === 'unreachable' ? ADDRESS_UNREACHABLE : undefined }
}
