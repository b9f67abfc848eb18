// Packets whose flow nobody has decided about yet, as native/tunnel's undecided.rs has them: few, for a short while, and later
// fragments behind their first one.

import type { FlowKey } from '../datapath.js'
import type { Direction } from './ip.js'

/** A packet that waits. */
export interface Held {
  readonly bytes: Uint8Array
  readonly direction: Direction
  /** Whose it is, when it comes from a peer. */
  readonly peer: number | undefined
}

/** Which part of a packet waits: all of it, its first fragment under the key that the others share, or one of those. */
export type Piece = 'whole' | 'later' | { readonly first: string }

interface Waiting {
  readonly sinceUs: number
  readonly packets: Held[]
  readonly firsts: string[]
  fragments: number
  bytes: number
}

const maxFlows = 512
const maxPeerFlows = maxFlows / 4
const maxPackets = 8
const maxFragments = 64
const maxFlowBytes = 128 * 1024
const maxBytes = 1024 * 1024
const maxPeerBytes = maxBytes / 4
const patienceUs = 5_000_000

export class Undecided {
  readonly #flows = new Map<string, Waiting>()
  readonly #firsts = new Map<string, FlowKey>()
  #bytes = 0

  /** Lets a packet of the flow that `text` stands for wait. Tells whether it is the flow's first, or finds no room. */
  hold(nowUs: number, text: string, key: FlowKey, held: Held, piece: Piece): 'first' | 'later' | 'full' {
    const known = this.#flows.get(text)
    const waiting = known ?? { sinceUs: nowUs, packets: [], firsts: [], fragments: 0, bytes: 0 }
    const { length } = held.bytes
    const whole = waiting.packets.length - waiting.fragments
    if (known === undefined && !this.#hasRoom(held.peer)) return 'full'
    if (held.peer !== undefined && this.#bytesOf(held.peer) + length > maxPeerBytes) return 'full'
    if (piece === 'later' ? waiting.fragments >= maxFragments : whole >= maxPackets) return 'full'
    if (waiting.bytes + length > maxFlowBytes || this.#bytes + length > maxBytes) return 'full'
    this.#flows.set(text, waiting)
    if (typeof piece === 'object' && !this.#firsts.has(piece.first)) {
      this.#firsts.set(piece.first, key)
      waiting.firsts.push(piece.first)
    }
    if (piece === 'later') waiting.fragments++
    waiting.packets.push(held)
    waiting.bytes += length
    this.#bytes += length
    return known === undefined ? 'first' : 'later'
  }

  #bytesOf(peer: number): number {
    let bytes = 0
    for (const waiting of this.#flows.values()) if (waiting.packets[0]?.peer === peer) bytes += waiting.bytes
    return bytes
  }

  #hasRoom(peer: number | undefined): boolean {
    if (this.#flows.size >= maxFlows || peer === undefined) return this.#flows.size < maxFlows
    return [...this.#flows.values()].filter(({ packets }) => packets[0]?.peer === peer).length < maxPeerFlows
  }

  /** The flow of the packet whose first fragment waits. */
  flowOf(part: string): FlowKey | undefined {
    return this.#firsts.get(part)
  }

  /** The packets of a flow that is now decided about, in their order. */
  release(text: string): readonly Held[] {
    const waiting = this.#flows.get(text)
    if (waiting === undefined) return []
    this.#flows.delete(text)
    this.#bytes -= waiting.bytes
    for (const first of waiting.firsts) this.#firsts.delete(first)
    return waiting.packets
  }

  /** Gives up what has waited too long; how many packets. */
  expire(nowUs: number): number {
    let gone = 0
    for (const [text, { sinceUs }] of this.#flows) if (nowUs - sinceUs > patienceUs) gone += this.release(text).length
    return gone
  }
}
