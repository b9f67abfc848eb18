// The flows that the datapath was told about, or whose packets wait there: the same entries, so that a rule that changes and
// a peer that goes can take back what was decided. Bounded in all, and for what each peer begins.

import { toHex } from '../bytes/index.js'
import type { FlowKey } from './datapath.js'
import { MAX_FLOWS, MAX_FLOWS_FROM_PEER } from './limits.js'

/** `waiting`: for keys and a way; the datapath is told nothing yet. `unreachable`: for a moment. */
export type FlowState = 'pass' | 'denied' | 'waiting' | 'unreachable'

export interface Flow {
  readonly key: FlowKey
  /** Undefined where nobody is known at that address. */
  readonly peer: number | undefined
  /** Who began it. */
  readonly origin: 'own' | 'peer'
  readonly state: FlowState
  readonly sinceUs: number
}

/** Each the oldest first. */
type Rows = Map<string, Flow>

interface OfPeer {
  readonly all: Rows
  /** By the peer. */
  readonly begun: Rows
  readonly denied: Rows
  readonly waiting: Rows
}

export class Flows {
  readonly #all: Rows = new Map()
  readonly #shut: Record<Exclude<FlowState, 'pass'>, Rows> = {
    denied: new Map(),
    waiting: new Map(),
    unreachable: new Map(),
  }
  readonly #peers = new Map<number, OfPeer>()

  get size(): number {
    return this.#all.size
  }

  get(key: FlowKey): Flow | undefined {
    return this.#all.get(flowKey(key))
  }

  /** Those that do not pass, in the order in which they were decided; a copy, as all lists here. */
  in(state: Exclude<FlowState, 'pass'>): Flow[] {
    return [...this.#shut[state].values()]
  }

  countIn(state: Exclude<FlowState, 'pass'>): number {
    return this.#shut[state].size
  }

  oldestIn(state: Exclude<FlowState, 'pass'>): Flow | undefined {
    return first(this.#shut[state])
  }

  of(peer: number): Flow[] {
    return [...(this.#peers.get(peer)?.all.values() ?? [])]
  }

  waitingOf(peer: number): Flow[] {
    return [...(this.#peers.get(peer)?.waiting.values() ?? [])]
  }

  /** How many a peer has, how many of them were not denied, and how many were begun here. */
  countsOf(peer: number): { readonly all: number; readonly open: number; readonly own: number } {
    const ofPeer = this.#peers.get(peer)
    if (ofPeer === undefined) return { all: 0, open: 0, own: 0 }
    const { all, denied, begun } = ofPeer
    return { all: all.size, open: all.size - denied.size, own: all.size - begun.size }
  }

  /** Writes an entry, in place of an earlier one of its key. Gives what had to make room. */
  set(flow: Flow): Flow | undefined {
    const key = flowKey(flow.key)
    this.#remove(key)
    const gone = this.#makeRoom(flow)
    this.#all.set(key, flow)
    if (flow.state !== 'pass') this.#shut[flow.state].set(key, flow)
    if (flow.peer === undefined) return gone
    const ofPeer = this.#peers.get(flow.peer) ?? newRows()
    this.#peers.set(flow.peer, ofPeer)
    ofPeer.all.set(key, flow)
    if (flow.origin === 'peer') ofPeer.begun.set(key, flow)
    if (flow.state === 'denied') ofPeer.denied.set(key, flow)
    if (flow.state === 'waiting') ofPeer.waiting.set(key, flow)
    return gone
  }

  /** Takes out an entry. */
  take(key: FlowKey): Flow | undefined {
    return this.#remove(flowKey(key))
  }

  /** Takes out the oldest that does not pass, else the oldest. */
  takeOldest(): Flow | undefined {
    const { unreachable, denied } = this.#shut
    const gone = first(unreachable) ?? first(denied) ?? first(this.#all)
    return gone && this.take(gone.key)
  }

  clear(): void {
    for (const map of [this.#all, this.#peers, ...Object.values(this.#shut)]) map.clear()
  }

  #makeRoom({ peer, origin }: Flow): Flow | undefined {
    const ofPeer = peer === undefined || origin === 'own' ? undefined : this.#peers.get(peer)
    if (ofPeer !== undefined && ofPeer.begun.size >= MAX_FLOWS_FROM_PEER) {
      const gone = first(ofPeer.denied) ?? first(ofPeer.begun)
      return gone && this.take(gone.key)
    }
    return this.#all.size < MAX_FLOWS ? undefined : this.takeOldest()
  }

  #remove(key: string): Flow | undefined {
    const flow = this.#all.get(key)
    if (flow === undefined) return undefined
    this.#all.delete(key)
    if (flow.state !== 'pass') this.#shut[flow.state].delete(key)
    const ofPeer = flow.peer === undefined ? undefined : this.#peers.get(flow.peer)
    if (flow.peer === undefined || ofPeer === undefined) return flow
    for (const rows of Object.values(ofPeer)) rows.delete(key)
    if (ofPeer.all.size === 0) this.#peers.delete(flow.peer)
    return flow
  }
}

function newRows(): OfPeer {
  return { all: new Map(), begun: new Map(), denied: new Map(), waiting: new Map() }
}

function first(rows: Rows): Flow | undefined {
  const [flow] = rows.values()
  return flow
}

function flowKey({ peer, protocol, ownPort, peerPort }: FlowKey): string {
  return `${toHex(peer)} ${protocol} ${ownPort} ${peerPort}`
}
