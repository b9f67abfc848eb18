// What is said in a conversation of the service runnel.inbox, each message behind its length u32 (protocol §20.4).
//
//   MESSAGE = type u8 | request u32 | body          an answer has the request of its question; ARRIVED has 0

import type { Reason } from '../bytes/index.js'
import { Reader, Writer } from '../bytes/index.js'
import { MAX_CERTIFICATE_BYTES } from '../name/index.js'
import { CLASSES, KEY_BYTES, MAX_ENVELOPE_BYTES, MAX_LISTED, MAX_WITNESSES, SERIAL_BYTES } from './limits.js'
import { type InboxReceipt, readReceipt, writeReceipt } from './receipt.js'
import { readTicket, type Ticket, writeTicket } from './ticket.js'

/** What lets an envelope in. */
export type Admission =
  | { readonly kind: 'ticket'; readonly ticket: Ticket }
  | { readonly kind: 'puzzle'; readonly day: number; readonly nonce: number }

/** Why a custodian does not do what it was asked. */
export const refusals = [
  'Unspecified',
  'Policy', // its operator keeps no inbox for this name
  'NoInbox', // nobody has registered this inbox here
  'BadEnvelope', // does not decode, or is for none of the owner's devices
  'Day', // the puzzle is of another day than today and yesterday
  'Easy', // the puzzle has too few zero bits
  'Spent', // the ticket was used, or revoked
  'BadTicket', // of another inbox or device, too old, or not signed
  'Full', // no room
  'NotOwner', // not a device of that name
  'Busy', // too much at once; later
  'Failed', // it could not be stored
] as const

export type Refusal = (typeof refusals)[number]

/** One envelope in a list, without its bytes. */
export interface Listed {
  readonly id: Uint8Array
  readonly bytes: number
  /** Zero bits of its puzzle less its class, undefined for a contact's. */
  readonly strength: number | undefined
  /** Of the ticket; undefined for a stranger's. */
  readonly serial: Uint8Array | undefined
}

/** What a custodian says of an inbox; bits of the puzzle for each class, 255 where there is no room. */
export interface Welcome {
  readonly day: number
  readonly bits: readonly number[]
}

export type InboxMessage =
  | { readonly type: 'hello'; readonly inbox: Uint8Array }
  | ({ readonly type: 'welcome' } & Welcome)
  | { readonly type: 'deliver'; readonly admission: Admission; readonly envelope: Uint8Array }
  | { readonly type: 'receipt'; readonly receipt: InboxReceipt }
  | { readonly type: 'refused'; readonly reason: Refusal; readonly bits: number; readonly retryS: number }
  | {
      readonly type: 'register'
      readonly untilMs: number
      readonly quotaBytes: number
      readonly certificate: Uint8Array
    }
  | { readonly type: 'registered'; readonly untilMs: number; readonly quotaBytes: number }
  | { readonly type: 'list'; readonly contacts: number; readonly strangers: number }
  | {
      readonly type: 'listed'
      /** Contacts' envelopes that wait besides these. */
      readonly more: number
      /** Strangers' envelopes that had to go for harder ones, since the registration. */
      readonly displaced: number
      readonly envelopes: readonly Listed[]
    }
  | { readonly type: 'fetch'; readonly id: Uint8Array }
  /** Empty when it is not there any more. */
  | { readonly type: 'fetched'; readonly envelope: Uint8Array; readonly witnesses: readonly InboxReceipt[] }
  | { readonly type: 'acknowledge'; readonly ids: readonly Uint8Array[] }
  | { readonly type: 'done' }
  | { readonly type: 'revoke'; readonly untilMs: number; readonly serials: readonly Uint8Array[] }
  /** Another custodian's receipt for an envelope that is here. */
  | { readonly type: 'witness'; readonly receipt: InboxReceipt }
  /** Something has come for the inbox whose owner is at the other end. */
  | { readonly type: 'arrived' }

export type InboxMessageType = InboxMessage['type']

const TYPES: Readonly<Record<InboxMessageType, number>> = {
  hello: 1,
  welcome: 2,
  deliver: 3,
  receipt: 4,
  refused: 5,
  register: 6,
  registered: 7,
  list: 8,
  listed: 9,
  fetch: 10,
  fetched: 11,
  acknowledge: 12,
  done: 13,
  revoke: 14,
  witness: 15,
  arrived: 16,
}
const NAMES = Object.fromEntries(Object.entries(TYPES).map(([name, type]) => [type, name])) as Readonly<
  Record<number, InboxMessageType | undefined>
>

/** Throws RangeError for what is longer than a message may be. */
export function encodeInboxMessage(request: number, message: InboxMessage): Uint8Array {
  const writer = new Writer(256).u8(TYPES[message.type]).u32(request)
  writeBody(writer, message)
  return writer.bytes()
}

/** Reads a message: all of `bytes`; byte strings are views. */
export function decodeInboxMessage(
  bytes: Uint8Array,
): { readonly request: number; readonly message: InboxMessage } | Reason {
  const reader = new Reader(bytes)
  const type = NAMES[reader.u8()]
  const request = reader.u32()
  if (type === undefined) return reader.failed ?? 'bad-type'
  const message = readBody(reader, type)
  return reader.end() ?? { request, message }
}

function writeBody(writer: Writer, message: InboxMessage): void {
  switch (message.type) {
    case 'hello':
      writer.put(message.inbox)
      break
    case 'welcome':
      writer.u32(message.day)
      for (let sizeClass = 0; sizeClass < CLASSES; sizeClass++) writer.u8(message.bits[sizeClass] ?? 255)
      break
    case 'deliver':
      writeAdmission(writer, message.admission)
      writer.lp16(message.envelope, MAX_ENVELOPE_BYTES)
      break
    case 'receipt':
    case 'witness':
      writeReceipt(writer, message.receipt)
      break
    case 'refused':
      writer.u8(refusals.indexOf(message.reason)).u8(message.bits).u32(message.retryS)
      break
    case 'register':
      writer.u64(message.untilMs).u64(message.quotaBytes).lp16(message.certificate, MAX_CERTIFICATE_BYTES)
      break
    case 'registered':
      writer.u64(message.untilMs).u64(message.quotaBytes)
      break
    case 'list':
      writer.u16(message.contacts).u16(message.strangers)
      break
    case 'listed':
      writer.u32(message.more).u32(message.displaced)
      writeList(writer, message.envelopes, (listed) => writeListed(writer, listed))
      break
    case 'fetch':
      writer.put(message.id)
      break
    case 'fetched':
      writer.lp16(message.envelope, MAX_ENVELOPE_BYTES).u8(message.witnesses.length)
      for (const receipt of message.witnesses) writeReceipt(writer, receipt)
      break
    case 'acknowledge':
      writeList(writer, message.ids, (id) => writer.put(id))
      break
    case 'revoke':
      writer.u64(message.untilMs)
      writeList(writer, message.serials, (serial) => writer.put(serial))
      break
    case 'done':
    case 'arrived':
  }
}

function readBody(reader: Reader, type: InboxMessageType): InboxMessage {
  switch (type) {
    case 'hello':
      return { type, inbox: reader.take(KEY_BYTES) }
    case 'welcome':
      return { type, day: reader.u32(), bits: Array.from({ length: CLASSES }, () => reader.u8()) }
    case 'deliver':
      return { type, admission: readAdmission(reader), envelope: reader.lp16(MAX_ENVELOPE_BYTES) }
    case 'receipt':
    case 'witness':
      return { type, receipt: readReceipt(reader) }
    case 'refused':
      return { type, reason: refusals[reader.u8()] ?? 'Unspecified', bits: reader.u8(), retryS: reader.u32() }
    case 'register':
      return {
        type,
        untilMs: reader.u64(),
        quotaBytes: reader.u64(),
        certificate: reader.lp16(MAX_CERTIFICATE_BYTES),
      }
    case 'registered':
      return { type, untilMs: reader.u64(), quotaBytes: reader.u64() }
    case 'list':
      return { type, contacts: reader.u16(), strangers: reader.u16() }
    case 'listed':
      return {
        type,
        more: reader.u32(),
        displaced: reader.u32(),
        envelopes: readList(reader, () => readListed(reader)),
      }
    case 'fetch':
      return { type, id: reader.take(KEY_BYTES) }
    case 'fetched': {
      const envelope = reader.lp16(MAX_ENVELOPE_BYTES)
      const count = reader.u8()
      if (count > MAX_WITNESSES) reader.fail('bad-count')
      const witnesses: InboxReceipt[] = []
      while (witnesses.length < count && reader.failed === undefined) witnesses.push(readReceipt(reader))
      return { type, envelope, witnesses }
    }
    case 'acknowledge':
      return { type, ids: readList(reader, () => reader.take(KEY_BYTES)) }
    case 'revoke':
      return { type, untilMs: reader.u64(), serials: readList(reader, () => reader.take(SERIAL_BYTES)) }
    case 'done':
    case 'arrived':
      return { type }
  }
}

/** kind u8: 0 TICKET, 1 day u32 | nonce u64 */
function writeAdmission(writer: Writer, admission: Admission): void {
  if (admission.kind === 'ticket') writeTicket(writer.u8(0), admission.ticket)
  else writer.u8(1).u32(admission.day).u64(admission.nonce)
}

function readAdmission(reader: Reader): Admission {
  const kind = reader.u8()
  if (kind > 1) reader.fail('bad-kind')
  if (kind === 0) return { kind: 'ticket', ticket: readTicket(reader) }
  return { kind: 'puzzle', day: reader.u32(), nonce: reader.u64() }
}

/** id 32 | bytes u32 | kind u8: 0 serial 16, 1 strength u8 */
function writeListed(writer: Writer, { id, bytes, strength, serial }: Listed): void {
  writer.put(id).u32(bytes)
  if (serial !== undefined) writer.u8(0).put(serial)
  else writer.u8(1).u8(strength ?? 0)
}

function readListed(reader: Reader): Listed {
  const id = reader.take(KEY_BYTES)
  const bytes = reader.u32()
  const kind = reader.u8()
  if (kind > 1) reader.fail('bad-kind')
  const serial = kind === 0 ? reader.take(SERIAL_BYTES) : undefined
  return { id, bytes, serial, strength: kind === 1 ? reader.u8() : undefined }
}

function writeList<T>(writer: Writer, items: readonly T[], write: (item: T) => void): void {
  if (items.length > MAX_LISTED) throw new RangeError(`${items.length} in a list of at most ${MAX_LISTED}`)
  writer.u16(items.length)
  for (const item of items) write(item)
}

function readList<T>(reader: Reader, read: () => T): T[] {
  const count = reader.u16()
  if (count > MAX_LISTED) reader.fail('bad-count')
  const items: T[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) items.push(read())
  return items
}
