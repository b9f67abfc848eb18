// The keys of packets, agreed in a conversation (docs/protocol.md §21.2): generation after generation, each from two
// ephemeral keys that nobody keeps. Both sides may begin the next one, at the same time too: it is one and the same. A side
// seals under a generation only when the other has said that it opens it, so a change loses nothing.
//
// After every call drain pollStep.

import { type Crypto, wipe } from '../crypto/index.js'
import { REKEY_LEAST_US } from './limits.js'
import type { PacketMessage } from './wire/message.js'

/** Keys of both directions, and the numbers that their datagrams carry. */
export interface Generation {
  /** Within its conversation, from 1. */
  readonly number: number
  /** What datagrams to us carry, and those to the other side. */
  readonly index: number
  readonly remote: number
  readonly opening: Uint8Array
  readonly sealing: Uint8Array
}

export type AgreementStep =
  | { readonly kind: 'send'; readonly message: PacketMessage }
  /** Datagrams to us will carry this number. */
  | { readonly kind: 'index'; readonly index: number }
  /** Open what comes under it, before anything that follows is sent. */
  | { readonly kind: 'agreed'; readonly generation: Generation }
  /** The other side opens what is sealed under the newest one. */
  | { readonly kind: 'sendable'; readonly number: number }
  /** The other side seals under this one, and under no earlier one any more. */
  | { readonly kind: 'used'; readonly number: number }

export interface AgreementOptions {
  readonly crypto: Crypto
  /** Device keys. */
  readonly own: Uint8Array
  readonly peer: Uint8Array
  readonly randomBytes: (count: number) => Uint8Array
  /** A number that no datagram to us carries yet. */
  readonly takeIndex: () => number
}

interface Half {
  readonly index: number
  readonly secret: Uint8Array
  readonly ephemeral: Uint8Array
}

export class KeyAgreement {
  readonly #options: AgreementOptions
  readonly #steps: AgreementStep[] = []
  /** Of the generation under way: ours, and theirs. */
  #own: Half | undefined
  #theirs: { readonly index: number; readonly ephemeral: Uint8Array } | undefined
  /** The newest generation that is agreed, and when it was. */
  #agreed = 0
  #agreedUs = 0
  #isReady = false
  #used = 0

  constructor(options: AgreementOptions) {
    this.#options = options
  }

  /** Begins the next generation, unless one is under way. False as of handleMessage. */
  begin(nowUs: number): boolean {
    if (this.#own !== undefined) return true
    const { crypto, randomBytes, takeIndex } = this.#options
    const secret = randomBytes(32)
    const own = { index: takeIndex(), secret, ephemeral: crypto.x25519.publicFromPrivate(secret) }
    this.#own = own
    this.#steps.push({ kind: 'index', index: own.index })
    const message = { generation: this.#agreed + 1, index: own.index, ephemeral: own.ephemeral }
    this.#steps.push({ kind: 'send', message: { type: 'keys', ...message } })
    return this.#complete(nowUs)
  }

  /** False when what was said cannot be: the conversation is to be ended. */
  handleMessage(nowUs: number, message: Exclude<PacketMessage, { type: 'candidates' }>): boolean {
    const { generation } = message
    switch (message.type) {
      case 'keys':
        if (generation !== this.#agreed + 1 || this.#theirs !== undefined) return false
        this.#theirs = message
        if (this.#own !== undefined) return this.#complete(nowUs)
        // Who begins sooner than that waits for our half.
        return this.#agreed > 0 && nowUs < this.#agreedUs + REKEY_LEAST_US ? true : this.begin(nowUs)
      case 'ready':
        if (generation !== this.#agreed || this.#isReady) return false
        this.#isReady = true
        this.#steps.push({ kind: 'sendable', number: generation })
        return true
      case 'using':
        if (generation > this.#agreed || generation <= this.#used) return false
        this.#used = generation
        this.#steps.push({ kind: 'used', number: generation })
        return true
    }
  }

  /** When a generation that the other side has begun is answered. */
  pollTimeout(): number | undefined {
    return this.#theirs === undefined || this.#own !== undefined ? undefined : this.#agreedUs + REKEY_LEAST_US
  }

  /** False as of handleMessage. */
  handleTimeout(nowUs: number): boolean {
    const dueUs = this.pollTimeout()
    return dueUs === undefined || nowUs < dueUs || this.begin(nowUs)
  }

  pollStep(): AgreementStep | undefined {
    return this.#steps.shift()
  }

  /** Forgets what is secret. The conversation is over. */
  close(): void {
    if (this.#own !== undefined) wipe(this.#own.secret)
    this.#own = undefined
  }

  /** False when their half is no key. */
  #complete(nowUs: number): boolean {
    const { crypto, own: ownDevice, peer } = this.#options
    const own = this.#own
    const theirs = this.#theirs
    if (own === undefined || theirs === undefined) return true
    const shared = crypto.x25519.shared(own.secret, theirs.ephemeral)
    if (shared === undefined) return false
    const number = this.#agreed + 1
    const keys = {
      opening: packetKey(crypto, shared, number, [peer, theirs.ephemeral], [ownDevice, own.ephemeral]),
      sealing: packetKey(crypto, shared, number, [ownDevice, own.ephemeral], [peer, theirs.ephemeral]),
    }
    wipe(shared, own.secret)
    this.#own = undefined
    this.#theirs = undefined
    this.#agreed = number
    this.#agreedUs = nowUs
    this.#isReady = false
    this.#steps.push({ kind: 'agreed', generation: { number, index: own.index, remote: theirs.index, ...keys } })
    this.#steps.push({ kind: 'send', message: { type: 'ready', generation: number } })
    return true
  }
}

/** A side of a generation: its device key and its ephemeral key. */
type Side = readonly [device: Uint8Array, ephemeral: Uint8Array]

/** The key of one direction. `shared` is the secret of both ephemeral keys. */
export function packetKey(
  crypto: Crypto,
  shared: Uint8Array,
  generation: number,
  sealer: Side,
  opener: Side,
): Uint8Array {
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, generation)
  return crypto.deriveKey('runnel v1 packet keys', shared, number, ...sealer, ...opener)
}
