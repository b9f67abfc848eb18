// Where the machines meet: frames of links to the forwarding machine and back, its questions to the store, its answers to
// the local program. One pump drains everything after each batch of input, so that many frames cost one round.

import { RunnelError } from '../errors/index.js'
import { Rooms } from '../stack/bytes/index.js'
import type { Crypto } from '../stack/crypto/index.js'
import {
  type Answer,
  type Attempt,
  type ChannelEvent,
  type CloseReason,
  type ContentStore,
  type Event,
  ForwardMachine,
  FrameType,
  type Limits,
  type LocalInterest,
  type NackReason,
  type RouteName,
  type Source,
  type SwitchCommand,
  type UdpAddress,
  type UdpPorts,
} from '../stack/forward/index.js'
import type { Frame } from '../stack/link/index.js'
import type { NameState } from '../stack/name/index.js'
import type { Carrier, CarrierHub, OpenLink } from './carrier/index.js'
import { Deadline } from './deadline.js'
import type { Time } from './outside.js'

export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly source: Source }
  | { readonly kind: 'nack'; readonly reason: NackReason; readonly asked: readonly Attempt[]; readonly retryMs: number }

/** Who follows a log. Each is called in the middle of the hub's work: it takes note, and does the rest later. */
export interface LogFollower {
  /** A state that is newer than the one before; the first that is to be had comes as well. */
  handleHead(head: Extract<Answer, { kind: 'head' }>, source: Source): void
  /** Whether somebody who knows of new states can be asked: first, and when it changes. */
  handleReached(reached: boolean): void
  /** Too many follow something here; nothing more comes. */
  handleRefused(): void
}

/** What the store does for the hub besides what the machine asks of it. */
export interface Content extends ContentStore {
  /** A chunk whose hash was checked now, lent until it is given back; undefined: gone or damaged. */
  readChunk(name: Uint8Array): Uint8Array | undefined
  /** Nobody looks at what `readChunk` gave any more. */
  giveBack(chunk: Uint8Array): void
  /** Takes what the machine has verified; everyone who waited for it has been answered. */
  handleStored(event: Extract<Event, { kind: 'store' }>): void
}

/** What the writer's half of the node does when somebody asks for something fresher, or knows something of its name. */
export interface Writer {
  /** Signs the same state again. Throws nothing; what cannot be refreshed stays as it is. */
  refresh(what: 'head' | 'name', key: Uint8Array): void
  /** Takes what a neighbour has of this node's name, verified. Throws nothing. */
  hear(came: NameState): void
  /** Somebody may know more of this node's name than is held. */
  inquire(): void
}

/** What takes the channels that begin and end at this node. */
export interface ChannelOwner {
  handleChannelEvent(event: ChannelEvent): void
  /** A link is up: there may be a way again. */
  handleLinkUp(): void
}

/** A datapath, as far as it sends on what belongs to channels. */
export interface DatagramSwitch {
  /** To be done in this order. Throws nothing. */
  tell(commands: readonly SwitchCommand[]): void
  /** A neighbour has said anew where it sees the socket: see `Hub.observed`. Throws nothing. */
  handleObserved(): void
}

export interface HubOptions {
  readonly crypto: Crypto
  readonly time: Time
  readonly content: Content
  /** 8 random bytes that no peer knows. */
  readonly seed: Uint8Array
  /** This node's device key, for channels that end here. */
  readonly device?: Uint8Array | undefined
  readonly root: boolean
  /** Where they are others than those of §13. */
  readonly limits?: Partial<Limits>
  /** Told of the device of each neighbour that comes. */
  readonly handleNeighbour?: (device: Uint8Array) => void
  /** Told when a neighbour sent what failed a check. */
  readonly handleBlame: (neighbour: number, reason: string) => void
}

/** How long ago a state that is followed may have been confirmed, in seconds: links renew within this. */
const followedAgeS = 20

export class Hub implements CarrierHub {
  readonly #machine: ForwardMachine
  readonly #content: Content
  readonly #handleBlame: HubOptions['handleBlame']
  readonly #handleNeighbour: HubOptions['handleNeighbour']
  /** Where conversations and channels take memory for what they send and read: it is given back when it has left. */
  readonly rooms = new Rooms({ leastBytes: 16_384, roomBytes: 65_536, maxSpare: 32 })
  readonly #waiting = new Map<number, (outcome: Outcome) => void>()
  readonly #followers = new Map<number, LogFollower>()
  readonly #touched = new Set<number>()
  readonly #time: Time
  readonly #deadline: Deadline
  #carrier: Carrier | undefined
  #writer: Writer | undefined
  #channels: ChannelOwner | undefined
  #switch: DatagramSwitch | undefined
  #commands: SwitchCommand[] = []
  #pumpDue = false
  #pumping = false
  #closed = false

  constructor({ crypto, time, content, seed, root, device, limits = {}, handleBlame, handleNeighbour }: HubOptions) {
    this.#time = time
    this.#deadline = new Deadline(time, () => {
      this.#machine.handleTimeout(time.now())
      this.#pump()
    })
    this.#content = content
    this.#handleBlame = handleBlame
    this.#handleNeighbour = handleNeighbour
    this.#machine = new ForwardMachine(crypto, { contentStore: content, seed, root, device, rooms: this.rooms, limits })
  }

  /** They are made after the hub, because they call it. */
  attach(carrier: Carrier, writer: Writer, channels?: ChannelOwner): void {
    this.#carrier = carrier
    this.#writer = writer
    this.#channels = channels
  }

  get rank(): number {
    return this.#machine.rank
  }

  get machine(): ForwardMachine {
    return this.#machine
  }

  /**
   * Asks on behalf of the local program. `done` is called once, later, unless the question is cancelled; the bytes of a
   * chunk are lent to it until it returns, and it throws nothing. Throws ABORTED at the end.
   */
  ask(interest: LocalInterest, done: (outcome: Outcome) => void): number {
    if (this.#closed) throw new RunnelError('ABORTED', 'the node is ending')
    const requestId = this.#machine.openInterest(this.#time.now(), interest)
    this.#waiting.set(requestId, done)
    this.#schedule()
    return requestId
  }

  /** Follows a log until that is cancelled. Throws ABORTED at the end. */
  follow(log: Uint8Array, follower: LogFollower): number {
    if (this.#closed) throw new RunnelError('ABORTED', 'the node is ending')
    const interest = { kind: 'head', key: log, live: true, maxAgeS: followedAgeS, lifetimeMs: 0 } as const
    const requestId = this.#machine.openInterest(this.#time.now(), interest)
    this.#followers.set(requestId, follower)
    this.#schedule()
    return requestId
  }

  /** There is a newer state of a log, or a proof of its fork, that did not come over a link. */
  handleLogChanged(log: Uint8Array): void {
    this.#machine.handleLogChanged(this.#time.now(), log)
    this.#schedule()
  }

  cancel(requestId: number): void {
    if (!this.#waiting.delete(requestId) && !this.#followers.delete(requestId)) return
    this.#machine.cancelInterest(this.#time.now(), requestId)
    this.#schedule()
  }

  announce(kind: Exclude<RouteName, 'device'>, key: Uint8Array): void {
    this.#machine.announce(this.#time.now(), kind, key)
    this.#schedule()
  }

  withdraw(kind: RouteName, key: Uint8Array): void {
    this.#machine.withdraw(this.#time.now(), kind, key)
    this.#schedule()
  }

  /** As ForwardMachine; undefined also at the end. */
  openChannel(device: Uint8Array, message: Uint8Array, hops?: number): number | undefined {
    if (this.#closed) return undefined
    const channel = this.#machine.openChannel(this.#time.now(), device, message, hops)
    this.#schedule()
    return channel
  }

  acceptChannel(channel: number, message: Uint8Array): void {
    this.#machine.acceptChannel(this.#time.now(), channel, message)
    this.#schedule()
  }

  sendChannel(channel: number, sealed: Uint8Array): boolean {
    const sent = this.#machine.sendChannel(this.#time.now(), channel, sealed)
    this.#schedule()
    return sent
  }

  channelRoom(channel: number): number {
    return this.#machine.channelRoom(channel)
  }

  channelNeighbour(channel: number): Uint8Array | undefined {
    return this.#machine.channelNeighbour(channel)
  }

  closeChannel(channel: number, reason: CloseReason): void {
    this.#machine.closeChannel(this.#time.now(), channel, reason)
    this.#schedule()
  }

  /** As ForwardMachine; throws RangeError for what is no index. */
  giveIndex(channel: number, index: number): void {
    this.#machine.giveIndex(this.#time.now(), channel, index)
    this.#schedule()
  }

  withdrawIndex(channel: number, index: number): void {
    this.#machine.withdrawIndex(this.#time.now(), channel, index)
    this.#schedule()
  }

  /** Datagrams are sent on from here, in place of what did so before. */
  attachSwitch(ports: UdpPorts, to: DatagramSwitch): void {
    this.detachSwitch()
    this.#switch = to
    this.#machine.handlePorts(this.#time.now(), ports)
    this.#schedule()
  }

  /** Nothing is told to it any more. */
  detachSwitch(): void {
    if (this.#switch === undefined) return
    this.#machine.handlePorts(this.#time.now(), undefined)
    this.#pump()
    this.#switch = undefined
  }

  /** A cookie that was expected has come to it. */
  handleCookie(cookie: Uint8Array, from: UdpAddress): void {
    this.#machine.handleCookie(this.#time.now(), cookie, from)
    this.#schedule()
  }

  /** A datagram with a label came to it from somewhere else than it should. */
  handleStray(label: number, from: UdpAddress): void {
    this.#machine.handleStray(this.#time.now(), label, from)
    this.#schedule()
  }

  /** Where neighbours say that they see it, each address once. */
  observed(): UdpAddress[] {
    return this.#machine.observed()
  }

  announceDevice(deviceSeed: Uint8Array, untilMs: number): void {
    this.#machine.announceDevice(this.#time.now(), deviceSeed, untilMs)
    this.#schedule()
  }

  handleUp(id: number, { device, upstream, rank, remote: address, connection }: OpenLink): void {
    const { rttUs } = connection.link.counters
    this.#machine.handleNeighbourUp(this.#time.now(), id, { device, upstream, rank, address, rttUs })
    this.#schedule()
    this.#writer?.inquire()
    this.#channels?.handleLinkUp()
    this.#handleNeighbour?.(device)
  }

  handleFrame(id: number, { type, flags, body }: Frame): void {
    this.#machine.handleFrame(this.#time.now(), id, type, flags, body)
    this.#schedule()
  }

  handleDelivered(id: number, bytes: number): void {
    this.#machine.handleDrained(this.#time.now(), id, bytes)
    this.#schedule()
  }

  handleDown(id: number): void {
    this.#machine.handleNeighbourDown(this.#time.now(), id)
    this.#schedule()
  }

  close(): void {
    this.#closed = true
    this.#deadline.clear()
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#followers.clear()
    for (const done of waiting) done({ kind: 'nack', reason: 'Expired', asked: [], retryMs: 0 })
  }

  /** What came with one batch of bytes is answered, taken or copied: the memory of its frames may be used again. */
  settle(): void {
    this.#pump()
    this.#machine.settle()
  }

  /** Everything that happens at once is handled before its answers are drained. */
  #schedule(): void {
    if (this.#pumpDue) return
    this.#pumpDue = true
    queueMicrotask(() => {
      if (this.#pumpDue) this.#pump()
    })
  }

  #pump(): void {
    if (this.#closed || this.#pumping) return
    this.#pumping = true
    this.#pumpDue = false
    try {
      for (let busy = true; busy; ) {
        busy = this.#drainFrames()
        for (let event = this.#machine.pollEvent(); event !== undefined; event = this.#machine.pollEvent()) {
          busy = true
          this.#handle(event)
        }
      }
      // Before the frames leave: what they bring about finds it done.
      if (this.#commands.length > 0) this.#switch?.tell(this.#commands)
      this.#commands = []
      for (const id of this.#touched) this.#carrier?.links.get(id)?.connection.pump()
      this.#touched.clear()
    } finally {
      this.#pumping = false
      this.#deadline.set(this.#time.now().nowUs, this.#machine.pollTimeout()?.atUs)
    }
  }

  #drainFrames(): boolean {
    let sent = false
    for (;;) {
      const frame = this.#machine.pollTransmit(this.#time.now())
      if (frame === undefined) return sent
      sent = true
      const { neighbour, type, flags, head, payload } = frame
      this.#carrier?.send(neighbour, type, flags, head, payload)
      // It was copied; of what was not taken there nothing happens.
      if (type === FrameType.bytes && payload !== undefined) this.rooms.giveBack(payload)
      this.#touched.add(neighbour)
    }
  }

  #handle(event: Event): void {
    switch (event.kind) {
      case 'read':
        this.#machine.handleRead(this.#time.now(), event.requestId, this.#content.readChunk(event.name))
        break
      case 'free':
        this.#content.giveBack(event.bytes)
        break
      case 'refresh':
        this.#writer?.refresh(event.what, event.key)
        this.#machine.handleRefreshed(this.#time.now(), event.what, event.key)
        break
      case 'live':
        this.#followers.get(event.requestId)?.handleReached(event.reached)
        break
      case 'answer':
      case 'nack': {
        const follower = this.#followers.get(event.requestId)
        if (follower !== undefined) {
          if (event.kind === 'nack') follower.handleRefused()
          else if (event.answer.kind === 'head') follower.handleHead(event.answer, event.source)
          break
        }
        const done = this.#waiting.get(event.requestId)
        this.#waiting.delete(event.requestId)
        done?.(event)
        break
      }
      case 'store':
        this.#content.handleStored(event)
        break
      case 'heard':
        this.#writer?.hear(event.came)
        break
      case 'behind':
        this.#writer?.inquire()
        break
      case 'blame':
        this.#handleBlame(event.neighbour, event.reason)
        break
      case 'switch':
        this.#commands.push(event.command)
        break
      case 'observed':
        this.#switch?.handleObserved()
        break
      default:
        this.#channels?.handleChannelEvent(event)
    }
  }
}
