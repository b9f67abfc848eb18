// Several machines in one process under virtual time: links with a delay and a byte rate, one queue of what happens next,
// and peers of which a test says what they do. The same calls give the same run, to the microsecond.

import type { Crypto } from '../../crypto/index.js'
import { Deadlines, type Timed } from '../deadlines.js'
import {
  type ChannelEvent,
  type Clock,
  type Event,
  ForwardMachine,
  type Limits,
  type LinkInfo,
  type LocalInterest,
  type NeighbourId,
  type SwitchCommand,
  type Transmit,
  type UdpAddress,
} from '../index.js'
import { MemoryStore } from './memory-store.js'

/** When the virtual time begins, ms since 1970. */
const EPOCH_MS = 1_700_000_000_000

export interface LinkOptions {
  /** One way. */
  readonly delayUs?: number
  readonly bytesPerSecond?: number
}

/** What a test's own peer does with a frame; it answers by `send`. */
export type PeerHandler = (frame: { type: number; flags: number; body: Uint8Array }, peer: Peer) => void

export interface Peer {
  send(type: number, flags: number, body: Uint8Array): void
}

interface Happening extends Timed {
  readonly run: () => void
}

export type LocalResult = Extract<Event, { kind: 'answer' | 'nack' }>

/** One end of a link: where frames come out. */
interface End {
  handleFrame(type: number, flags: number, body: Uint8Array): void
  handleDrained(bytes: number): void
}

/** One direction of a link. */
class Pipe {
  up = true
  bytes = 0
  frames = 0
  #busyUntilUs = 0
  readonly #network: Network
  readonly #from: End
  readonly #to: End
  readonly #options: LinkOptions

  constructor(network: Network, from: End, to: End, options: LinkOptions) {
    this.#network = network
    this.#from = from
    this.#to = to
    this.#options = options
  }

  send(type: number, flags: number, body: Uint8Array): void {
    if (!this.up) return
    const { delayUs = 1_000, bytesPerSecond = 125_000_000 } = this.#options
    const bytes = 4 + body.length
    this.frames++
    this.#busyUntilUs =
      Math.max(this.#busyUntilUs, this.#network.nowUs) + Math.ceil((bytes * 1_000_000) / bytesPerSecond)
    this.#network.at(this.#busyUntilUs, () => {
      if (this.up) this.#from.handleDrained(bytes)
    })
    this.#network.at(this.#busyUntilUs + delayUs, () => {
      if (!this.up) return
      this.bytes += body.length
      this.#to.handleFrame(type, flags, body)
    })
  }
}

export interface LinkHandle {
  /** From the lower of the two to the upper one, and back. */
  readonly upward: { readonly bytes: number; readonly frames: number }
  readonly downward: { readonly bytes: number; readonly frames: number }
  /** Ends it; each side is told at once. */
  close(): void
}

/** A node: a machine, its store, and the local program's results. */
export class Node {
  readonly name: string
  readonly device: Uint8Array
  readonly machine: ForwardMachine
  readonly store = new MemoryStore()
  readonly results = new Map<number, LocalResult>()
  /** Every event but those of the store and of the local program. */
  readonly events: Event[] = []
  readonly channelEvents: ChannelEvent[] = []
  /** Where neighbours say that they see its datapath, the newest last. */
  readonly observed: UdpAddress[] = []
  /** Called for what a datapath is to do. */
  handleSwitch: (command: SwitchCommand) => void = () => {}
  /** The IP address at which neighbours see it. */
  address: Uint8Array
  /** Called for what becomes of a question, also when more of it follows. */
  handleAnswer: (event: LocalResult) => void = () => {}
  /** Called for a 'refresh' event; the store has the fresher state afterwards. */
  refresh: (what: 'head' | 'name', key: Uint8Array) => void = () => {}
  readonly #network: Network
  readonly #pipes = new Map<NeighbourId, Pipe>()
  #nextId = 1

  constructor(network: Network, name: string, device: Uint8Array, root: boolean, limits: Partial<Limits>) {
    this.#network = network
    this.device = device
    this.name = name
    this.address = Uint8Array.of(10, 0, 0, network.nodes.length + 1)
    const seed = Uint8Array.from({ length: 8 }, (_, index) => name.charCodeAt(index % name.length) + index)
    this.machine = new ForwardMachine(network.crypto, { contentStore: this.store, seed, root, device, limits })
  }

  get clock(): Clock {
    return this.#network.clock
  }

  /** Asks on behalf of the local program. */
  ask(interest: LocalInterest): number {
    return this.run(() => this.machine.openInterest(this.clock, interest))
  }

  /** Does something to the machine and drains it. */
  run<T>(call: () => T): T {
    this.store.nowUs = this.#network.nowUs
    const result = call()
    this.#drain()
    return result
  }

  /** What became of a question, or undefined while it is open. */
  result(requestId: number): LocalResult | undefined {
    return this.results.get(requestId)
  }

  get neighbourIds(): NeighbourId[] {
    return [...this.#pipes.keys()]
  }

  attach(info: LinkInfo, open: (end: End) => Pipe): NeighbourId {
    const id = this.#nextId++
    const end: End = {
      handleFrame: (type, flags, body) => {
        // A copy that is overwritten afterwards, so that a machine that keeps it is found out.
        const lent = body.slice()
        this.run(() => this.machine.handleFrame(this.clock, id, type, flags, lent))
        this.machine.settle()
        lent.fill(0xee)
      },
      handleDrained: (bytes) => this.run(() => this.machine.handleDrained(this.clock, id, bytes)),
    }
    this.#pipes.set(id, open(end))
    this.run(() => this.machine.handleNeighbourUp(this.clock, id, info))
    return id
  }

  detach(id: NeighbourId): void {
    this.#pipes.delete(id)
    this.run(() => this.machine.handleNeighbourDown(this.clock, id))
  }

  handleTimeout(): void {
    this.run(() => this.machine.handleTimeout(this.clock))
  }

  #drain(): void {
    for (let busy = true; busy; ) {
      busy = false
      for (let frame = this.#poll(); frame !== undefined; frame = this.#poll()) {
        busy = true
        const { neighbour, type, flags, head, payload } = frame
        this.#pipes.get(neighbour)?.send(type, flags, payload === undefined ? head : joined(head, payload))
      }
      for (let event = this.machine.pollEvent(); event !== undefined; event = this.machine.pollEvent()) {
        busy = true
        this.#handleEvent(event)
      }
    }
  }

  #poll(): Transmit | undefined {
    return this.machine.pollTransmit(this.clock)
  }

  #handleEvent(event: Event): void {
    switch (event.kind) {
      case 'read':
        // A copy that is overwritten when it is free, so that a machine that looks at it later is found out.
        this.machine.handleRead(this.clock, event.requestId, this.store.read(event.name)?.slice())
        return
      case 'free':
        event.bytes.fill(0xdd)
        return
      case 'refresh':
        this.events.push(event)
        this.refresh(event.what, event.key)
        this.machine.handleRefreshed(this.clock, event.what, event.key)
        return
      case 'store':
        this.store.handleStored(event)
        return
      case 'switch':
        this.handleSwitch(event.command)
        return
      case 'observed':
        this.observed.push(event.at)
        return
      case 'live':
      case 'blame':
      case 'heard':
      case 'behind':
        this.events.push(event)
        return
      case 'answer':
      case 'nack':
        this.results.set(event.requestId, kept(event))
        this.handleAnswer(event)
        return
      default:
        this.channelEvents.push(event.kind === 'channel-bytes' ? { ...event, sealed: event.sealed.slice() } : event)
    }
  }
}

export class Network {
  nowUs = 1_000_000
  readonly crypto: Crypto
  readonly nodes: Node[] = []
  readonly #happenings = new Deadlines<Happening>()
  #devices = 0

  constructor(crypto: Crypto) {
    this.crypto = crypto
  }

  get clock(): Clock {
    return { nowUs: this.nowUs, nowMs: EPOCH_MS + Math.floor(this.nowUs / 1_000) }
  }

  node(name: string, options: { root?: boolean; limits?: Partial<Limits>; device?: Uint8Array } = {}): Node {
    const node = new Node(this, name, options.device ?? this.#device(), options.root ?? false, options.limits ?? {})
    this.nodes.push(node)
    return node
  }

  /** Links a node to one of its upstreams. `mutual`: the upper one has the lower as its upstream too. */
  link(lower: Node, upper: Node, options: LinkOptions & { readonly mutual?: boolean } = {}): LinkHandle {
    const ends: End[] = []
    // Each end is made by its node; the pipes join them when both are there.
    const late = (index: number): End => ({
      handleFrame: (type, flags, body) => ends[index]?.handleFrame(type, flags, body),
      handleDrained: (bytes) => ends[index]?.handleDrained(bytes),
    })
    const upward = new Pipe(this, late(0), late(1), options)
    const downward = new Pipe(this, late(1), late(0), options)
    const ranks = { lower: lower.machine.rank, upper: upper.machine.rank }
    const infoOf = (node: Node, upstream: boolean, rank: number): LinkInfo => {
      return { device: node.device, upstream, rank, address: node.address }
    }
    const lowerId = lower.attach(infoOf(upper, true, ranks.upper), (end) => {
      ends[0] = end
      return upward
    })
    const upperId = upper.attach(infoOf(lower, options.mutual ?? false, ranks.lower), (end) => {
      ends[1] = end
      return downward
    })
    const close = (): void => {
      upward.up = false
      downward.up = false
      lower.detach(lowerId)
      upper.detach(upperId)
    }
    return { upward, downward, close }
  }

  /** Links a peer whose behaviour is the test's to a node. */
  peer(
    node: Node,
    handler: PeerHandler,
    options: LinkOptions & { readonly upstream?: boolean; readonly rank?: number; readonly address?: Uint8Array } = {},
  ): Peer & { readonly id: NeighbourId; close(): void } {
    let nodeEnd: End | undefined
    const pipes: Pipe[] = []
    const peer: Peer = { send: (type, flags, body) => pipes[1]?.send(type, flags, body) }
    const peerEnd: End = {
      handleFrame: (type, flags, body) => handler({ type, flags, body }, peer),
      handleDrained: () => {},
    }
    const { upstream = false, rank = 254, address } = options
    const id = node.attach({ device: this.#device(), upstream, rank, address }, (end) => {
      nodeEnd = end
      pipes[0] = new Pipe(this, end, peerEnd, options)
      pipes[1] = new Pipe(
        this,
        peerEnd,
        { handleFrame: (...frame) => nodeEnd?.handleFrame(...frame), handleDrained: () => {} },
        options,
      )
      return pipes[0]
    })
    const close = (): void => {
      for (const pipe of pipes) pipe.up = false
      node.detach(id)
    }
    return { ...peer, id, close }
  }

  /** Something happens at a time. */
  at(atUs: number, run: () => void): void {
    this.#happenings.set({ why: 'happening', atUs, place: -1, turn: 0, run }, atUs)
  }

  /** Lets so much time pass. */
  run(forMs: number): void {
    const untilUs = this.nowUs + forMs * 1_000
    while (this.#step(untilUs)) {}
    this.nowUs = untilUs
  }

  /** Lets time pass until nothing but deadlines further away than `idleMs` is left. */
  settle(idleMs = 50): void {
    while (this.#step(this.nowUs + idleMs * 1_000)) {}
  }

  #step(untilUs: number): boolean {
    const happening = this.#happenings.next()
    let nextUs = happening?.atUs ?? Number.POSITIVE_INFINITY
    let due: Node | undefined
    for (const node of this.nodes) {
      const timeout = node.machine.pollTimeout()
      if (timeout === undefined || timeout.atUs >= nextUs) continue
      nextUs = timeout.atUs
      due = node
    }
    if (nextUs > untilUs) return false
    this.nowUs = Math.max(this.nowUs, nextUs)
    if (due !== undefined) due.handleTimeout()
    else this.#happenings.take(this.nowUs)?.run()
    return true
  }

  #device(): Uint8Array {
    const device = new Uint8Array(32)
    new DataView(device.buffer).setUint32(0, ++this.#devices)
    return device
  }
}

/** A result that outlives the frame that it came with. */
function kept(result: LocalResult): LocalResult {
  if (result.kind === 'nack' || result.answer.kind !== 'chunk') return result
  return { ...result, answer: { kind: 'chunk', bytes: result.answer.bytes.slice() } }
}

function joined(head: Uint8Array, payload: Uint8Array): Uint8Array {
  const body = new Uint8Array(head.length + payload.length)
  body.set(head)
  body.set(payload, head.length)
  return body
}
