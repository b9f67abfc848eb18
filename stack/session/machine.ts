// A session: two streams of bytes with one device, each with its own end, over one channel at a time. What was written comes
// out once and in order, over however many channels, or both sides are told that it does not.
//
// After every handle… and every call that writes, drain pollEvent and, while the channel has room, pollTransmit; then read
// pollTimeout. The initiator finds new channels; the responder moves to the one that the initiator speaks on.

import { encodeUtf8, type Reason, type Rooms, uninitialized } from '../bytes/index.js'
import { type Crypto, TAG_BYTES } from '../crypto/index.js'
import type { RecordKeys } from '../noise/index.js'
import type { LostReason, SessionEvent } from './event.js'
import { Incoming } from './incoming.js'
import {
  ACK_DELAY_US,
  HURRIED_US,
  KEEP_US,
  MAX_DATA_BYTES,
  MAX_RESET_TEXT_BYTES,
  MAX_ROOM_BYTES,
  MAX_UNACKNOWLEDGED_BYTES,
  MAX_WAITING_PONGS,
  PING_AFTER_US,
  RESUME_US,
  RETRY_PAUSES_US,
  SILENT_US,
} from './limits.js'
import { Outgoing } from './outgoing.js'
import { SealedChannel } from './sealed-channel.js'
import { DATA_KIND, decodeRecord, encodeRecord, type ResetCode, type SessionRecord } from './wire/record.js'

/** A channel whose handshake is done. */
export interface ReadyChannel {
  /** The caller's number for it. */
  readonly channel: number
  readonly keys: RecordKeys
  /** Positions of ours that the other side said it has. */
  readonly peerReceived: number
}

interface Line {
  readonly channel: number
  readonly sealed: SealedChannel
  readonly peerReceived: number
  /** Positions of theirs that they were told we have, when the channel was opened. */
  readonly promised: number
}

export interface SessionOptions {
  readonly role: 'initiator' | 'responder'
  readonly nowUs: number
  /** How much of what the program has not taken may wait here, at most; at least 262,144. */
  readonly windowBytes?: number
  /** How much may be written and not acknowledged before a writer should wait; 4,194,304 where it is not said. */
  readonly unacknowledgedBytes?: number | undefined
  /** Where memory for large records is taken: whoever sends them gives it back, and whoever has read them may. */
  readonly rooms?: Rooms | undefined
}

/** Bytes of a sealed DATA below which more is waited for, while more would fit the room of an empty channel. */
const LEAST_DATA_BYTES = 4_096
const DATA_OVERHEAD_BYTES = 1 + TAG_BYTES
/** Room on a channel that only small records may use, so that an acknowledgement is never behind a window of data. */
const SMALL_RECORD_BYTES = 64

export class SessionMachine {
  readonly #crypto: Crypto
  readonly #role: SessionOptions['role']
  readonly #rooms: Rooms | undefined
  readonly #maxUnacknowledged: number
  readonly #incoming: Incoming
  readonly #outgoing = new Outgoing()
  readonly #events: SessionEvent[] = []
  #line: Line | undefined
  /** The responder's: a channel on which nothing has come yet. */
  #candidate: Line | undefined
  #isUp: boolean
  #over = false
  #pongs: Uint8Array[] = []
  #pingDue = false
  #pinged = false
  #ackDue = false
  #ackAtUs: number | undefined
  #heardUs: number
  /** What the other side is told at the end, and why it is the end, where that is its fault. */
  #resetRecord: SessionRecord | undefined
  #fault: Reason | undefined
  #isFull = false
  /** While there is no channel: since when, how often another was tried, and when the next try is due. */
  #lostUs: number
  #tries = 0
  #tryAtUs: number | undefined
  #hurriedUs = Number.NEGATIVE_INFINITY

  constructor(
    crypto: Crypto,
    {
      role,
      nowUs,
      windowBytes = MAX_ROOM_BYTES,
      unacknowledgedBytes = MAX_UNACKNOWLEDGED_BYTES,
      rooms,
    }: SessionOptions,
  ) {
    this.#rooms = rooms
    this.#maxUnacknowledged = unacknowledgedBytes
    this.#crypto = crypto
    this.#role = role
    this.#incoming = new Incoming(windowBytes)
    this.#isUp = role === 'initiator'
    this.#heardUs = nowUs
    this.#lostUs = nowUs
  }

  /** Positions that have come: what to say in a handshake. */
  get received(): number {
    return this.#incoming.received
  }

  get isOver(): boolean {
    return this.#over
  }

  /** The channel that it is on. */
  get channel(): number | undefined {
    return this.#line?.channel
  }

  /** Bytes that were written and not acknowledged, and bytes that came and were not taken. */
  get bufferedBytes(): number {
    return this.#outgoing.waitingBytes + this.#incoming.unreadBytes
  }

  /** Whether the other side has all that was written, and its end. */
  get isAcknowledged(): boolean {
    return this.#outgoing.done
  }

  /** Whether a writer should wait for 'writable'. */
  get isFull(): boolean {
    this.#isFull = this.#outgoing.heldBytes >= this.#maxUnacknowledged
    return this.#isFull
  }

  /** Writes behind what was written before. The bytes are not changed any more. False after `end`, and when it is over. */
  write(bytes: Uint8Array): boolean {
    if (this.#over || this.#outgoing.ended) return false
    this.#outgoing.write(bytes)
    return true
  }

  /** Nothing more will be written. */
  end(): void {
    if (!this.#over) this.#outgoing.end()
  }

  /** Gives it up: the other side is told, if it can be; what is on its way is lost. */
  reset(code: ResetCode, text = ''): void {
    if (this.#over) return
    if (this.#line === undefined) this.#finish()
    else this.#resetRecord = { kind: 'reset', code, text: shortened(text) }
  }

  /** The program has taken so many bytes of data. */
  handleTaken(bytes: number): void {
    this.#incoming.handleTaken(bytes)
    if (this.#incoming.isUrgent) this.#ackDue = true
  }

  /** An initiator's channel was accepted, or the responder accepts one, with `received` as it is now. */
  handleChannel(nowUs: number, { channel, keys, peerReceived }: ReadyChannel): void {
    const line = {
      channel,
      sealed: new SealedChannel(this.#crypto, keys, this.#rooms),
      peerReceived,
      promised: this.received,
    }
    if (this.#over) this.#leave(line)
    else if (this.#role === 'initiator') this.#move(nowUs, line)
    else {
      if (this.#candidate !== undefined) this.#leave(this.#candidate)
      this.#candidate = line
    }
  }

  /** An initiator's call did not come through. `forgotten`: the responder says that it does not know the session. */
  handleFailed(nowUs: number, forgotten: boolean): void {
    if (this.#over || this.#line !== undefined) return
    if (forgotten) this.#finish('forgotten')
    else this.#scheduleTry(nowUs)
  }

  /** There may be a way again: an initiator that waits tries at once. */
  handleLinkUp(nowUs: number): void {
    if (this.#line !== undefined || nowUs < this.#hurriedUs + HURRIED_US) return
    this.#hurriedUs = nowUs
    if (this.#tryAtUs !== undefined) this.#tryAtUs = Math.min(this.#tryAtUs, nowUs)
    // The other side's link may come up a moment later: then the next tries come soon as well.
    this.#tries = Math.min(this.#tries, 1)
  }

  /** A channel ended. */
  handleChannelClosed(nowUs: number, channel: number, isDone: boolean): void {
    if (this.#candidate?.channel === channel) {
      this.#candidate.sealed.wipe()
      this.#candidate = undefined
      return
    }
    if (this.#line?.channel !== channel) return
    this.#line.sealed.wipe()
    this.#line = undefined
    // Who leaves in order has finished, or has said why before.
    if (isDone) this.#finish('lost')
    else this.#lose(nowUs)
  }

  /** Sealed bytes of a channel. */
  handleBytes(nowUs: number, channel: number, sealed: Uint8Array): void {
    const candidate = this.#candidate
    if (candidate?.channel === channel) {
      const plain = candidate.sealed.open(sealed)
      this.#candidate = undefined
      if (plain === undefined) {
        this.#leave(candidate)
        return
      }
      this.#move(nowUs, candidate)
      if (this.#over) return
      if (!this.#isUp) this.#events.push({ kind: 'up' })
      this.#isUp = true
      this.#handlePlain(nowUs, plain)
      return
    }
    if (this.#line?.channel !== channel) return
    const plain = this.#line.sealed.open(sealed)
    if (plain !== undefined) this.#handlePlain(nowUs, plain)
    else {
      this.#leave(this.#line)
      this.#line = undefined
      this.#lose(nowUs)
    }
  }

  handleTimeout(nowUs: number): void {
    if (this.#over) return
    if (this.#ackAtUs !== undefined && nowUs >= this.#ackAtUs) {
      this.#ackDue = true
      // It is due until the channel has room for it, and no timer brings that about.
      this.#ackAtUs = undefined
    }
    if (this.#line !== undefined) {
      const silentUs = nowUs - this.#heardUs
      if (silentUs >= SILENT_US) {
        this.#leave(this.#line)
        this.#line = undefined
        this.#lose(nowUs)
      } else if (silentUs >= PING_AFTER_US && !this.#pinged) {
        this.#pingDue = true
        this.#pinged = true
      }
      return
    }
    if (nowUs >= this.#deadUs) this.#finish('lost')
    else if (this.#tryAtUs !== undefined && nowUs >= this.#tryAtUs) {
      this.#tryAtUs = undefined
      this.#events.push({ kind: 'connect' })
    }
  }

  pollTimeout(): number | undefined {
    if (this.#over) return undefined
    if (this.#line === undefined) return Math.min(this.#deadUs, this.#tryAtUs ?? this.#deadUs)
    const silenceUs = this.#heardUs + (this.#pinged ? SILENT_US : PING_AFTER_US)
    return Math.min(silenceUs, this.#ackAtUs ?? silenceUs)
  }

  pollEvent(): SessionEvent | undefined {
    return this.#events.shift()
  }

  /** The next sealed record for a channel that has room for so many bytes. */
  pollTransmit(roomBytes: number): { readonly channel: number; readonly sealed: Uint8Array } | undefined {
    const line = this.#line
    if (line === undefined || this.#over || roomBytes < SMALL_RECORD_BYTES) return undefined
    if (line.sealed.usedUp) return undefined
    const sealed =
      this.#resetRecord === undefined ? this.#nextRecord(line, roomBytes) : this.#seal(line, this.#resetRecord)
    if (sealed === undefined) return undefined
    const { channel } = line
    if (this.#resetRecord !== undefined) this.#finishReset()
    else this.#finishIfDone()
    return { channel, sealed }
  }

  #nextRecord(line: Line, roomBytes: number): Uint8Array | undefined {
    const pong = this.#pongs.shift()
    if (pong !== undefined) return this.#seal(line, { kind: 'pong', token: pong })
    if (this.#ackDue) {
      this.#ackDue = false
      this.#ackAtUs = undefined
      return this.#seal(line, { kind: 'ack', ...this.#incoming.tell() })
    }
    if (this.#pingDue) {
      this.#pingDue = false
      return this.#seal(line, { kind: 'ping', token: new Uint8Array(8) })
    }
    const { sendable } = this.#outgoing
    if (sendable > 0) return this.#sealData(line, sendable, roomBytes)
    if (!this.#outgoing.endIsNext) return undefined
    this.#outgoing.handleEndSent()
    return this.#seal(line, { kind: 'end' })
  }

  #sealData(line: Line, sendable: number, roomBytes: number): Uint8Array | undefined {
    const most = Math.min(MAX_DATA_BYTES, roomBytes - DATA_OVERHEAD_BYTES)
    // Room comes in pieces: a small one at the end of a window is not worth a record.
    if (most < Math.min(sendable, LEAST_DATA_BYTES)) return undefined
    const bytes = Math.min(sendable, most)
    const record = this.#rooms?.take(bytes + DATA_OVERHEAD_BYTES) ?? uninitialized(bytes + DATA_OVERHEAD_BYTES)
    record[0] = DATA_KIND
    this.#outgoing.take(record.subarray(1, 1 + bytes))
    return line.sealed.seal(record)
  }

  #seal({ sealed }: Line, record: SessionRecord): Uint8Array {
    const plain = encodeRecord(record)
    const bytes = new Uint8Array(plain.length + TAG_BYTES)
    bytes.set(plain)
    return sealed.seal(bytes)
  }

  #handlePlain(nowUs: number, plain: Uint8Array): void {
    this.#heardUs = nowUs
    this.#pinged = false
    const record = decodeRecord(plain)
    const refused = typeof record === 'string' ? record : this.#handleRecord(nowUs, record)
    if (refused === undefined) this.#finishIfDone()
    else {
      this.#fault = refused
      this.reset('bad', refused)
    }
  }

  #handleRecord(nowUs: number, record: SessionRecord): Reason | undefined {
    switch (record.kind) {
      case 'data': {
        const news = this.#incoming.handleData(record.bytes)
        if (typeof news === 'string') return news
        if (news.length > 0) this.#events.push({ kind: 'data', bytes: news })
        this.#noteNews(nowUs)
        return undefined
      }
      case 'end': {
        const isNew = this.#incoming.handleEnd()
        if (typeof isNew === 'string') return isNew
        if (isNew) this.#events.push({ kind: 'end' })
        this.#noteNews(nowUs)
        return undefined
      }
      case 'ack': {
        const refused = this.#outgoing.handleAck(record.received, record.room)
        if (this.#isFull && !this.isFull) this.#events.push({ kind: 'writable' })
        return refused
      }
      case 'ping':
        if (this.#pongs.length < MAX_WAITING_PONGS) this.#pongs.push(record.token.slice())
        return undefined
      case 'pong':
        return undefined
      case 'reset':
        this.#finish('reset', record.code, record.text)
        return undefined
    }
  }

  #noteNews(nowUs: number): void {
    if (this.#incoming.isUrgent) this.#ackDue = true
    else if (this.#incoming.hasNews) this.#ackAtUs ??= nowUs + ACK_DELAY_US
  }

  /** From now on over this channel. */
  #move(nowUs: number, line: Line): void {
    if (this.#line !== undefined) this.#leave(this.#line)
    this.#line = line
    this.#heardUs = nowUs
    this.#pinged = false
    this.#tries = 0
    this.#tryAtUs = undefined
    this.#pongs = []
    // A first record, whatever there is to say: the responder is up only then.
    this.#ackDue = true
    this.#incoming.handleMoved(line.promised)
    const refused = this.#outgoing.rewind(line.peerReceived)
    if (refused !== undefined) this.#finish('bad', 'bad', refused)
  }

  #lose(nowUs: number): void {
    this.#lostUs = nowUs
    this.#tries = 0
    if (this.#resetRecord !== undefined) this.#finishReset()
    else if (this.#role === 'initiator') this.#scheduleTry(nowUs)
  }

  #scheduleTry(nowUs: number): void {
    const last = RETRY_PAUSES_US.length - 1
    this.#tryAtUs = nowUs + (RETRY_PAUSES_US[Math.min(this.#tries, last)] ?? 0)
    this.#tries++
  }

  get #deadUs(): number {
    return this.#lostUs + (this.#role === 'initiator' ? RESUME_US : KEEP_US)
  }

  #finishReset(): void {
    if (this.#fault === undefined) this.#finish()
    else this.#finish('bad', 'bad', this.#fault)
  }

  #finishIfDone(): void {
    if (this.#outgoing.done && this.#incoming.ended && !this.#incoming.hasNews) this.#finish()
  }

  #finish(reason?: LostReason, code?: ResetCode, text?: string): void {
    if (this.#over) return
    this.#over = true
    for (const line of [this.#line, this.#candidate]) if (line !== undefined) this.#leave(line)
    this.#line = undefined
    this.#candidate = undefined
    const details = { ...(code === undefined ? {} : { code }), ...(text === undefined ? {} : { text }) }
    this.#events.push(reason === undefined ? { kind: 'over' } : { kind: 'over', lost: { reason, ...details } })
  }

  #leave(line: Line): void {
    line.sealed.wipe()
    this.#events.push({ kind: 'leave', channel: line.channel })
  }
}

/** As many whole characters as fit; half a character, which no text on the wire has, is replaced. */
function shortened(text: string): string {
  let short = ''
  let bytes = 0
  for (const character of text.replace(/\p{Surrogate}/gu, '\ufffd')) {
    bytes += encodeUtf8(character).length
    if (bytes > MAX_RESET_TEXT_BYTES) break
    short += character
  }
  return short
}
