// One session with what it is wired to: its machine, its conversation, its timer and the channel it is on.

import type { Rooms } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { SessionMachine } from '../../stack/session/index.js'
import { Deadline } from '../deadline.js'
import type { Hub } from '../hub.js'
import type { Time } from '../outside.js'
import { errorOfLoss, type Peer, SessionConversation } from './conversation.js'
import { ChannelWays, type WaysHub } from './ways.js'

export type TalkHub = Pick<Hub, 'sendChannel' | 'channelRoom' | 'channelNeighbour' | 'closeChannel'> & WaysHub

export interface TalkOptions {
  readonly crypto: Crypto
  readonly time: Time
  readonly hub: TalkHub
  readonly rooms: Rooms
  readonly role: 'initiator' | 'responder'
  readonly id: Uint8Array
  readonly peer: Peer
  readonly service: string
  readonly windowBytes: number
  /** How much may be written and not acknowledged; undefined: as much as any session may have. */
  readonly unacknowledgedBytes: number | undefined
  /** The responder's: the initiator has spoken. */
  readonly handleUp: (talk: Talk) => void
  /** An initiator's needs another channel. */
  readonly handleConnect: (talk: Talk) => void
  readonly handleLeft: (channel: number) => void
  readonly handleOver: (talk: Talk) => void
}

export class Talk {
  readonly machine: SessionMachine
  readonly conversation: SessionConversation
  readonly ways: ChannelWays
  readonly id: Uint8Array
  readonly peer: Peer
  readonly role: 'initiator' | 'responder'
  isUp: boolean
  readonly #options: TalkOptions
  readonly #deadline: Deadline
  #pumping = false

  constructor(options: TalkOptions) {
    const { crypto, time, role, windowBytes, unacknowledgedBytes, peer, service, rooms } = options
    this.#options = options
    this.id = options.id
    this.peer = peer
    this.role = role
    this.isUp = role === 'initiator'
    const { nowUs } = time.now()
    const machine = new SessionMachine(crypto, { role, nowUs, windowBytes, unacknowledgedBytes, rooms })
    this.machine = machine
    this.ways = new ChannelWays(options.hub)
    const { ways } = this
    this.#deadline = new Deadline(time, () => {
      machine.handleTimeout(time.now().nowUs)
      this.pump()
    })
    this.conversation = new SessionConversation(peer, service, {
      ways,
      get neighbour() {
        return machine.channel === undefined ? undefined : options.hub.channelNeighbour(machine.channel)
      },
      get isFull() {
        return machine.isFull
      },
      get isAcknowledged() {
        return machine.isAcknowledged
      },
      write: (bytes) => this.#then(machine.write(bytes)),
      end: () => this.#then(machine.end()),
      release: (bytes) => options.rooms.giveBack(bytes),
      handleTaken: (bytes) => this.#then(machine.handleTaken(bytes)),
      reset: (code, text) => this.#then(machine.reset(code, text)),
    })
  }

  /** Drains the machine: events to the conversation, records to the channel, and sets the timer. */
  pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    try {
      for (let busy = true; busy; ) busy = this.#handleEvents() || this.#send()
    } finally {
      this.#pumping = false
    }
    this.ways.moveTo(this.machine.channel)
    this.conversation.handleProgress()
    if (this.machine.isOver) this.#deadline.clear()
    else this.#deadline.set(this.#options.time.now().nowUs, this.machine.pollTimeout())
  }

  #then<T>(result: T): T {
    this.pump()
    return result
  }

  #send(): boolean {
    const { hub } = this.#options
    const { channel } = this.machine
    if (channel === undefined) return false
    const record = this.machine.pollTransmit(hub.channelRoom(channel))
    if (record === undefined) return false
    hub.sendChannel(record.channel, record.sealed)
    return true
  }

  #handleEvents(): boolean {
    const { hub, handleUp, handleConnect, handleLeft, handleOver } = this.#options
    let some = false
    for (let event = this.machine.pollEvent(); event !== undefined; event = this.machine.pollEvent()) {
      some = true
      switch (event.kind) {
        case 'up':
          this.isUp = true
          handleUp(this)
          break
        case 'data':
          this.conversation.handleData(event.bytes)
          break
        case 'end':
          this.conversation.handleEnd()
          break
        case 'writable':
          break
        case 'connect':
          handleConnect(this)
          break
        case 'leave':
          hub.closeChannel(event.channel, 'Done')
          handleLeft(event.channel)
          break
        case 'over': {
          const { lost } = event
          this.conversation.handleOver(lost && errorOfLoss(lost.reason, lost.code, lost.text))
          handleOver(this)
        }
      }
    }
    return some
  }
}
