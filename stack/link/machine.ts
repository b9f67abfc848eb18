// One TCP connection to a neighbour, docs/protocol.md §8: handshake, sealed records, frames, keep-alive. It is a function of
// what it is given: after every handle… and sendFrame, drain pollEvent, pollFrame and pollTransmit, then read pollTimeout.
//
// A stranger who does not know our device key gets not one byte. 'up' says that the peer holds its device key and that this
// handshake is no replay. After 'down' nothing more comes in or goes out, and the keys are overwritten.

import type { Reason, Rooms } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { Counted, type LinkCounters } from './counters.js'
import type { DownEvent, DownReason, LinkTimeout, UpEvent } from './event.js'
import {
  checkFrames,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameType,
  frameFlags,
  frameLength,
  frameType,
  isKnownType,
  SKIPPABLE,
} from './frame.js'
import type { Greeted, Greeting } from './greeting.js'
import { Inbound } from './inbound.js'
import * as limits from './limits.js'
import { Liveness, PING_BYTES } from './liveness.js'
import { Outbound, queuedSize } from './outbound.js'
import { RECORD_OVERHEAD_BYTES, RecordOpener, RecordSealer } from './record.js'

export class LinkMachine {
  readonly #crypto: Crypto
  readonly #openedUs: number
  readonly #openedMs: number
  readonly #counters = new Counted()
  readonly #inbound = new Inbound()
  readonly #rooms: Rooms | undefined
  // Until the handshake is over.
  #greeting: Greeting | undefined
  // The responder's, between message 2 and the first record.
  #unconfirmed: { event: UpEvent; sinceUs: number } | undefined
  #message: Uint8Array | undefined
  #outbound: Outbound | undefined
  #opener: RecordOpener | undefined
  #liveness: Liveness | undefined
  #pongs: Uint8Array[] = []
  #frames: Frame[] = []
  #nextFrame = 0
  #events: (UpEvent | DownEvent)[] = []
  #down = false

  /** Use openInitiator and openResponder. A Reason instead of a greeting is a link that never begins. */
  constructor(crypto: Crypto, nowUs: number, nowMs: number, greeting: Greeting | Reason, rooms?: Rooms) {
    this.#rooms = rooms
    this.#crypto = crypto
    this.#openedUs = nowUs
    this.#openedMs = nowMs
    if (typeof greeting === 'string') {
      this.#end(greeting, 'local')
    } else {
      this.#greeting = greeting
      this.#message = greeting.opening && withLength(greeting.opening)
    }
  }

  get counters(): LinkCounters {
    this.#counters.rttUs = this.#liveness?.rttUs
    return this.#counters
  }

  /** Bytes that wait to be taken by `pollTransmit`. Stop sending chunks well below MAX_QUEUED_BYTES. */
  get queuedBytes(): number {
    return (this.#message?.length ?? 0) + (this.#outbound?.queuedBytes ?? 0)
  }

  /**
   * Bytes from the socket, in whatever slices. Records are opened where they lie: the memory is written to, and what
   * `pollFrame` gives stands in it.
   */
  handleBytes(nowUs: number, bytes: Uint8Array): void {
    if (this.#down) return
    this.#counters.bytesIn += bytes.length
    this.#inbound.handleBytes(bytes)
    while (!this.#down) {
      const greeting = this.#greeting
      const message =
        greeting === undefined
          ? this.#inbound.pollMessage(limits.MIN_RECORD_BYTES, limits.MAX_RECORD_BYTES)
          : this.#inbound.pollMessage(greeting.minBytes, limits.MAX_HANDSHAKE_BYTES)
      if (message === undefined) return
      if (typeof message === 'string') this.#counters.drop(message)
      else {
        const isRecord = greeting === undefined
        this.#counters.kindsIn.control += isRecord ? RECORD_OVERHEAD_BYTES : limits.LENGTH_BYTES + message.length
      }
      if (typeof message === 'string') this.#refuse(nowUs, message)
      else if (greeting === undefined) this.#handleRecord(nowUs, message)
      else this.#handleGreeting(nowUs, greeting, message)
    }
  }

  /** The connection was ended or reset by the other side or the network. */
  handleEnd(): void {
    this.#end('ended', 'network')
  }

  handleTimeout(nowUs: number): void {
    if (this.#down) return
    if (this.#liveness === undefined) {
      if (nowUs >= this.#openedUs + limits.HANDSHAKE_TIMEOUT_US) this.#end('timeout', this.#strangerBlame())
      return
    }
    const due = this.#liveness.handleTimeout(nowUs)
    if (due === 'dead') this.#end('silent', 'network')
    if (due === 'ping') this.#push(FrameType.ping, 0, this.#liveness.openPing(nowUs))
  }

  /** The peer was sent something that it has to answer: it is dead when it then says nothing at all for 20 s. */
  expectAnswer(nowUs: number): void {
    this.#liveness?.expectAnswer(nowUs)
  }

  /**
   * Queues a frame with the body `head | payload`; both are copied. False when it was not taken: the link is not up, or
   * MAX_QUEUED_BYTES wait already. Throws RangeError for a type, flags or length that fit no frame.
   */
  sendFrame(type: number, flags: number, head: Uint8Array, payload?: Uint8Array): boolean {
    if (this.#liveness === undefined || this.#outbound === undefined) return false
    if (this.#outbound.queuedBytes + queuedSize(head.length + (payload?.length ?? 0)) > limits.MAX_QUEUED_BYTES) {
      this.#counters.refused++
      return false
    }
    return this.#push(type, flags, head, payload)
  }

  /**
   * The next bytes for the socket, which the caller owns until it gives them back to the rooms; undefined when there are
   * none now.
   */
  pollTransmit(): Uint8Array | undefined {
    const greeting = this.#message
    const message = greeting ?? this.#pollRecord()
    this.#message = undefined
    this.#counters.kindsOut.control += greeting?.length ?? 0
    this.#counters.bytesOut += message?.length ?? 0
    return message
  }

  /**
   * The next frame for the node, never PING, PONG or an unknown one. Its body is borrowed: it stands in the memory that
   * handleBytes was given, or in the machine's own, until the next handleBytes. Copy what is kept.
   */
  pollFrame(): Frame | undefined {
    const frame = this.#frames[this.#nextFrame++]
    if (frame === undefined) {
      this.#frames = []
      this.#nextFrame = 0
    }
    return frame
  }

  /** 'up' at most once, then 'down' exactly once. */
  pollEvent(): UpEvent | DownEvent | undefined {
    return this.#events.shift()
  }

  /** When to call handleTimeout, if nothing happens before. */
  pollTimeout(): LinkTimeout | undefined {
    if (this.#down) return undefined
    const handshakeUs = this.#openedUs + limits.HANDSHAKE_TIMEOUT_US
    return this.#liveness?.pollTimeout() ?? { atUs: handshakeUs, why: 'handshake' }
  }

  /** Ends the link from our side: 'down' with 'closed'. What waits is dropped; take it before. */
  close(): void {
    this.#end('closed', 'local')
  }

  #handleGreeting(nowUs: number, greeting: Greeting, message: Uint8Array): void {
    const greeted = greeting.handleMessage(message)
    if (typeof greeted === 'string') {
      this.#refuse(nowUs, greeted)
      return
    }
    this.#greeting = undefined
    greeting.wipe()
    this.#opener = new RecordOpener(this.#crypto, greeted.keys.receive)
    this.#outbound = new Outbound(new RecordSealer(this.#crypto, greeted.keys.send), this.#rooms)
    const reply = greeted.reply && withLength(greeted.reply)
    const event = this.#upEvent(nowUs, greeted)
    if (event === undefined) this.#end('bad-version', 'peer')
    else if (reply === undefined) this.#rise(nowUs, event, nowUs - this.#openedUs)
    else this.#unconfirmed = { event, sinceUs: nowUs }
    // Also without a common version: who has proven to know us may learn which versions we have.
    this.#message = reply
  }

  #upEvent(nowUs: number, { hello, version }: Greeted): UpEvent | undefined {
    if (version === undefined) return undefined
    const { device, rank, features, timeMs } = hello
    const ownMs = this.#openedMs + Math.round((nowUs - this.#openedUs) / 1000)
    return { kind: 'up', device, rank, features, version, clockSkewMs: timeMs - ownMs }
  }

  #rise(nowUs: number, event: UpEvent, rttUs: number): void {
    this.#unconfirmed = undefined
    this.#liveness = new Liveness(nowUs)
    this.#liveness.handleRoundTrip(rttUs)
    this.#events.push(event)
  }

  #handleRecord(nowUs: number, sealed: Uint8Array): void {
    const record = this.#opener?.open(sealed)
    if (record === undefined) {
      this.#counters.drop('bad-seal')
      this.#end('bad-seal', 'peer')
      return
    }
    this.#counters.recordsIn++
    if (this.#unconfirmed !== undefined) this.#rise(nowUs, this.#unconfirmed.event, nowUs - this.#unconfirmed.sinceUs)
    this.#liveness?.handleHeard(nowUs)
    const refusal = checkFrames(record)
    if (refusal !== undefined) {
      this.#counters.drop(refusal)
      this.#counters.kindsIn.control += record.length
      return
    }
    for (let base = 0; base < record.length; ) {
      const start = base + FRAME_HEADER_BYTES
      const end = start + frameLength(record, base)
      this.#handleFrame(nowUs, frameType(record, base), frameFlags(record, base), record.subarray(start, end))
      base = end
    }
  }

  #handleFrame(nowUs: number, type: number, flags: number, body: Uint8Array): void {
    this.#counters.framesIn++
    this.#counters.kindsIn.addFrame(type, FRAME_HEADER_BYTES + body.length)
    if (type === FrameType.ping || type === FrameType.pong) this.#handleProbe(nowUs, type, body)
    else if (isKnownType(type)) this.#frames.push({ type, flags, body })
    else if ((type & SKIPPABLE) !== 0) this.#counters.skipped++
    else this.#counters.drop('bad-type')
  }

  #handleProbe(nowUs: number, type: number, body: Uint8Array): void {
    if (body.length !== PING_BYTES) this.#counters.drop('bad-length')
    else if (type === FrameType.pong) {
      if (this.#liveness?.handlePong(nowUs, body) !== true) this.#counters.drop('bad-token')
    } else if (this.#pongs.length >= limits.MAX_WAITING_PONGS) this.#counters.drop('bad-count')
    else this.#pongs.push(body.slice())
  }

  #push(type: number, flags: number, head: Uint8Array, payload?: Uint8Array): boolean {
    this.#outbound?.push(type, flags, head, payload)
    this.#counters.framesOut++
    this.#counters.kindsOut.addFrame(type, FRAME_HEADER_BYTES + head.length + (payload?.length ?? 0))
    return !this.#endWhenUsedUp()
  }

  #pollRecord(): Uint8Array | undefined {
    for (const body of this.#pongs.splice(0)) this.#push(FrameType.pong, 0, body)
    const record = this.#outbound?.pollRecord()
    if (record !== undefined) {
      this.#counters.recordsOut++
      this.#counters.kindsOut.control += RECORD_OVERHEAD_BYTES
    }
    this.#endWhenUsedUp()
    return record
  }

  #endWhenUsedUp(): boolean {
    const usedUp = this.#outbound?.usedUp === true
    if (usedUp) this.#end('used-up', 'local')
    return usedUp
  }

  /** Ends because of what came. A stranger is not told when: the connection lasts as long as an idle one. */
  #refuse(nowUs: number, reason: DownReason): void {
    const stranger = this.#greeting?.role === 'responder'
    const leftUs = this.#openedUs + limits.HANDSHAKE_TIMEOUT_US - nowUs
    this.#end(reason, 'peer', stranger ? Math.max(0, leftUs) : 0)
  }

  #strangerBlame(): 'peer' | 'network' {
    return this.#greeting?.role === 'initiator' ? 'network' : 'peer'
  }

  #end(reason: DownReason, blame: DownEvent['blame'], delayUs = 0): void {
    if (this.#down) return
    this.#down = true
    this.#greeting?.wipe()
    this.#opener?.wipe()
    this.#outbound?.wipe()
    this.#greeting = undefined
    this.#unconfirmed = undefined
    this.#opener = undefined
    this.#outbound = undefined
    this.#message = undefined
    this.#pongs = []
    this.#events.push({ kind: 'down', reason, blame, delayUs })
  }
}

function withLength(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(limits.LENGTH_BYTES + message.length)
  bytes[0] = message.length >> 8
  bytes[1] = message.length & 0xff
  bytes.set(message, limits.LENGTH_BYTES)
  return bytes
}
