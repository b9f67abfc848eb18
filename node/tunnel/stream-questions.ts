// Questions of programs by protocol 253: what the raw socket of the interface hears is asked of the hub on their behalf, and
// what comes of it is sent back. Where there is no such socket, everything else goes on.

import { type RunnelError, toRunnelError } from '../../errors/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type AskedByPacket, type PacketAnswer, PacketQuestions, type StreamPacket } from '../../stack/forward/index.js'
import type { Datapath, StreamSocket } from '../datapath.js'
import type { Hub } from '../hub.js'
import type { LogEvent } from '../log-event.js'
import type { Time } from '../outside.js'
import type { TunnelUser } from './tunnel.js'

export interface StreamQuestionsParts {
  readonly crypto: Crypto
  readonly time: Time
  readonly hub: Pick<Hub, 'ask'>
  /** Of this device, 16 bytes. */
  readonly address: Uint8Array
  /** Whether rules let the device of this address ask. */
  readonly admits: (address: Uint8Array) => boolean
  readonly log: (event: LogEvent) => void
}

export class StreamQuestions implements TunnelUser {
  readonly #parts: StreamQuestionsParts
  readonly #machine: PacketQuestions
  #socket: StreamSocket | undefined
  #problem: RunnelError | undefined

  constructor(parts: StreamQuestionsParts) {
    this.#parts = parts
    const { crypto, address, admits } = parts
    this.#machine = new PacketQuestions({ crypto, address, admits })
  }

  /** Why protocol 253 is not heard, where that is so. */
  get problem(): RunnelError | undefined {
    return this.#problem
  }

  /** What was asked and answered, and dropped by reason. */
  get counters(): ReadonlyMap<string, number> {
    return new Map([...this.#machine.counters, ...(this.#socket?.counters() ?? [])])
  }

  handleOpen(datapath: Datapath): void {
    if (datapath.interface === undefined) return
    const before = this.#problem?.message
    this.#problem = undefined
    try {
      this.#socket = datapath.openStreamSocket((packets) => this.#handlePackets(packets))
    } catch (error) {
      this.#problem = toRunnelError(error)
      const { message: reason, hint } = this.#problem
      if (reason !== before) this.#parts.log({ level: 'warn', event: 'protocol 253 is not heard', reason, hint })
    }
  }

  handleEvents(): void {}

  handleGone(): void {
    this.#socket?.close()
    this.#socket = undefined
  }

  #handlePackets(packets: readonly StreamPacket[]): void {
    const { nowUs } = this.#parts.time.now()
    for (const packet of packets) {
      for (const step of this.#machine.handlePacket(nowUs, packet)) {
        if (step.kind === 'ask') this.#ask(step)
        else this.#send(step)
      }
    }
  }

  #ask({ question, interest }: AskedByPacket): void {
    try {
      this.#parts.hub.ask(interest, (outcome) => {
        this.#send(
          outcome.kind === 'answer'
            ? this.#machine.handleAnswer(question, outcome.answer, outcome.source)
            : this.#machine.handleNack(question, outcome.reason, outcome.retryMs),
        )
      })
    } catch {
      // The node is ending.
      this.#send(this.#machine.handleNack(question, 'Expired', 0))
    }
  }

  /** What cannot leave is counted by the socket; who asked learns of it by silence. */
  #send(answer: PacketAnswer): void {
    this.#socket?.send(answer)
  }
}
