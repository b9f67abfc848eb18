// The questions that come as packets: read, counted, bounded, asked on behalf of their programs, and answered by one packet
// each. Nothing is sent but to who asked, and nothing that is not an answer (docs/protocol.md §22).

import { equal, type Reason, toHex } from '../../bytes/index.js'
import type { Crypto } from '../../crypto/index.js'
import { addressPrefix } from '../../name/index.js'
import type { Answer, Source as AnswerSource } from '../events.js'
import { encodeHeld, showsConflict } from '../held.js'
import { BUSY_RETRY_MS, MAX_ANSWER_BYTES_OF, QUOTA_RETRY_MS } from '../limits.js'
import type { LocalInterest } from '../local.js'
import {
  DataFlag,
  decodeStreamPacket,
  type Interest,
  InterestFlag,
  type NackReason,
  packetHead,
} from '../wire/index.js'
import {
  MAX_OWN_PACKET_BYTES,
  MAX_PACKET_BYTES,
  MAX_QUESTIONS,
  MAX_QUESTIONS_OF_SOURCE,
  SOURCE_ALLOWANCE_BYTES,
} from './limits.js'
import { type Source, Sources } from './sources.js'

/** What stands behind an IPv6 header, with its addresses of 16 bytes; its checksum is right. */
export interface StreamPacket {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly bytes: Uint8Array
}

/** A question that is to be asked: then handleAnswer or handleNack, once. */
export interface AskedByPacket {
  readonly question: PacketQuestion
  readonly interest: LocalInterest
}

/** A packet that is to be sent: `head`, its checksum still 0, and then `payload`, which may be lent. */
export interface PacketAnswer {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly head: Uint8Array
  readonly payload: Uint8Array
}

export type PacketStep = ({ readonly kind: 'ask' } & AskedByPacket) | ({ readonly kind: 'send' } & PacketAnswer)

/** A question that is open, for who asked it. */
export interface PacketQuestion {
  readonly packet: StreamPacket
  readonly interest: Interest
  readonly key: string
  readonly source: Source
  readonly answerBytes: number
}

export interface PacketQuestionsOptions {
  readonly crypto: Crypto
  /** The address of this device, 16 bytes. */
  readonly address: Uint8Array
  /** Whether the device of this address may ask: what was sent there has opened the way back, also for its questions. */
  readonly admits: (address: Uint8Array) => boolean
}

/** Why a packet or a question was dropped. */
type Drop = Reason | Misplaced | 'rate' | 'answer'
type Misplaced = 'source' | 'destination' | 'denied'

const nothing = new Uint8Array(0)
const prefixBytes = 4

export class PacketQuestions {
  readonly #crypto: Crypto
  readonly #address: Uint8Array
  readonly #admits: PacketQuestionsOptions['admits']
  readonly #devices = addressPrefix('device').subarray(0, prefixBytes)
  readonly #streams = addressPrefix('stream').subarray(0, prefixBytes)
  readonly #sources = new Sources()
  readonly #open = new Set<string>()
  readonly #counters = new Map<string, number>()

  constructor({ crypto, address, admits }: PacketQuestionsOptions) {
    this.#crypto = crypto
    this.#address = address
    this.#admits = admits
  }

  /** `asked`, `answered`, `refused`, and `dropped REASON`. */
  get counters(): ReadonlyMap<string, number> {
    return this.#counters
  }

  /** Takes in a packet; what is kept of it is copied. */
  handlePacket(nowUs: number, packet: StreamPacket): PacketStep[] {
    const misplaced = this.#misplaced(packet)
    if (misplaced !== undefined) return this.#drop(misplaced)
    const source = this.#sources.take(nowUs, packet.from)
    if (source === undefined) return this.#drop('rate')
    // What is open keeps its packet, and shall not keep all those that came with it.
    const kept = { from: packet.from.slice(), to: packet.to.slice(), bytes: packet.bytes.slice() }
    const frames = decodeStreamPacket(kept.bytes)
    if (typeof frames === 'string') return this.#drop(frames)
    // A packet of many questions costs as much as many packets.
    source.credit -= frames.length - 1
    return frames.flatMap((frame) => {
      if (frame.type !== 'interest') return this.#drop('answer')
      if ((frame.flags & InterestFlag.live) !== 0) return this.#drop('bad-flags')
      return this.#ask(kept, source, frame.interest, (frame.flags & InterestFlag.staleOk) !== 0)
    })
  }

  /** The packet that answers a question; its payload is a view of the answer's bytes. */
  handleAnswer(question: PacketQuestion, answer: Answer, came: AnswerSource): PacketAnswer {
    const { interest, packet } = question
    const { question: asked } = interest
    if (answer.kind !== asked.kind) return this.#refuse(question, 'NoRoute', 0)
    const whole = answer.kind === 'chunk' ? answer.bytes : this.#encode(answer, asked)
    const { from: offset = 0, bytes: wanted = 0 } = asked.kind === 'chunk' ? (asked.part ?? {}) : {}
    if (offset >= whole.length) return this.#refuse(question, 'Bad', 0)
    const payload = whole.subarray(offset, wanted === 0 ? whole.length : Math.min(offset + wanted, whole.length))
    const { cached, stale, ageS, hops } = came
    const flags =
      (cached ? DataFlag.cached : 0) |
      (stale ? DataFlag.stale : 0) |
      (answer.kind !== 'chunk' && showsConflict(answer) ? DataFlag.conflict : 0)
    const data = {
      ...{ token: interest.token, offset, total: whole.length, payload, ageS },
      ...{ bytesAllowed: SOURCE_ALLOWANCE_BYTES, hops: Math.min(hops + 1, 255) },
    }
    const head = payload.length > question.answerBytes ? undefined : this.#fit(packet, { type: 'data', flags, data })
    if (head === undefined) return this.#refuse(question, 'TooBig', 0)
    this.#end(question, 'answered')
    return { from: packet.to, to: packet.from, head, payload }
  }

  /** The packet that says that a question has no answer. */
  handleNack(question: PacketQuestion, reason: NackReason, retryMs: number): PacketAnswer {
    return this.#refuse(question, reason, retryMs)
  }

  #misplaced({ from, to }: StreamPacket): Misplaced | undefined {
    const isOwn = this.#isOwn(from)
    if (!isOwn && !equal(from.subarray(0, prefixBytes), this.#devices)) return 'source'
    // What is in the streams' prefix is this machine: nobody else's questions come there.
    const isHere = equal(to, this.#address) || (isOwn && equal(to.subarray(0, prefixBytes), this.#streams))
    if (!isHere) return 'destination'
    return isOwn || this.#admits(from) ? undefined : 'denied'
  }

  /** Whether it is an address of this machine's own, in one of the two prefixes. */
  #isOwn(address: Uint8Array): boolean {
    return equal(address, this.#address) || equal(address.subarray(0, prefixBytes), this.#streams)
  }

  #ask(packet: StreamPacket, source: Source, interest: Interest, staleOk: boolean): PacketStep[] {
    const { token, question: asked, key, lifetimeMs, hops } = interest
    const place = `${toHex(packet.from)} ${toHex(packet.to)} ${token}`
    if (this.#open.has(place)) return this.#drop('bad-token')
    const answerBytes = Math.min(interest.answerBytes, MAX_ANSWER_BYTES_OF[asked.kind])
    const question: PacketQuestion = { packet, interest, key: place, source, answerBytes }
    if (source.open >= MAX_QUESTIONS_OF_SOURCE || this.#open.size >= MAX_QUESTIONS) {
      return [{ kind: 'send', ...this.#nack(question, 'Quota', QUOTA_RETRY_MS) }]
    }
    if (source.open > 0 && source.openBytes + answerBytes > SOURCE_ALLOWANCE_BYTES) {
      return [{ kind: 'send', ...this.#nack(question, 'Busy', BUSY_RETRY_MS) }]
    }
    this.#open.add(place)
    source.open++
    source.openBytes += answerBytes
    this.#count('asked')
    const common = { key, lifetimeMs, hops }
    const { kind } = asked
    if (kind === 'chunk') return [{ kind: 'ask', question, interest: { ...common, kind, via: asked.via } }]
    const state = { ...common, answerBytes, staleOk, maxAgeS: asked.maxAgeS }
    return [
      asked.kind === 'head'
        ? { kind: 'ask', question, interest: { ...state, kind: asked.kind, have: asked.have } }
        : { kind: 'ask', question, interest: { ...state, kind: asked.kind, have: asked.have } },
    ]
  }

  #encode(answer: Exclude<Answer, { kind: 'chunk' }>, asked: Interest['question']): Uint8Array {
    return asked.kind === 'chunk' ? nothing : encodeHeld(this.#crypto, answer, asked)
  }

  /** The beginning of an answer, where it fits one packet to who asked. */
  #fit(packet: StreamPacket, frame: Parameters<typeof packetHead>[0] & { type: 'data' }): Uint8Array | undefined {
    const { length } = frame.data.payload
    const room = this.#isOwn(packet.from) ? MAX_OWN_PACKET_BYTES : MAX_PACKET_BYTES
    if (length > room) return undefined
    const head = packetHead(frame, length)
    return head.length + length > room ? undefined : head
  }

  #refuse(question: PacketQuestion, reason: NackReason, retryMs: number): PacketAnswer {
    this.#end(question, undefined)
    return this.#nack(question, reason, retryMs)
  }

  #nack({ packet, interest: { token } }: PacketQuestion, reason: NackReason, retryMs: number): PacketAnswer {
    this.#count('refused')
    const nack = { token, reason, retryMs, bytesAllowed: SOURCE_ALLOWANCE_BYTES }
    return { from: packet.to, to: packet.from, head: packetHead({ type: 'nack', flags: 0, nack }, 0), payload: nothing }
  }

  #end({ key, source, answerBytes }: PacketQuestion, what: 'answered' | undefined): void {
    if (!this.#open.delete(key)) return
    source.open--
    source.openBytes -= answerBytes
    if (what !== undefined) this.#count(what)
  }

  #drop(reason: Drop): PacketStep[] {
    this.#count(`dropped ${reason}`)
    return []
  }

  #count(what: string): void {
    this.#counters.set(what, (this.#counters.get(what) ?? 0) + 1)
  }
}
