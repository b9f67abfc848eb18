// Two ends of one link under virtual time, joined by a pipe that cuts and joins the bytes as TCP may. The buffer that an end
// is given is overwritten afterwards, so an end that keeps it is found out.

import { concat, Rooms } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  Admission,
  type DownEvent,
  type Frame,
  type InitiatorOptions,
  LENGTH_BYTES,
  type LinkMachine,
  MAX_RECORD_BYTES,
  OWN_RECORD_BYTES,
  openInitiator,
  openResponder,
  type ResponderOptions,
  type UpEvent,
} from '../../stack/link/index.js'
import { filled, sampleTimeMs } from '../samples/name.js'

export const linkSeeds = {
  initiator: filled(0x21),
  responder: filled(0x22),
  initiatorEphemeral: filled(0x23),
  responderEphemeral: filled(0x24),
}

export const startUs = 1_000_000_000

/** Where large records take their memory, which is overwritten when they have left. */
const rooms = new Rooms({ leastBytes: OWN_RECORD_BYTES, roomBytes: LENGTH_BYTES + MAX_RECORD_BYTES, maxSpare: 4 })

/** What the default initiator is opened with. */
export function initiatorOptions(crypto: Crypto, change: Partial<InitiatorOptions> = {}): InitiatorOptions {
  return {
    deviceSeed: linkSeeds.initiator,
    device: crypto.ed25519.publicKeyFromSeed(linkSeeds.initiator),
    remoteDevice: crypto.ed25519.publicKeyFromSeed(linkSeeds.responder),
    ephemeralSeed: linkSeeds.initiatorEphemeral,
    nowUs: startUs,
    nowMs: sampleTimeMs,
    rank: 2,
    features: 0,
    rooms,
    ...change,
  }
}

/** What the default responder is opened with; it remembers ephemeral keys in an Admission of its own. */
export function responderOptions(crypto: Crypto, change: Partial<ResponderOptions> = {}): ResponderOptions {
  const admission = new Admission(new Uint8Array(8))
  return {
    deviceSeed: linkSeeds.responder,
    device: crypto.ed25519.publicKeyFromSeed(linkSeeds.responder),
    ephemeralSeed: linkSeeds.responderEphemeral,
    nowUs: startUs,
    nowMs: sampleTimeMs,
    rank: 1,
    features: 0,
    rooms,
    isReplay: (ephemeral) => admission.isReplay(ephemeral),
    remember: (ephemeral) => admission.remember(ephemeral),
    ...change,
  }
}

/** One end and all that it gave. */
export class End {
  readonly link: LinkMachine
  readonly frames: Frame[] = []
  readonly events: (UpEvent | DownEvent)[] = []
  sentBytes = 0

  constructor(link: LinkMachine) {
    this.link = link
  }

  get up(): UpEvent | undefined {
    return this.events.find((event) => event.kind === 'up')
  }

  get down(): DownEvent | undefined {
    return this.events.find((event) => event.kind === 'down')
  }

  /** Everything for the socket, joined. */
  transmit(): Uint8Array {
    const pieces: Uint8Array[] = []
    for (let piece = this.link.pollTransmit(); piece; piece = this.link.pollTransmit()) pieces.push(piece)
    const bytes = concat(...pieces)
    for (const piece of pieces) piece.fill(0xdd)
    for (const piece of pieces) rooms.giveBack(piece)
    this.sentBytes += bytes.length
    return bytes
  }

  /** Gives it bytes in slices of the sizes that `cut` says, and takes out what comes of each. */
  receive(nowUs: number, bytes: Uint8Array, cut: () => number = () => bytes.length): void {
    for (let at = 0; at < bytes.length; ) {
      const slice = bytes.slice(at, at + Math.max(1, cut()))
      this.link.handleBytes(nowUs, slice)
      this.drain()
      slice.fill(0xee)
      at += slice.length
    }
  }

  wake(nowUs: number): void {
    this.link.handleTimeout(nowUs)
    this.drain()
  }

  drain(): void {
    for (let frame = this.link.pollFrame(); frame; frame = this.link.pollFrame()) {
      this.frames.push({ ...frame, body: frame.body.slice() })
    }
    for (let event = this.link.pollEvent(); event; event = this.link.pollEvent()) this.events.push(event)
  }
}

export interface PairOptions {
  readonly initiator?: Partial<InitiatorOptions>
  readonly responder?: Partial<ResponderOptions>
  /** One way, µs. */
  readonly latencyUs?: number
  /** Bytes of the next slice. Default: all that has arrived. */
  readonly cut?: () => number
}

export class Pair {
  readonly initiator: End
  readonly responder: End
  nowUs = startUs
  readonly #latencyUs: number
  readonly #cut: (() => number) | undefined

  constructor(crypto: Crypto, options: PairOptions = {}) {
    this.initiator = new End(openInitiator(crypto, initiatorOptions(crypto, options.initiator)))
    this.responder = new End(openResponder(crypto, responderOptions(crypto, options.responder)))
    this.#latencyUs = options.latencyUs ?? 0
    this.#cut = options.cut
  }

  /** Carries bytes to and fro until both ends are silent. */
  drive(): void {
    for (;;) {
      const [there, back] = [this.initiator.transmit(), this.responder.transmit()]
      this.initiator.drain()
      this.responder.drain()
      if (there.length + back.length === 0) return
      this.nowUs += this.#latencyUs
      this.responder.receive(this.nowUs, there, this.#cut)
      this.initiator.receive(this.nowUs, back, this.#cut)
    }
  }

  /** Shakes hands and sends the initiator's first frame, as a node does, so that both are up. */
  rise(): this {
    this.drive()
    this.initiator.link.sendFrame(0x14, 0, Uint8Array.of(2, 0))
    this.drive()
    return this
  }

  /** Lets time pass, waking each end at its own deadlines; what they send is carried unless `carry` is false. */
  advance(us: number, carry = true): void {
    const endUs = this.nowUs + us
    for (;;) {
      const ends = [this.initiator, this.responder]
      const nextUs = Math.min(...ends.map((end) => end.link.pollTimeout()?.atUs ?? Number.POSITIVE_INFINITY))
      if (nextUs > endUs) break
      this.nowUs = Math.max(this.nowUs, nextUs)
      for (const end of ends) end.wake(this.nowUs)
      if (carry) this.drive()
    }
    this.nowUs = Math.max(this.nowUs, endUs)
  }
}
