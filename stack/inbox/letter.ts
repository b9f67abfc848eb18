// Letters: what stands sealed in an envelope. The signature binds everything in it to the inbox and to the keys that were
// encapsulated for its devices, so that nobody can put a letter into another envelope (protocol §20.2).
//
//   LETTER = sender name 32 | LP16(CERT) | sender device 32 | timeMs u64 | id 16 | kind u8 | LP8(subject) | length u32, body
//          | a u8 × { LP8(file name) | bytes u64 | LP16(link) } | t u8 × TICKET | sig 64 (type envelope, by the device)

import type { Reason } from '../bytes/index.js'
import { decodeUtf8, encodeUtf8, Reader, Writer } from '../bytes/index.js'
import { type Crypto, signTyped, verifyTyped } from '../crypto/index.js'
import {
  type Certificate,
  compareCertificates,
  decodeCertificate,
  deviceIndex,
  MAX_CERTIFICATE_BYTES,
  verifyCertificate,
} from '../name/index.js'
import {
  KEY_BYTES,
  MAX_ATTACHMENT_LINK_BYTES,
  MAX_ATTACHMENTS,
  MAX_ENVELOPE_BYTES,
  MAX_SUBJECT_BYTES,
  MAX_TICKETS,
  SERIAL_BYTES,
  SIGNATURE_BYTES,
} from './limits.js'
import { readTicket, type Ticket, writeTicket } from './ticket.js'

/** A file that is read beside the letter. */
export interface Attachment {
  readonly name: string
  readonly bytes: number
  readonly link: string
}

/** A message is shown to a person; a grant is for the node alone. */
export type LetterKind = 'message' | 'grant'

const KINDS: readonly LetterKind[] = ['message', 'grant']

export interface LetterBody {
  readonly sender: Uint8Array
  readonly certificate: Uint8Array
  readonly device: Uint8Array
  readonly timeMs: number
  /** 16 random bytes. */
  readonly id: Uint8Array
  readonly kind: LetterKind
  readonly subject: string
  readonly body: Uint8Array
  readonly attachments: readonly Attachment[]
  /** For the recipient to write to the sender with. */
  readonly tickets: readonly Ticket[]
}

export interface Letter extends LetterBody {
  readonly signature: Uint8Array
}

/** Whom the envelope is for: what the signature binds besides the letter. */
export interface Addressed {
  readonly inbox: Uint8Array
  readonly recipients: readonly { readonly device: Uint8Array; readonly enc: Uint8Array }[]
}

export function signLetter(crypto: Crypto, deviceSeed: Uint8Array, body: LetterBody, to: Addressed): Letter {
  return { ...body, signature: signTyped(crypto, 'envelope', deviceSeed, signedBody(crypto, body, to)) }
}

/**
 * Why a letter is not from whom it says, or not to this envelope; undefined when it is. `known`: the highest certificate of
 * the sender's name that the reader has seen, which counts where it is higher than the letter's.
 */
export function verifyLetter(
  crypto: Crypto,
  letter: Letter,
  to: Addressed,
  known: Certificate | undefined,
): Reason | undefined {
  const certificate = decodeCertificate(letter.certificate)
  if (typeof certificate === 'string') return certificate
  const refused = verifyCertificate(crypto, letter.sender, certificate)
  if (refused !== undefined) return refused
  const counts = known !== undefined && compareCertificates(crypto, known, certificate) > 0 ? known : certificate
  if (deviceIndex(counts, letter.device) < 0) return 'not-member'
  const signed = signedBody(crypto, letter, to)
  return verifyTyped(crypto, 'envelope', letter.device, signed, letter.signature) ? undefined : 'bad-signature'
}

/** Throws RangeError for a field that is too long. */
export function encodeLetter(letter: Letter): Uint8Array {
  return new Writer(1_024).put(encodeLetterBody(letter)).put(letter.signature).bytes()
}

/** How many bytes of an envelope's class a letter takes. */
export function letterBytes(body: LetterBody): number {
  return encodeLetterBody(body).length + SIGNATURE_BYTES
}

export function decodeLetter(bytes: Uint8Array): Letter | Reason {
  const reader = new Reader(bytes)
  const sender = reader.take(KEY_BYTES)
  const certificate = reader.lp16(MAX_CERTIFICATE_BYTES)
  const device = reader.take(KEY_BYTES)
  const timeMs = reader.u64()
  const id = reader.take(SERIAL_BYTES)
  const kind = KINDS[reader.u8()]
  if (kind === undefined) reader.fail('bad-kind')
  const subject = text(reader, reader.lp8(MAX_SUBJECT_BYTES))
  const length = reader.u32()
  if (length > MAX_ENVELOPE_BYTES) reader.fail('too-long')
  const body = reader.take(length)
  const attachments = list(reader, MAX_ATTACHMENTS, () => ({
    name: text(reader, reader.lp8()),
    bytes: reader.u64(),
    link: text(reader, reader.lp16(MAX_ATTACHMENT_LINK_BYTES)),
  }))
  const tickets = list(reader, MAX_TICKETS, () => readTicket(reader))
  const signature = reader.take(SIGNATURE_BYTES)
  const letter = {
    sender,
    certificate,
    device,
    timeMs,
    id,
    kind: kind ?? 'message',
    subject,
    body,
    attachments,
    tickets,
  }
  return reader.end() ?? { ...letter, signature }
}

function encodeLetterBody(letter: LetterBody): Uint8Array {
  const writer = new Writer(1_024).put(letter.sender).lp16(letter.certificate).put(letter.device).u64(letter.timeMs)
  writer.put(letter.id).u8(KINDS.indexOf(letter.kind)).lp8(encodeUtf8(letter.subject), MAX_SUBJECT_BYTES)
  writer.u32(letter.body.length).put(letter.body)
  if (letter.attachments.length > MAX_ATTACHMENTS) throw new RangeError(`${letter.attachments.length} attachments`)
  writer.u8(letter.attachments.length)
  for (const { name, bytes, link } of letter.attachments) {
    writer.lp8(encodeUtf8(name)).u64(bytes).lp16(encodeUtf8(link), MAX_ATTACHMENT_LINK_BYTES)
  }
  if (letter.tickets.length > MAX_TICKETS) throw new RangeError(`${letter.tickets.length} tickets`)
  writer.u8(letter.tickets.length)
  for (const ticket of letter.tickets) writeTicket(writer, ticket)
  return writer.bytes()
}

/** inbox name | m u8 × { device | enc } | H(all of the letter before the signature). */
function signedBody(crypto: Crypto, letter: LetterBody, { inbox, recipients }: Addressed): Uint8Array {
  const writer = new Writer(256).put(inbox).u8(recipients.length)
  for (const { device, enc } of recipients) writer.put(device).put(enc)
  return writer.put(crypto.hash(encodeLetterBody(letter))).bytes()
}

function text(reader: Reader, bytes: Uint8Array): string {
  const decoded = decodeUtf8(bytes)
  if (decoded === undefined) reader.fail('bad-text')
  return decoded ?? ''
}

function list<T>(reader: Reader, max: number, read: () => T): T[] {
  const count = reader.u8()
  if (count > max) reader.fail('bad-count')
  const items: T[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) items.push(read())
  return items
}
