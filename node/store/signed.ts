// By what the store files and orders signed things: heads (docs/protocol.md §7), certificates (§4.2) and card heads (§4.3).
// Whoever puts them here has verified them; here only their layout is read, and nothing throws.

import { compare } from '../../stack/bytes/index.js'
import { type Crypto, SIGNATURE_BYTES } from '../../stack/crypto/index.js'
import { decodeHead, type Head } from '../../stack/data/index.js'
import {
  type CardHead,
  cardConflict,
  compareCardHeads,
  decodeCardHead,
  decodeCertificate,
  nameOf,
} from '../../stack/name/index.js'

/** The fields of a head as views into it; undefined unless it has the layout of one. */
export function headFields(headBytes: Uint8Array): Head | undefined {
  const head = decodeHead(headBytes)
  return typeof head === 'string' ? undefined : head
}

export interface CertificateFields {
  readonly name: Uint8Array
  readonly rung: number
  readonly serial: number
  /** Hash of all but the signature: the smaller one counts between equals. */
  readonly tie: Uint8Array
}

export function certificateFields(crypto: Crypto, certificateBytes: Uint8Array): CertificateFields | undefined {
  const certificate = decodeCertificate(certificateBytes)
  if (typeof certificate === 'string') return undefined
  const tie = crypto.hash(certificateBytes.subarray(0, certificateBytes.length - SIGNATURE_BYTES))
  return { name: nameOf(crypto, certificate.ladder), rung: certificate.k, serial: certificate.serial, tie }
}

/** By (rung, serial), then the smaller hash: positive when `a` supersedes `b`, 0 for the same certificate. */
export function compareCertificateFields(a: CertificateFields, b: CertificateFields): number {
  return a.rung - b.rung || a.serial - b.serial || compare(b.tie, a.tie)
}

export function cardFields(headBytes: Uint8Array): CardHead | undefined {
  const head = decodeCardHead(headBytes)
  return typeof head === 'string' ? undefined : head
}

/** By (version, time): positive when `a` supersedes `b`. Of two chunks at one version the one held first stays. */
export function compareCardFields(a: CardHead, b: CardHead): number {
  return cardConflict(a, b) ? -1 : compareCardHeads(a, b)
}
