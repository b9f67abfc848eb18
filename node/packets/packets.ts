// Packets of this node: conversations of the service `runnel.packets`, and a datapath, for the machine that decides. Of the
// datapath there may be another one later, and meanwhile none.

import { equal, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { NameState } from '../../stack/name/index.js'
import {
  type DatapathCommand,
  type DatapathEvent,
  KnownDevices,
  MAX_MESSAGE_BYTES,
  PacketMachine,
  type PeerStatus,
  type Rule,
  type UdpAddress,
  type WayStatus,
} from '../../stack/packet/index.js'
import { Deadline } from '../deadline.js'
import type { Time } from '../outside.js'
import {
  type Conversation,
  type Dialer,
  type Messages,
  openMessages,
  provenName,
  type Sessions,
} from '../sessions/index.js'
import type { Addressed } from './addressed.js'
import { packetDialMs } from './limits.js'

export const packetService = 'runnel.packets'

export interface PacketsOptions {
  readonly crypto: Crypto
  readonly time: Time
  readonly randomBytes: (count: number) => Uint8Array
  /** Our own device key. */
  readonly device: Uint8Array
  readonly sessions: Pick<Sessions, 'serve'>
  readonly dialer: Pick<Dialer, 'dial'>
  /** Whom packets went to before, and go to now. */
  readonly addressed: Pick<Addressed, 'devices' | 'add'>
  /** The groups that a name was put into. */
  readonly groupsOf: (name: Uint8Array) => readonly string[]
  /** The newest state of a name that is known here. */
  readonly heldName: (name: Uint8Array) => NameState | undefined
}

/** A datapath, as far as packets need it. */
export interface PacketDatapath {
  /** Done in this order. Throws nothing. */
  tell(commands: readonly DatapathCommand[]): void
}

/** A way, and how long an answer just now took on it. */
export type MeasuredWay = Pick<WayStatus, 'isDirect' | 'to'> & { readonly rttUs: number }

interface Talk {
  readonly conversation: Conversation
  readonly messages: Messages
  /** By index of the other side, what was told to the machine. */
  readonly told: Map<number, string>
}

export class Packets {
  readonly #options: PacketsOptions
  readonly #machine: PacketMachine
  readonly #devices: KnownDevices
  readonly #deadline: Deadline
  readonly #talks = new Map<number, Talk>()
  /** By device, who waits for its next answer. */
  readonly #measuring = new Map<string, Set<(measured: MeasuredWay | undefined) => void>>()
  readonly #ended = new AbortController()
  #stopServing: (() => void) | undefined
  #datapath: PacketDatapath | undefined
  #hadDatapath = false
  #lastTalk = 0
  #pumping = false

  constructor(options: PacketsOptions) {
    const { crypto, time, randomBytes, device, groupsOf, addressed } = options
    this.#options = options
    this.#devices = new KnownDevices(crypto)
    for (const known of addressed.devices) this.#devices.add(known)
    const world = { deviceAt: (address: Uint8Array) => this.#devices.deviceAt(address), groupsOf }
    this.#machine = new PacketMachine({ crypto, device, randomBytes, world })
    this.#deadline = new Deadline(time, () => {
      this.#machine.handleTimeout(this.#nowUs)
      this.#pump()
    })
  }

  get counters(): PacketMachine['counters'] {
    return this.#machine.counters
  }

  /** How many flows there are, by what was decided. */
  get flows(): PacketMachine['flows'] {
    return this.#machine.flows
  }

  /** Whether packets can come and go. */
  get isOpen(): boolean {
    return this.#datapath !== undefined
  }

  peers(): PeerStatus[] {
    return this.#machine.status()
  }

  /** From here on this one carries packets; its tables are empty. */
  handleOpen(datapath: PacketDatapath): void {
    if (this.#ended.signal.aborted) return
    this.#datapath = datapath
    this.#stopServing ??= this.#options.sessions.serve(packetService, (conversation) => this.#talk(conversation, false))
    if (this.#hadDatapath) this.#machine.restart(this.#nowUs)
    this.#hadDatapath = true
    this.#pump()
  }

  handleEvents(events: readonly DatapathEvent[]): void {
    if (this.#datapath === undefined) return
    for (const event of events) this.#machine.handleDatapathEvent(this.#nowUs, event)
    this.#pump()
  }

  /** Nothing comes or goes any more; who calls is told that nobody listens. */
  handleGone(): void {
    this.#datapath = undefined
    this.#stopServing?.()
    this.#stopServing = undefined
  }

  /** What may come in, instead of what was said before. */
  setRules(rules: readonly Rule[]): void {
    this.#machine.setRules(this.#nowUs, rules)
    this.#pump()
  }

  /** Groups have changed. */
  handleGroups(): void {
    this.#machine.handleGroups(this.#nowUs)
    this.#pump()
  }

  /**
   * Another state of a name (32 bytes) is known. Who has proven to be of that name by a certificate that the new one outranks,
   * and is not listed any more, comes in by no rule for that name from now on.
   */
  handleName(name: Uint8Array): void {
    const { crypto, heldName } = this.#options
    for (const [number, { conversation }] of this.#talks) {
      const { device, name: proven, certificate } = conversation.peer
      if (proven === undefined || certificate === undefined || !equal(proven, name)) continue
      if (provenName(crypto, device, certificate, heldName) === undefined)
        this.#machine.handleNameLost(this.#nowUs, number)
    }
    this.#pump()
  }

  /** Where our UDP sockets may be reached, the best first. */
  setCandidates(addresses: readonly UdpAddress[]): void {
    this.#machine.setCandidates(this.#nowUs, addresses)
    this.#pump()
  }

  /** The addresses of this machine have changed. */
  handleMoved(): void {
    this.#machine.handleMoved(this.#nowUs)
    this.#pump()
  }

  /** A device key, of a name that was looked up or of a neighbour: packets to its address go to it. */
  addDevice(device: Uint8Array): void {
    const address = this.#devices.add(device)
    if (address === undefined) return
    this.#machine.handleKnown(address)
    this.#pump()
  }

  /**
   * How long a device takes to answer on the way that its packets go by, and which that is: within `timeoutMs`, else undefined.
   */
  measure(device: Uint8Array, timeoutMs: number): Promise<MeasuredWay | undefined> {
    return new Promise((resolve) => {
      const key = toHex(device)
      const waiting = this.#measuring.get(key) ?? new Set()
      const finish = (measured: MeasuredWay | undefined): void => {
        timer.cancel()
        waiting.delete(finish)
        if (waiting.size === 0) this.#measuring.delete(key)
        resolve(measured)
      }
      const timer = this.#options.time.after(timeoutMs, () => finish(undefined))
      this.#measuring.set(key, waiting.add(finish))
      const isAsked = this.#datapath !== undefined && this.#machine.measure(this.#nowUs, device)
      if (!isAsked) finish(undefined)
      else this.#pump()
    })
  }

  /** Whether the rules let the device of an address (16 bytes) begin something of a protocol without ports. */
  admits(address: Uint8Array, protocol: number): boolean {
    return this.#machine.admits(address, protocol)
  }

  /** Whether a device is known at this address (16 bytes). */
  isKnown(address: Uint8Array): boolean {
    return this.#devices.deviceAt(address) !== undefined
  }

  /** Ends every conversation. */
  close(): void {
    this.handleGone()
    this.#ended.abort()
    this.#deadline.clear()
    for (const waiting of [...this.#measuring.values()]) for (const finish of [...waiting]) finish(undefined)
    for (const { conversation } of this.#talks.values()) conversation.reset('the node is ending')
  }

  get #nowUs(): number {
    return this.#options.time.now().nowUs
  }

  /** Does what the machine wants done, and sets the timer. */
  #pump(): void {
    if (this.#pumping || this.#ended.signal.aborted) return
    this.#pumping = true
    let commands: DatapathCommand[] = []
    const tell = (): void => {
      if (commands.length > 0) this.#datapath?.tell(commands)
      commands = []
    }
    for (let event = this.#machine.pollEvent(); event !== undefined; event = this.#machine.pollEvent()) {
      if (event.kind === 'tell') {
        commands.push(event.command)
        continue
      }
      if (event.kind === 'measured') {
        this.#measured(event.device, event.tookUs)
        continue
      }
      if (event.kind === 'dial') {
        void this.#dial(event.device)
        continue
      }
      const talk = this.#talks.get(event.conversation)
      // What others are told of is done before.
      tell()
      if (event.kind === 'send') talk?.messages.send(event.message).catch(() => {})
      else if (event.kind === 'announce') talk?.conversation.ways.give(event.index)
      else if (event.kind === 'withdraw') talk?.conversation.ways.withdraw(event.index)
      else {
        this.#talks.delete(event.conversation)
        talk?.conversation.reset(
          event.isBad ? 'what was said about packets cannot be' : 'packets need no conversation now',
        )
      }
    }
    tell()
    this.#pumping = false
    const dueUs = this.#machine.pollTimeout()
    this.#deadline.set(this.#nowUs, dueUs === Number.POSITIVE_INFINITY ? undefined : dueUs)
  }

  #measured(device: Uint8Array, tookUs: number): void {
    const way = this.#machine.status().find((peer) => equal(peer.device, device))?.way
    if (way === undefined) return
    for (const finish of [...(this.#measuring.get(toHex(device)) ?? [])]) finish({ ...way, rttUs: tookUs })
  }

  async #dial(device: Uint8Array): Promise<void> {
    const { signal } = this.#ended
    try {
      const conversation = await this.#options.dialer.dial({ device }, packetService, {
        signal,
        timeoutMs: packetDialMs,
      })
      this.#options.addressed.add(device)
      await this.#talk(conversation, true)
    } catch {
      if (signal.aborted) return
      this.#machine.handleNoConversation(this.#nowUs, device)
      this.#pump()
    }
  }

  async #talk(conversation: Conversation, isOurs: boolean): Promise<void> {
    this.#lastTalk++
    const number = this.#lastTalk
    const messages = openMessages(conversation, MAX_MESSAGE_BYTES)
    const talk: Talk = { conversation, messages, told: new Map() }
    this.#talks.set(number, talk)
    conversation.ways.handleChange = () => this.#noteWays(number, talk)
    const { device, name } = conversation.peer
    this.#machine.handleConversation(this.#nowUs, number, { device, name, isOurs })
    this.#noteWays(number, talk)
    try {
      for (let bytes = await messages.receive(); bytes !== undefined; bytes = await messages.receive()) {
        this.#machine.handleMessage(this.#nowUs, number, bytes)
        this.#pump()
      }
      conversation.reset('packets need no conversation now')
    } catch {
      // It is over, which is all that there is to know.
    }
    this.#talks.delete(number)
    conversation.ways.handleChange = () => {}
    this.#machine.handleOver(this.#nowUs, number)
    this.#pump()
  }

  /** Tells the machine which ways of datagrams are new, and which are gone. */
  #noteWays(number: number, { conversation, told }: Talk): void {
    const { current } = conversation.ways
    for (const index of told.keys()) {
      if (current.has(index)) continue
      told.delete(index)
      this.#machine.handleLabelGone(this.#nowUs, number, index)
    }
    for (const [index, { to, label }] of current) {
      const text = `${label} ${to.port} ${to.address.join()}`
      if (told.get(index) === text) continue
      told.set(index, text)
      this.#machine.handleLabel(this.#nowUs, number, index, { to, label })
    }
    this.#pump()
  }
}
