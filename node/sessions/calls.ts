// Calls that are on their way: a channel to a device, with the handshake in its OPEN and ACCEPT. Each ends once, with what
// the other side said or with why nothing came of it.

import type { Crypto } from '../../stack/crypto/index.js'
import type { CloseReason } from '../../stack/forward/index.js'
import type { RecordKeys } from '../../stack/noise/index.js'
import { type AnswerHello, type Call, type CallHello, openCall } from '../../stack/session/index.js'
import type { Hub } from '../hub.js'

export type CallOutcome =
  | {
      readonly kind: 'answered'
      readonly channel: number
      readonly answer: AnswerHello
      readonly keys: RecordKeys
      /** The neighbour that the channel goes over, unless it stays here. */
      readonly through: Uint8Array | undefined
    }
  | { readonly kind: 'failed'; readonly reason: CloseReason }

export interface CallsOptions {
  readonly crypto: Crypto
  readonly hub: Pick<Hub, 'openChannel' | 'closeChannel'>
  readonly randomBytes: (count: number) => Uint8Array
  readonly device: Uint8Array
  readonly deviceSeed: Uint8Array
}

interface OpenCall {
  readonly call: Call
  readonly done: (outcome: CallOutcome) => void
}

export class Calls {
  readonly #options: CallsOptions
  readonly #open = new Map<number, OpenCall>()

  constructor(options: CallsOptions) {
    this.#options = options
  }

  /** Calls a device, over so many links at most; `done` is called once, perhaps at once, unless the call is cancelled. Its number, to cancel it by. */
  call(
    device: Uint8Array,
    hello: Omit<CallHello, 'device'>,
    done: (outcome: CallOutcome) => void,
    hops?: number,
  ): number | undefined {
    const { crypto, hub, randomBytes, device: own, deviceSeed } = this.#options
    const call = openCall(crypto, { device: own, deviceSeed, ephemeralSeed: randomBytes(32) }, device, hello)
    if (typeof call === 'string') {
      done({ kind: 'failed', reason: 'Bad' })
      return undefined
    }
    const channel = hub.openChannel(device, call.message, hops)
    if (channel === undefined) {
      call.wipe()
      done({ kind: 'failed', reason: 'Busy' })
      return undefined
    }
    this.#open.set(channel, { call, done })
    return channel
  }

  cancel(channel: number): void {
    if (this.#take(channel) !== undefined) this.#options.hub.closeChannel(channel, 'Reset')
  }

  /** Whether the channel is of a call. */
  handleAccepted(channel: number, message: Uint8Array, through: Uint8Array | undefined): boolean {
    const open = this.#open.get(channel)
    if (open === undefined) return false
    const answered = open.call.handleAnswer(message)
    this.#take(channel)
    if (typeof answered === 'string') {
      this.#options.hub.closeChannel(channel, 'Bad')
      open.done({ kind: 'failed', reason: 'Bad' })
    } else open.done({ kind: 'answered', channel, through, ...answered })
    return true
  }

  handleClosed(channel: number, reason: CloseReason): boolean {
    const open = this.#take(channel)
    open?.done({ kind: 'failed', reason })
    return open !== undefined
  }

  #take(channel: number): OpenCall | undefined {
    const open = this.#open.get(channel)
    open?.call.wipe()
    this.#open.delete(channel)
    return open
  }
}
