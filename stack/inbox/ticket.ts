// Tickets: an owner's word that one envelope from a contact is welcome. Each is spent once at each custodian (protocol
// §19.3). Only a custodian of that inbox has to check one, from the certificate alone.
//
//   TICKET = inbox name 32 | serial 16 | untilMs u64 | device 32 | sig 64 (type ticket, by the device)

import type { Reason } from '../bytes/index.js'
import { Reader, Writer } from '../bytes/index.js'
import { type Crypto, signTyped, verifyTyped } from '../crypto/index.js'
import { KEY_BYTES, SERIAL_BYTES, SIGNATURE_BYTES } from './limits.js'

export interface Ticket {
  readonly inbox: Uint8Array
  readonly serial: Uint8Array
  readonly untilMs: number
  /** The owner's device that signed it. */
  readonly device: Uint8Array
  readonly signature: Uint8Array
}

/** A ticket of the device with this seed. */
export function signTicket(
  crypto: Crypto,
  deviceSeed: Uint8Array,
  body: Pick<Ticket, 'inbox' | 'serial' | 'untilMs'>,
): Ticket {
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  return { ...body, device, signature: signTyped(crypto, 'ticket', deviceSeed, encodeBody({ ...body, device })) }
}

/** Whether its device signed it; whether that device speaks for the inbox is for the certificate to say. */
export function verifyTicket(crypto: Crypto, ticket: Ticket): boolean {
  return verifyTyped(crypto, 'ticket', ticket.device, encodeBody(ticket), ticket.signature)
}

export function writeTicket(writer: Writer, ticket: Ticket): void {
  writer.put(encodeBody(ticket)).put(ticket.signature)
}

export function readTicket(reader: Reader): Ticket {
  const inbox = reader.take(KEY_BYTES)
  const serial = reader.take(SERIAL_BYTES)
  const untilMs = reader.u64()
  const device = reader.take(KEY_BYTES)
  return { inbox, serial, untilMs, device, signature: reader.take(SIGNATURE_BYTES) }
}

export function encodeTicket(ticket: Ticket): Uint8Array {
  const writer = new Writer(152)
  writeTicket(writer, ticket)
  return writer.bytes()
}

export function decodeTicket(bytes: Uint8Array): Ticket | Reason {
  const reader = new Reader(bytes)
  const ticket = readTicket(reader)
  return reader.end() ?? ticket
}

function encodeBody({ inbox, serial, untilMs, device }: Omit<Ticket, 'signature'>): Uint8Array {
  return new Writer(88).put(inbox).put(serial).u64(untilMs).put(device).bytes()
}
