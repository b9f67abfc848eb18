// The payloads of the two messages of a session's handshake, docs/protocol.md §10.12.
//
//   message 1  timeMs u64 | version u8 = 1 | flags u8 | initiator device 32 | session id 16 | received u64 | LP8(service) | LP16(CERT)
//   message 2  status u8 | received u64 | LP16(CERT)

import { decodeUtf8, encodeUtf8, Reader, type Reason, Writer } from '../../bytes/index.js'
import { MAX_MESSAGE_BYTES, MAX_SERVICE_BYTES, SESSION_ID_BYTES } from '../limits.js'

const VERSION = 1
const RESUME = 0x01

/** What the initiator says. */
export interface CallHello {
  /** Its clock, for people. */
  readonly timeMs: number
  /** Whether it is to go on with a session that the responder knows. */
  readonly resume: boolean
  readonly device: Uint8Array
  readonly id: Uint8Array
  /** Positions of the other direction that it has. */
  readonly received: number
  readonly service: string
  /** Says whose device it is; empty: it does not say. Not looked into here. */
  readonly certificate: Uint8Array
}

/** What the responder says to it. */
export type CallStatus = 'accepted' | 'NoService' | 'NotAllowed' | 'Busy' | 'NoSession'

export interface AnswerHello {
  readonly status: CallStatus
  readonly received: number
  readonly certificate: Uint8Array
}

const STATUSES: readonly CallStatus[] = ['accepted', 'NoService', 'NotAllowed', 'Busy', 'NoSession']

/** Whether a text is a service's name: 1 to 63 of a-z 0-9 - and dots. */
export function isService(text: string): boolean {
  return /^[a-z0-9.-]+$/.test(text) && text.length <= MAX_SERVICE_BYTES
}

/** Throws RangeError for a field that does not fit. */
export function encodeCallHello(hello: CallHello): Uint8Array {
  if (!isService(hello.service)) throw new RangeError(`${hello.service} is no service`)
  const writer = new Writer(128 + hello.certificate.length)
    .u64(hello.timeMs)
    .u8(VERSION)
    .u8(hello.resume ? RESUME : 0)
  writer.put(hello.device).put(hello.id).u64(hello.received).lp8(encodeUtf8(hello.service)).lp16(hello.certificate)
  return writer.bytes()
}

/** All of `bytes`; its arrays are views. */
export function decodeCallHello(bytes: Uint8Array): CallHello | Reason {
  const reader = new Reader(bytes)
  const timeMs = reader.u64()
  if (reader.u8() !== VERSION) reader.fail('bad-version')
  const resume = (reader.u8() & RESUME) !== 0
  const device = reader.take(32)
  const id = reader.take(SESSION_ID_BYTES)
  const received = reader.u64()
  const service = decodeUtf8(reader.lp8(MAX_SERVICE_BYTES)) ?? ''
  const certificate = reader.lp16(MAX_MESSAGE_BYTES)
  if (reader.failed === undefined && !isService(service)) reader.fail('bad-text')
  return reader.end() ?? { timeMs, resume, device, id, received, service, certificate }
}

/** Throws RangeError for a field that does not fit. */
export function encodeAnswerHello({ status, received, certificate }: AnswerHello): Uint8Array {
  const writer = new Writer(16 + certificate.length).u8(STATUSES.indexOf(status)).u64(received)
  return writer.lp16(certificate).bytes()
}

/** All of `bytes`; the certificate is a view. */
export function decodeAnswerHello(bytes: Uint8Array): AnswerHello | Reason {
  const reader = new Reader(bytes)
  const status = STATUSES[reader.u8()]
  const received = reader.u64()
  const certificate = reader.lp16(MAX_MESSAGE_BYTES)
  const failed = reader.end()
  if (failed !== undefined) return failed
  return status === undefined ? 'bad-range' : { status, received, certificate }
}
