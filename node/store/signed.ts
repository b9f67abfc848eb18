// The few fields by which the store files and orders signed things: heads (docs/protocol.md §7), certificates (§4.2) and
// card heads (§4.3). Whoever puts them here has verified them; here only their layout is followed, and nothing throws.

import { compare, Reader } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'

export const HEAD_BYTES = 207
export const CARD_HEAD_BYTES = 181

/** 16 rungs, 32 devices. */
export const CERTIFICATE_BYTES_MAX = 1_682

const SIGNATURE_BYTES = 64

/** What the store needs of Crypto (stack/crypto). */
export type Hashing = Pick<Crypto, 'hash' | 'hashParts' | 'deriveKey'>

export interface HeadFields {
  readonly log: Uint8Array
  readonly length: number
  readonly timeMs: number
  readonly openPage: Uint8Array
  readonly openBytes: number
}

/** Views into a head; undefined unless it has the layout of one. */
export function headFields(headBytes: Uint8Array): HeadFields | undefined {
  const reader = new Reader(headBytes)
  if (reader.u8() !== 1) return undefined
  const log = reader.take(32)
  const length = reader.u64()
  reader.take(8 + 8 + 8 + 32)
  const openPage = reader.take(32)
  const openBytes = reader.u16()
  const timeMs = reader.u64()
  reader.take(4 + SIGNATURE_BYTES)
  return reader.end() === undefined ? { log, length, timeMs, openPage, openBytes } : undefined
}

/** By (length, time): positive when `a` supersedes `b`. */
export function compareHeadFields(a: HeadFields, b: HeadFields): number {
  return a.length - b.length || a.timeMs - b.timeMs
}

export interface CertificateFields {
  readonly name: Uint8Array
  readonly rung: number
  readonly serial: number
  /** Of all but the signature: the smaller one counts between equals. */
  readonly tie: Uint8Array
}

export function certificateFields(hashing: Hashing, certificateBytes: Uint8Array): CertificateFields | undefined {
  const reader = new Reader(certificateBytes)
  const ladder = reader.lp16()
  const rung = reader.u8()
  const serial = reader.u32()
  reader.take(32 + 8)
  reader.take(32 * reader.u8())
  reader.take(32 + SIGNATURE_BYTES)
  if (reader.end() !== undefined) return undefined
  const tie = hashing.hash(certificateBytes.subarray(0, certificateBytes.length - SIGNATURE_BYTES))
  return { name: hashing.deriveKey('runnel v1 name', ladder), rung, serial, tie }
}

/** By (rung, serial), then the smaller hash: positive when `a` supersedes `b`, 0 for the same certificate. */
export function compareCertificateFields(a: CertificateFields, b: CertificateFields): number {
  return a.rung - b.rung || a.serial - b.serial || compare(b.tie, a.tie)
}

export interface CardFields {
  readonly name: Uint8Array
  readonly device: Uint8Array
  readonly version: number
  readonly chunk: Uint8Array
  readonly timeMs: number
}

export function cardFields(headBytes: Uint8Array): CardFields | undefined {
  const reader = new Reader(headBytes)
  if (reader.u8() !== 2) return undefined
  const name = reader.take(32)
  const device = reader.take(32)
  const version = reader.u64()
  const chunk = reader.take(32)
  const timeMs = reader.u64()
  reader.take(4 + SIGNATURE_BYTES)
  return reader.end() === undefined ? { name, device, version, chunk, timeMs } : undefined
}

/** By (version, time): positive when `a` supersedes `b`. Of two chunks at one version the one held first stays. */
export function compareCardFields(a: CardFields, b: CardFields): number {
  if (a.version === b.version && compare(a.chunk, b.chunk) !== 0) return -1
  return a.version - b.version || a.timeMs - b.timeMs
}
