// One device that packets are exchanged with: its conversation, and the keys that are agreed there for what is carried. What
// is to be done it says by `emit`, in order.

import { compare, type Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { Carrying } from './carrying.js'
import type { DatapathCommand, UdpAddress } from './datapath.js'
import { Dialling } from './dialling.js'
import type { PacketEvent } from './event.js'
import { KeyAgreement } from './key-agreement.js'
import { LOST_US, REKEY_US } from './limits.js'
import { decodePacketMessage, encodePacketMessage, type PacketMessage } from './wire/message.js'

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
  /** The index that was announced for the generation under way. */
  comingIndex: number | undefined
}

export class Peer {
  readonly number: number
  readonly device: Uint8Array
  readonly address: Uint8Array
  readonly carrying: Carrying
  /** The name that it has proven in its conversation. */
  name: Uint8Array | undefined
  readonly #options: PeerOptions
  readonly #dialling = new Dialling()
  #conversation: Conversation | undefined
  #isLostNoted = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.number = options.number
    this.device = options.device
    this.address = options.address
    this.carrying = new Carrying({
      ...{ peer: this.number, randomBytes: options.randomBytes },
      tell: (command) => this.#tell(command),
      handleUsed: ({ conversation, generation }) => {
        if (conversation !== this.#conversation?.number) return
        this.#send(conversation, { type: 'using', generation: generation.number })
      },
      handleMeasured: (tookUs) => options.emit({ kind: 'measured', device: this.device, tookUs }),
      handleGone: ({ conversation, generation: { index } }) => {
        options.handleIndexGone(index)
        if (conversation === this.#conversation?.number) options.emit({ kind: 'withdraw', conversation, index })
      },
    })
    this.#tell({ type: 'set-peer', peer: this.number, address: this.address })
  }

  get conversation(): number | undefined {
    return this.#conversation?.number
  }

  /** Whether packets can be sent to it. */
  get isReady(): boolean {
    return this.carrying.isReady
  }

  /** A packet waits: where there is no conversation it is dialled at once, unless that was tried just now. */
  wish(nowUs: number): void {
    if (this.#conversation === undefined) this.#dialling.wish(nowUs)
  }

  /** A conversation is there. False when it is not wanted, since both sides know another one to be the one. */
  handleConversation(nowUs: number, number: number, isOurs: boolean, name: Uint8Array | undefined): boolean {
    const current = this.#conversation
    this.#dialling.handleUp(isOurs)
    if (isOurs ? current !== undefined && !this.#isLost(nowUs) : this.#isOursTheOne) return false
    if (current !== undefined) this.#leave(nowUs, current, false)
    const { crypto, own, randomBytes, takeIndex } = this.#options
    const agreement = new KeyAgreement({ crypto, own, peer: this.device, randomBytes, takeIndex })
    const fresh = { isHeard: false, rekeyUs: Number.POSITIVE_INFINITY, comingIndex: undefined }
    this.#conversation = { number, isOurs, agreement, ...fresh }
    this.name = name
    this.#step(nowUs, agreement.begin(nowUs))
    return true
  }

  /** Dialling has failed. Whether there is no conversation now. */
  handleNoConversation(nowUs: number, isNeeded: boolean): boolean {
    if (!this.#dialling.handleFailed() || (this.#conversation !== undefined && !this.#isLost(nowUs))) return false
    if (isNeeded) this.#dialling.again(nowUs)
    return true
  }

  /** Its conversation is over. Keys stay as long as they may. */
  handleOver(nowUs: number, isNeeded: boolean): void {
    if (this.#conversation !== undefined) this.#forget(nowUs, this.#conversation)
    if (isNeeded) this.#dialling.again(nowUs)
  }

  /** A reason when it cannot be; then the conversation is ended. */
  handleMessage(nowUs: number, bytes: Uint8Array): Reason | undefined {
    const conversation = this.#conversation
    if (conversation === undefined) return undefined
    conversation.isHeard = true
    const message = decodePacketMessage(bytes)
    if (typeof message === 'string') {
      this.#leave(nowUs, conversation, true)
      return message
    }
    if (message.type === 'candidates') {
      this.carrying.setCandidates(nowUs, message.addresses)
      return undefined
    }
    return this.#step(nowUs, conversation.agreement.handleMessage(nowUs, message)) ? undefined : 'bad-order'
  }

  sendCandidates(addresses: readonly UdpAddress[]): void {
    if (this.#conversation !== undefined) this.#send(this.#conversation.number, { type: 'candidates', addresses })
  }

  /** New keys, now. */
  rekey(nowUs: number): void {
    if (this.#conversation === undefined) return
    this.#conversation.rekeyUs = Number.POSITIVE_INFINITY
    this.#step(nowUs, this.#conversation.agreement.begin(nowUs))
  }

  /** `isNeeded`: whether packets go or come. */
  handleTimeout(nowUs: number, isNeeded: boolean): void {
    const conversation = this.#conversation
    if (conversation !== undefined) {
      if (nowUs >= conversation.rekeyUs) this.rekey(nowUs)
      this.#step(nowUs, conversation.agreement.handleTimeout(nowUs))
    }
    this.carrying.handleTimeout(nowUs)
    const isLost = this.#isLost(nowUs)
    if (isLost && isNeeded && !this.#isLostNoted) this.#dialling.wish(nowUs)
    this.#isLostNoted = isLost
    if ((conversation === undefined || isLost) && this.#dialling.poll(nowUs)) {
      this.#options.emit({ kind: 'dial', device: this.device })
    }
  }

  pollTimeout(): number {
    const conversation = this.#conversation
    return Math.min(
      this.carrying.pollTimeout(),
      conversation?.rekeyUs ?? Number.POSITIVE_INFINITY,
      conversation === undefined || this.#isLostNoted ? this.#dialling.pollTimeout() : this.#lostDueUs,
      conversation?.agreement.pollTimeout() ?? Number.POSITIVE_INFINITY,
    )
  }

  /** There is another datapath, which knows nothing. Keys that the last one had are not used again. */
  restart(nowUs: number): void {
    this.carrying.clear()
    this.#tell({ type: 'set-peer', peer: this.number, address: this.address })
    this.rekey(nowUs)
  }

  /** Lets go of it. */
  close(nowUs: number): void {
    if (this.#conversation !== undefined) this.#leave(nowUs, this.#conversation, false)
    this.carrying.clear()
    this.#tell({ type: 'remove-peer', peer: this.number })
  }

  /**
   * Whether nothing leads to it by the conversation that it has begun. It may have forgotten that, and us: who has begun one
   * itself is told so when it looks for a way.
   */
  #isLost(nowUs: number): boolean {
    return nowUs >= this.#lostDueUs
  }

  get #lostDueUs(): number {
    const { lostUs } = this.carrying
    if (this.#conversation?.isOurs !== false || lostUs === undefined) return Number.POSITIVE_INFINITY
    return lostUs + LOST_US
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
          conversation.comingIndex = step.index
          this.#options.emit({ kind: 'announce', conversation: number, index: step.index })
          break
        case 'agreed':
          conversation.comingIndex = undefined
          conversation.rekeyUs = nowUs + REKEY_US
          this.carrying.handleAgreed(nowUs, number, step.generation)
          break
        case 'sendable':
          this.carrying.handleSendable(number, step.number)
          break
        case 'used':
          this.carrying.handleUsed(nowUs, number, step.number)
          break
      }
    }
    if (!isRight) this.#leave(nowUs, conversation, true)
    this.carrying.apply(nowUs)
    return isRight
  }

  #leave(nowUs: number, conversation: Conversation, isBad: boolean): void {
    this.#options.emit({ kind: 'close', conversation: conversation.number, isBad })
    this.#forget(nowUs, conversation)
  }

  #forget(nowUs: number, { number, agreement, comingIndex }: Conversation): void {
    agreement.close()
    this.#options.handleOver(number)
    if (comingIndex !== undefined) this.#options.handleIndexGone(comingIndex)
    this.#conversation = undefined
    this.carrying.handleOver(nowUs, number)
  }

  #tell(command: DatapathCommand): void {
    this.#options.emit({ kind: 'tell', command })
  }

  #send(conversation: number, message: PacketMessage): void {
    this.#options.emit({ kind: 'send', conversation, message: encodePacketMessage(message) })
  }
}
