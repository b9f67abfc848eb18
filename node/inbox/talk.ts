// A conversation about an inbox, as either end of it sees one: whole messages over a session with a device that was proven.

import { RunnelError } from '../../errors/index.js'
import { decodeInboxMessage, encodeInboxMessage, type InboxMessage } from '../../stack/inbox/index.js'
import type { Time } from '../outside.js'
import { answerMs } from './limits.js'

/** Messages to and from a device. */
export interface Talk {
  /** Who it is, proven. */
  readonly device: Uint8Array
  /** Resolves when there is room for more. Rejects when it has ended. */
  send(message: Uint8Array): Promise<void>
  /** The next message, undefined at the end. To be called again when it has resolved. */
  receive(): Promise<Uint8Array | undefined>
  /** Ends it for both. */
  close(): void
}

/** Opens conversations with custodians. Throws NO_HOLDER, TIMEOUT, NETWORK_DOWN, ABORTED. */
export type Dial = (device: Uint8Array, signal: AbortSignal) => Promise<Talk>

interface Waiting {
  readonly resolve: (message: InboxMessage) => void
  readonly reject: (error: RunnelError) => void
}

/** The end that asks. */
export class TalkClient {
  readonly #talk: Talk
  readonly #time: Time
  readonly #handleArrived: () => void
  readonly #waiting = new Map<number, Waiting>()
  #request = 0
  #ended: RunnelError | undefined

  /** `ended` resolves when the other end has gone. */
  readonly ended: Promise<void>

  constructor(talk: Talk, time: Time, handleArrived: () => void = () => {}) {
    this.#talk = talk
    this.#time = time
    this.#handleArrived = handleArrived
    this.ended = this.#read()
  }

  get isOpen(): boolean {
    return this.#ended === undefined
  }

  /** The answer. Throws TIMEOUT, NETWORK_DOWN when the conversation has ended. */
  async ask(message: InboxMessage): Promise<InboxMessage> {
    if (this.#ended !== undefined) throw this.#ended
    const request = ++this.#request
    const answer = new Promise<InboxMessage>((resolve, reject) => this.#waiting.set(request, { resolve, reject }))
    const timer = this.#time.after(answerMs, () => this.#settle(request, new RunnelError('TIMEOUT')))
    answer.catch(() => {})
    try {
      await this.#talk.send(encodeInboxMessage(request, message))
      return await answer
    } finally {
      timer.cancel()
      this.#waiting.delete(request)
    }
  }

  close(): void {
    this.#end()
    this.#talk.close()
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const bytes = await this.#talk.receive()
        if (bytes === undefined) break
        const decoded = decodeInboxMessage(bytes)
        // Who sends nonsense is not talked to any longer.
        if (typeof decoded === 'string') break
        if (decoded.message.type === 'arrived') this.#handleArrived()
        else this.#settle(decoded.request, decoded.message)
      }
    } catch {
      // It has ended, in whichever way.
    }
    this.close()
  }

  #settle(request: number, outcome: InboxMessage | RunnelError): void {
    const waiting = this.#waiting.get(request)
    this.#waiting.delete(request)
    if (outcome instanceof RunnelError) waiting?.reject(outcome)
    else waiting?.resolve(outcome)
  }

  #end(): void {
    this.#ended ??= new RunnelError('NETWORK_DOWN', 'the conversation with the custodian has ended')
    for (const request of [...this.#waiting.keys()]) this.#settle(request, this.#ended)
  }
}

/** Two ends in one process: a node that is its own owner's custodian, or writes to somebody whose custodian it is. */
export function localTalks(here: Uint8Array, there: Uint8Array): [Talk, Talk] {
  const [first, second] = [new LocalEnd(there), new LocalEnd(here)]
  first.other = second
  second.other = first
  return [first, second]
}

class LocalEnd implements Talk {
  readonly device: Uint8Array
  other: LocalEnd | undefined
  readonly #messages: Uint8Array[] = []
  #wake: (() => void) | undefined
  #closed = false

  constructor(device: Uint8Array) {
    this.device = device
  }

  send(message: Uint8Array): Promise<void> {
    if (this.#closed || this.other === undefined) return Promise.reject(new RunnelError('NETWORK_DOWN'))
    this.other.#messages.push(message)
    this.other.#wake?.()
    return Promise.resolve()
  }

  async receive(): Promise<Uint8Array | undefined> {
    while (this.#messages.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#messages.shift()
  }

  close(): void {
    for (const end of [this, this.other]) {
      if (end === undefined) continue
      end.#closed = true
      end.#wake?.()
    }
  }
}
