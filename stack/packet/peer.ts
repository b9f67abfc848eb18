// One device that packets are exchanged with: its conversation, its keys, the ways to it, and what the datapath was told of
// these. What is to be done it says by `emit`, in order.

import { compare, type Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { isSameAddress } from './address.js'
import type { DatapathCommand, DatapathEvent, UdpAddress } from './datapath.js'
import { Dialling } from './dialling.js'
import type { PacketEvent } from './event.js'
import { Generations, type HeldGeneration } from './generations.js'
import { KeyAgreement } from './key-agreement.js'
import { REKEY_US, TOKEN_BYTES } from './limits.js'
import type { WayStatus } from './status.js'
import { type Label, Ways } from './ways.js'
import { decodePacketMessage, encodePacketMessage, type PacketMessage } from './wire/message.js'
import { decodeProbe, encodeProbe, type Probe } from './wire/probe.js'

export interface PeerOptions {
  readonly crypto: Crypto
  readonly number: number
  /** Device keys. */
  readonly own: Uint8Array
  readonly device: Uint8Array
  readonly address: Uint8Array
  readonly randomBytes: (count: number) => Uint8Array
  readonly emit: (event: PacketEvent) => void
  /** A number that no datagram to us carries yet. */
  readonly takeIndex: () => number
  /** No datagram to us carries it any more. */
  readonly handleIndexGone: (index: number) => void
  /** Nothing more comes from a conversation, or goes to it. */
  readonly handleOver: (conversation: number) => void
}

interface Conversation {
  readonly number: number
  readonly isOurs: boolean
  readonly agreement: KeyAgreement
  /** The other side has said something in it. */
  isHeard: boolean
  rekeyUs: number
}

type UsePath = Extract<DatapathCommand, { type: 'use-path' }>

export class Peer {
  readonly number: number
  readonly device: Uint8Array
  readonly address: Uint8Array
  readonly ways = new Ways()
  /** The name that it has proven in its conversation. */
  name: Uint8Array | undefined
  readonly #options: PeerOptions
  readonly #generations = new Generations()
  readonly #dialling = new Dialling()
  #conversation: Conversation | undefined
  /** Indexes that were announced and are not those of a generation yet, with their conversations. */
  readonly #coming = new Map<number, number>()
  /** What the datapath was told last, and which generation that is. */
  #told: UsePath | undefined
  #used: HeldGeneration | undefined

  constructor(options: PeerOptions) {
    this.#options = options
    this.number = options.number
    this.device = options.device
    this.address = options.address
    this.#tell({ type: 'set-peer', peer: this.number, address: this.address })
  }

  get conversation(): number | undefined {
    return this.#conversation?.number
  }

  /** Whether packets can be sent to it. */
  get isReady(): boolean {
    return this.#told !== undefined
  }

  /** What packets go by now, if anything. */
  get way(): WayStatus | undefined {
    if (this.#told === undefined) return undefined
    const { to, datagramBytes } = this.#told
    return { isDirect: this.ways.isDirect, to, datagramBytes, rttUs: this.ways.used?.rttUs }
  }

  /** A packet waits: where there is no conversation it is dialled at once, unless that was tried just now. */
  wish(nowUs: number): void {
    if (this.#conversation === undefined) this.#dialling.wish(nowUs)
  }

  /** A conversation is there. False when it is not wanted, since both sides know another one to be the one. */
  handleConversation(nowUs: number, number: number, isOurs: boolean, name: Uint8Array | undefined): boolean {
    const current = this.#conversation
    this.#dialling.handleUp(isOurs)
    if (isOurs ? current !== undefined : this.#isOursTheOne) return false
    if (current !== undefined) this.#leave(current, false)
    const { crypto, own, randomBytes, takeIndex } = this.#options
    const agreement = new KeyAgreement({ crypto, own, peer: this.device, randomBytes, takeIndex })
    this.#conversation = { number, isOurs, agreement, isHeard: false, rekeyUs: Number.POSITIVE_INFINITY }
    this.name = name
    this.#step(nowUs, agreement.begin(nowUs))
    return true
  }

  /** Dialling has failed. Whether there is no conversation now. */
  handleNoConversation(nowUs: number, isNeeded: boolean): boolean {
    if (!this.#dialling.handleFailed() || this.#conversation !== undefined) return false
    if (isNeeded) this.#dialling.again(nowUs)
    return true
  }

  /** Its conversation is over. Keys stay as long as they may. */
  handleOver(nowUs: number, isNeeded: boolean): void {
    if (this.#conversation !== undefined) this.#forget(this.#conversation)
    this.#apply(nowUs)
    if (isNeeded) this.#dialling.again(nowUs)
  }

  /** A reason when it cannot be; then the conversation is ended. */
  handleMessage(nowUs: number, bytes: Uint8Array): Reason | undefined {
    const conversation = this.#conversation
    if (conversation === undefined) return undefined
    conversation.isHeard = true
    const message = decodePacketMessage(bytes)
    if (typeof message === 'string') {
      this.#leave(conversation, true)
      return message
    }
    if (message.type === 'candidates') {
      this.ways.setCandidates(nowUs, message.addresses)
      return undefined
    }
    return this.#step(nowUs, conversation.agreement.handleMessage(nowUs, message)) ? undefined : 'bad-order'
  }

  /** Routers carry to the peer what carries this label, in place of its index. */
  setLabel(nowUs: number, index: number, label: Label): void {
    this.ways.setLabel(nowUs, index, label)
    this.#apply(nowUs)
  }

  removeLabel(nowUs: number, index: number): void {
    this.ways.removeLabel(index)
    this.#apply(nowUs)
  }

  /** What was tried in vain may work now. */
  tryAgain(nowUs: number): void {
    this.ways.tryAgain(nowUs)
    this.#apply(nowUs)
  }

  sendCandidates(addresses: readonly UdpAddress[]): void {
    if (this.#conversation !== undefined) this.#send(this.#conversation.number, { type: 'candidates', addresses })
  }

  handleTooBig(nowUs: number, to: UdpAddress, datagramBytes: number): void {
    this.ways.handleTooBig(nowUs, to, datagramBytes)
    this.#apply(nowUs)
  }

  handleSource(nowUs: number, { index, from }: Extract<DatapathEvent, { type: 'source' }>): void {
    if (!this.#handleOpened(index)) return
    this.ways.handleSource(nowUs, from)
    this.#apply(nowUs)
  }

  /** A reason when it says nothing. */
  handleProbe(nowUs: number, { index, from, content }: Extract<DatapathEvent, { type: 'probe' }>): Reason | undefined {
    const held = this.#handleOpened(index)
    if (held === undefined) return undefined
    const probe = decodeProbe(content)
    if (typeof probe === 'string') return probe
    if (probe.type === 'response') this.ways.handleAnswer(nowUs, probe.token)
    else {
      this.#probe(held, from, { type: 'response', token: probe.token }, 0)
      this.ways.handleSource(nowUs, from)
    }
    this.#apply(nowUs)
    return undefined
  }

  /** Something that it had sealed was opened: under its only generation, where it has one. */
  handleHeard(nowUs: number): void {
    const [only, second] = this.#generations.all
    if (only === undefined || second !== undefined || only.isSendable) return
    only.isSendable = true
    this.#apply(nowUs)
  }

  /** New keys, now. */
  rekey(nowUs: number): void {
    if (this.#conversation === undefined) return
    this.#conversation.rekeyUs = Number.POSITIVE_INFINITY
    this.#step(nowUs, this.#conversation.agreement.begin(nowUs))
  }

  handleTimeout(nowUs: number): void {
    for (const held of this.#generations.expire(nowUs)) this.#drop(held)
    const conversation = this.#conversation
    if (conversation !== undefined) {
      if (nowUs >= conversation.rekeyUs) this.rekey(nowUs)
      this.#step(nowUs, conversation.agreement.handleTimeout(nowUs))
    } else if (this.#dialling.poll(nowUs)) this.#options.emit({ kind: 'dial', device: this.device })
    this.#apply(nowUs)
  }

  pollTimeout(): number {
    const conversation = this.#conversation
    return Math.min(
      this.#generations.pollTimeout(),
      conversation === undefined ? this.#dialling.pollTimeout() : conversation.rekeyUs,
      conversation?.agreement.pollTimeout() ?? Number.POSITIVE_INFINITY,
      this.#asking === undefined ? Number.POSITIVE_INFINITY : this.ways.pollTimeout(this.#asking.generation.remote),
    )
  }

  /** There is another datapath, which knows nothing. Keys that the last one had are not used again. */
  restart(nowUs: number): void {
    for (const { conversation, generation } of this.#generations.clear()) {
      this.ways.removeLabel(generation.remote)
      this.#forgetIndex(conversation, generation.index)
    }
    this.#told = undefined
    this.#used = undefined
    this.#tell({ type: 'set-peer', peer: this.number, address: this.address })
    this.rekey(nowUs)
  }

  /** Lets go of it. */
  close(): void {
    if (this.#conversation !== undefined) this.#leave(this.#conversation, false)
    for (const held of this.#generations.clear()) this.#forgetIndex(held.conversation, held.generation.index)
    this.#tell({ type: 'remove-peer', peer: this.number })
  }

  /**
   * Whether our conversation is the one, when the other side has begun another: where both have dialled it is that of the
   * lower key. One in which the other side was heard is older than what it begins now.
   */
  get #isOursTheOne(): boolean {
    const current = this.#conversation
    const isComing = this.#dialling.isUnderWay || (current?.isOurs === true && !current.isHeard)
    return isComing && compare(this.#options.own, this.device) < 0
  }

  /** The generation that questions are sealed under: the newest that the other side opens. */
  get #asking(): HeldGeneration | undefined {
    return this.#generations.newest(() => true)
  }

  /** Does what the agreement wants done. False, and the conversation is over, when `isRight` is. */
  #step(nowUs: number, isRight: boolean): boolean {
    const conversation = this.#conversation
    if (conversation === undefined) return isRight
    const { number, agreement } = conversation
    for (let step = agreement.pollStep(); step !== undefined; step = agreement.pollStep()) {
      switch (step.kind) {
        case 'send':
          this.#send(number, step.message)
          break
        case 'index':
          this.#coming.set(step.index, number)
          this.#options.emit({ kind: 'announce', conversation: number, index: step.index })
          break
        case 'agreed': {
          const { index, opening, sealing } = step.generation
          this.#coming.delete(index)
          for (const held of this.#generations.add(nowUs, number, step.generation)) this.#drop(held)
          this.#tell({ type: 'add-keys', index, peer: this.number, opening, sealing })
          conversation.rekeyUs = nowUs + REKEY_US
          break
        }
        case 'sendable':
          this.#generations.handleSendable(number, step.number)
          break
        case 'used':
          this.#generations.handleUsed(nowUs, number, step.number)
          break
      }
    }
    if (!isRight) this.#leave(conversation, true)
    this.#apply(nowUs)
    return isRight
  }

  /** Sends by the best way under the newest keys for which there is one, and asks what is to be asked. */
  #apply(nowUs: number): void {
    this.#ask(nowUs)
    const held = this.#generations.newest(({ generation }) => this.ways.canSend(generation.remote), this.#used)
    const way = held && this.ways.choose(nowUs, held.generation.remote)
    if (held === undefined || way === undefined) return
    const { index } = held.generation
    const { path, remote } = way
    const { datagramBytes } = path.sizes
    const told = this.#told
    const wantsSources = this.ways.takeWantsSources()
    const isSame = told?.index === index && told.remote === remote && told.datagramBytes === datagramBytes
    if (isSame && isSameAddress(told.to, path.to) && !wantsSources) return
    this.#told = { type: 'use-path', index, to: path.to, remote, datagramBytes }
    this.#tell(this.#told)
    // A way that has just come into use has questions of its own.
    this.#ask(nowUs)
    if (this.#used === held) return
    this.#used = held
    if (held.conversation === this.#conversation?.number) {
      this.#send(held.conversation, { type: 'using', generation: held.generation.number })
    }
  }

  #ask(nowUs: number): void {
    const held = this.#asking
    if (held === undefined) return
    for (const { path, datagramBytes } of this.ways.pollQuestions(nowUs, held.generation.remote)) {
      const token = this.#options.randomBytes(TOKEN_BYTES)
      path.handleAsked(nowUs, token, datagramBytes)
      this.#probe(held, path.to, { type: 'challenge', token }, datagramBytes)
    }
  }

  #probe({ generation }: HeldGeneration, to: UdpAddress, probe: Probe, datagramBytes: number): void {
    const remote = this.ways.remoteOn(to, generation.remote)
    if (remote === undefined) return
    this.#tell({ type: 'probe', index: generation.index, to, remote, content: encodeProbe(probe), datagramBytes })
  }

  /** What opens under an index was sealed by who has its keys, so it opens what is sealed under it too. */
  #handleOpened(index: number): HeldGeneration | undefined {
    const held = this.#generations.find(index)
    if (held !== undefined) held.isSendable = true
    return held
  }

  #leave(conversation: Conversation, isBad: boolean): void {
    this.#options.emit({ kind: 'close', conversation: conversation.number, isBad })
    this.#forget(conversation)
  }

  /** Its channel is gone, and the labels with it. */
  #forget(conversation: Conversation): void {
    conversation.agreement.close()
    this.#options.handleOver(conversation.number)
    for (const [index, number] of this.#coming) {
      if (number !== conversation.number) continue
      this.#coming.delete(index)
      this.#options.handleIndexGone(index)
    }
    for (const held of this.#generations.all) {
      if (held.conversation === conversation.number) this.ways.removeLabel(held.generation.remote)
    }
    this.#conversation = undefined
  }

  /** A generation whose time is over. */
  #drop(held: HeldGeneration): void {
    const { index, remote } = held.generation
    this.#tell({ type: 'remove-keys', index })
    this.#forgetIndex(held.conversation, index)
    this.ways.removeLabel(remote)
    if (this.#used !== held) return
    this.#used = undefined
    this.#told = undefined
  }

  #forgetIndex(conversation: number, index: number): void {
    this.#options.handleIndexGone(index)
    if (conversation === this.#conversation?.number) this.#options.emit({ kind: 'withdraw', conversation, index })
  }

  #tell(command: DatapathCommand): void {
    this.#options.emit({ kind: 'tell', command })
  }

  #send(conversation: number, message: PacketMessage): void {
    this.#options.emit({ kind: 'send', conversation, message: encodePacketMessage(message) })
  }
}
