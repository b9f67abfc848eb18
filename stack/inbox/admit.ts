// Who is let in: what refuses an envelope before anything is looked at that costs more, and who may register an inbox.

import { equal, toHex } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import {
  type Certificate,
  compareCertificates,
  decodeCertificate,
  deviceIndex,
  nameOf,
  verifyCertificate,
} from '../name/index.js'
import type { Box } from './box.js'
import type { EntryAdmission } from './entry.js'
import type { Envelope } from './envelope.js'
import { CLOCK_MS, TICKET_LIFE_MS } from './limits.js'
import type { Admission, Refusal } from './message.js'
import { dayOf, puzzleBits } from './puzzle.js'

/** What a table or a number refuses. A ticket may end, and the clocks of owner and custodian differ, by a day. */
export function cheaplyRefused(
  nowMs: number,
  box: Box,
  { inbox }: Envelope,
  admission: Admission,
): Refusal | undefined {
  if (admission.kind === 'puzzle') {
    const today = dayOf(nowMs)
    return admission.day === today || admission.day === today - 1 ? undefined : 'Day'
  }
  const { ticket } = admission
  const { untilMs } = ticket
  if (!equal(ticket.inbox, inbox) || deviceIndex(box.certificate, ticket.device) < 0) return 'BadTicket'
  if (nowMs >= untilMs + CLOCK_MS || untilMs > nowMs + TICKET_LIFE_MS + CLOCK_MS) return 'BadTicket'
  const serial = toHex(ticket.serial)
  return box.spent.has(serial) || box.revoked.has(serial) ? 'Spent' : undefined
}

/** What is written down of an admission; a puzzle costs one hash, and the ticket's signature is left for last. */
export function admitted(
  crypto: Crypto,
  box: Box,
  { inbox, sizeClass }: Envelope,
  envelope: Uint8Array,
  bytes: number,
  admission: Admission,
): EntryAdmission | Refusal {
  if (admission.kind === 'ticket') {
    const { serial, untilMs } = admission.ticket
    return { kind: 'ticket', serial: serial.slice(), untilMs }
  }
  const { day, nonce } = admission
  const bits = puzzleBits(crypto, { inbox, day, sizeClass, envelope }, nonce)
  if (bits < box.bitsFor(sizeClass, bytes)) return 'Easy'
  return { kind: 'puzzle', strength: Math.min(255, bits - sizeClass), day }
}

/** A name that a device speaks for, by the higher of the certificate that it brings and the one that is known here. */
export interface Claim {
  readonly name: Uint8Array
  readonly certificate: Certificate
  readonly certificateBytes: Uint8Array
  readonly known: Box | undefined
}

/** Undefined when the device does not speak for the name of this certificate. */
export function claimOf(
  crypto: Crypto,
  device: Uint8Array,
  bytes: Uint8Array,
  boxOf: (name: Uint8Array) => Box | undefined,
): Claim | undefined {
  const certificateBytes = bytes.slice()
  const certificate = decodeCertificate(certificateBytes)
  if (typeof certificate === 'string' || deviceIndex(certificate, device) < 0) return undefined
  const name = nameOf(crypto, certificate.ladder)
  if (verifyCertificate(crypto, name, certificate) !== undefined) return undefined
  const known = boxOf(name)
  if (known === undefined || compareCertificates(crypto, certificate, known.certificate) >= 0) {
    return { name, certificate, certificateBytes, known }
  }
  if (deviceIndex(known.certificate, device) < 0) return undefined
  return { name, certificate: known.certificate, certificateBytes: known.certificateBytes, known }
}
