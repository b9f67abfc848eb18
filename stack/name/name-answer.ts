// The answer to an Interest for a name: the certificate, and the cards that the asker lacks (protocol §10.2). Each hop
// checks all of it before it stores, forwards or shows any of it.
//
//   ANSWER = LP16(CERT), then for each of its devices { LP16(CARD HEAD), LP16(card chunk) }
//
// Both are empty where there is no card or an older one than the asker's. Where the asker has this version already, the
// head comes without the chunk: its time may be newer, and that is how a card is confirmed.

import type { Reason } from '../bytes/index.js'
import { equal, Reader, Writer } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { decodeCard } from './card.js'
import { decodeCardHead, verifyCardHead } from './card-head.js'
import { type Certificate, decodeCertificate, verifyCertificate } from './certificate.js'
import { CARD_HEAD_BYTES, MAX_CERTIFICATE_BYTES, MAX_CHUNK_BYTES, MAX_NAME_ANSWER_BYTES } from './limits.js'
import { cardOf, type HeldCard, mergeNameStates, type NameHave, type NameMerge, type NameState } from './name-state.js'

const NOTHING = new Uint8Array(0)

/** The answer from a state for an asker who has `have`; at most 2,097,152 bytes. */
export function encodeNameAnswer(state: NameState, have: NameHave): Uint8Array {
  const { certificate, certificateBytes, cards } = state
  const comparable =
    have.k === certificate.k &&
    have.serial === certificate.serial &&
    have.versions.length === certificate.devices.length
  const writer = new Writer(4_096).lp16(certificateBytes)
  certificate.devices.forEach((_, index) => {
    const card = cards[index]
    const known = comparable ? (have.versions[index] ?? 0) : 0
    const wanted = card !== undefined && card.head.version >= known
    // Version 0 of the question says that there is no card, so it never stands for a chunk that the asker has.
    const whole = wanted && (known === 0 || card.head.version > known)
    writer.lp16(wanted ? card.headBytes : NOTHING).lp16(whole ? card.chunk : NOTHING)
  })
  return writer.bytes()
}

/**
 * Checks an answer for `name` and merges it with what is held. The new state shares no memory with `payload`.
 * A reason means that the sender is to blame; that it has nothing newer is no reason. A head whose chunk was left out,
 * and is not held, is skipped, and the answer confirms nothing: it was made for somebody who holds another card. An honest
 * sender makes such a one when the asker's certificate had the devices in another order.
 */
export function verifyNameAnswer(
  crypto: Crypto,
  nowMs: number,
  name: Uint8Array,
  held: NameState | undefined,
  payload: Uint8Array,
): NameMerge | Reason {
  if (payload.length > MAX_NAME_ANSWER_BYTES) return 'too-long'
  const reader = new Reader(payload)
  const certificateBytes = reader.lp16(MAX_CERTIFICATE_BYTES).slice()
  if (reader.failed !== undefined) return reader.failed
  const certificate = acceptCertificate(crypto, name, held, certificateBytes)
  if (typeof certificate === 'string') return certificate
  const pieces = certificate.devices.map((device) => ({
    device,
    headBytes: reader.lp16(CARD_HEAD_BYTES),
    chunk: reader.lp16(MAX_CHUNK_BYTES),
  }))
  const refused = reader.end()
  if (refused !== undefined) return refused
  const cards: (HeldCard | undefined)[] = []
  let lacksChunk = false
  for (const piece of pieces) {
    const card = acceptCard(crypto, nowMs, name, certificate, cardOf(held, piece.device), piece)
    if (typeof card === 'string') return card
    cards.push(card)
    lacksChunk ||= card === undefined && piece.headBytes.length > 0
  }
  const merged = mergeNameStates(crypto, held, { name: name.slice(), certificate, certificateBytes, cards })
  return { ...merged, older: merged.older || lacksChunk }
}

function acceptCertificate(
  crypto: Crypto,
  name: Uint8Array,
  held: NameState | undefined,
  bytes: Uint8Array,
): Certificate | Reason {
  // What is held was verified: the usual answer repeats it, and costs no signature check.
  if (held !== undefined && equal(held.certificateBytes, bytes)) return held.certificate
  const certificate = decodeCertificate(bytes)
  if (typeof certificate === 'string') return certificate
  return verifyCertificate(crypto, name, certificate) ?? certificate
}

function acceptCard(
  crypto: Crypto,
  nowMs: number,
  name: Uint8Array,
  certificate: Certificate,
  held: HeldCard | undefined,
  piece: { device: Uint8Array; headBytes: Uint8Array; chunk: Uint8Array },
): HeldCard | Reason | undefined {
  if (piece.headBytes.length === 0) return piece.chunk.length === 0 ? undefined : 'bad-length'
  const headBytes = piece.headBytes.slice()
  const head = decodeCardHead(headBytes)
  if (typeof head === 'string') return head
  if (!equal(head.device, piece.device)) return 'not-member'
  if (held === undefined || !equal(held.headBytes, headBytes)) {
    const refused = verifyCardHead(crypto, name, certificate, head, nowMs)
    if (refused !== undefined) return refused
  }
  const heldChunk = held !== undefined && equal(held.head.chunk, head.chunk) ? held.chunk : undefined
  if (piece.chunk.length === 0) return heldChunk === undefined ? undefined : { head, headBytes, chunk: heldChunk }
  if (!equal(crypto.hash(piece.chunk), head.chunk)) return 'bad-hash'
  if (heldChunk !== undefined) return { head, headBytes, chunk: heldChunk }
  const records = decodeCard(piece.chunk)
  if (typeof records === 'string') return records
  return { head, headBytes, chunk: piece.chunk.slice() }
}
