// What a custodian writes down of an envelope besides its bytes, and of an inbox: values of its store, read again at its
// next start (protocol §11). Entries stand together in shelves, because each value of the store costs memory.
//
//   BOX   = version u8 = 1 | untilMs u64 | quota u64 | displaced u32 | LP16(CERT) | n u16 × { serial 16 | untilMs u64 }
//   SHELF = version u8 = 1 | n u8 (≤ 64) × ENTRY
//   ENTRY = id 32 | bytes u32 | atMs u64 | gone u8 | m u8 × { device 32 | acknowledged u8 }
//         | kind u8: 0 serial 16, untilMs u64; 1 strength u8, day u32 | r u8 × RECEIPT

import type { Reason } from '../bytes/index.js'
import { Reader, Writer } from '../bytes/index.js'
import { MAX_CERTIFICATE_BYTES } from '../name/index.js'
import { KEY_BYTES, MAX_RECIPIENTS, MAX_REVOKED, MAX_WITNESSES, SERIAL_BYTES, SHELF_ENTRIES } from './limits.js'
import { type InboxReceipt, RECEIPT_BYTES, readReceipt, writeReceipt } from './receipt.js'

/** How an envelope was let in. */
export type EntryAdmission =
  | { readonly kind: 'ticket'; readonly serial: Uint8Array; readonly untilMs: number }
  | { readonly kind: 'puzzle'; readonly strength: number; readonly day: number }

export interface EntryRecord {
  readonly id: Uint8Array
  readonly bytes: number
  readonly atMs: number
  /** Collected by all, or displaced: only remembered, so that what let it in is not used again. */
  gone: boolean
  readonly devices: { readonly device: Uint8Array; acknowledged: boolean }[]
  readonly admission: EntryAdmission
  readonly witnesses: InboxReceipt[]
}

export interface BoxRecord {
  readonly untilMs: number
  readonly quotaBytes: number
  readonly displaced: number
  readonly certificate: Uint8Array
  readonly revoked: readonly { readonly serial: Uint8Array; readonly untilMs: number }[]
}

const VERSION = 1

/** Bytes of a revoked ticket in a BOX. */
export const REVOKED_BYTES = SERIAL_BYTES + 8

/** Bytes of an entry in its shelf, at most: with all the receipts that may come to it. */
export function recordBytes({ devices }: Pick<EntryRecord, 'devices'>): number {
  const admission = 1 + SERIAL_BYTES + 8
  return KEY_BYTES + 4 + 8 + 1 + 1 + devices.length * (KEY_BYTES + 1) + admission + 1 + MAX_WITNESSES * RECEIPT_BYTES
}

export function encodeBox({ untilMs, quotaBytes, displaced, certificate, revoked }: BoxRecord): Uint8Array {
  const writer = new Writer(512).u8(VERSION).u64(untilMs).u64(quotaBytes).u32(displaced).lp16(certificate)
  writer.u16(revoked.length)
  for (const { serial, untilMs } of revoked) writer.put(serial).u64(untilMs)
  return writer.bytes()
}

export function decodeBox(bytes: Uint8Array): BoxRecord | Reason {
  const reader = new Reader(bytes)
  if (reader.u8() !== VERSION) reader.fail('bad-version')
  const untilMs = reader.u64()
  const quotaBytes = reader.u64()
  const displaced = reader.u32()
  const certificate = reader.lp16(MAX_CERTIFICATE_BYTES)
  const count = reader.u16()
  if (count > MAX_REVOKED) reader.fail('bad-count')
  const revoked: { serial: Uint8Array; untilMs: number }[] = []
  while (revoked.length < count && reader.failed === undefined) {
    revoked.push({ serial: reader.take(SERIAL_BYTES), untilMs: reader.u64() })
  }
  return reader.end() ?? { untilMs, quotaBytes, displaced, certificate, revoked }
}

export function encodeShelf(entries: readonly EntryRecord[]): Uint8Array {
  const writer = new Writer(1_024).u8(VERSION).u8(entries.length)
  for (const entry of entries) {
    writer.put(entry.id).u32(entry.bytes).u64(entry.atMs).u8(Number(entry.gone)).u8(entry.devices.length)
    for (const { device, acknowledged } of entry.devices) writer.put(device).u8(Number(acknowledged))
    const { admission } = entry
    if (admission.kind === 'ticket') writer.u8(0).put(admission.serial).u64(admission.untilMs)
    else writer.u8(1).u8(admission.strength).u32(admission.day)
    writer.u8(entry.witnesses.length)
    for (const receipt of entry.witnesses) writeReceipt(writer, receipt)
  }
  return writer.bytes()
}

export function decodeShelf(bytes: Uint8Array): EntryRecord[] | Reason {
  const reader = new Reader(bytes)
  if (reader.u8() !== VERSION) reader.fail('bad-version')
  const count = reader.u8()
  if (count > SHELF_ENTRIES) reader.fail('bad-count')
  const entries: EntryRecord[] = []
  while (entries.length < count && reader.failed === undefined) entries.push(readEntry(reader))
  return reader.end() ?? entries
}

function readEntry(reader: Reader): EntryRecord {
  const id = reader.take(KEY_BYTES).slice()
  const bytes = reader.u32()
  const atMs = reader.u64()
  const gone = flag(reader)
  const devices: EntryRecord['devices'] = []
  const recipients = reader.u8()
  if (recipients > MAX_RECIPIENTS) reader.fail('bad-count')
  while (devices.length < recipients && reader.failed === undefined) {
    devices.push({ device: reader.take(KEY_BYTES).slice(), acknowledged: flag(reader) })
  }
  const kind = reader.u8()
  if (kind > 1) reader.fail('bad-kind')
  const admission: EntryAdmission =
    kind === 0
      ? { kind: 'ticket', serial: reader.take(SERIAL_BYTES).slice(), untilMs: reader.u64() }
      : { kind: 'puzzle', strength: reader.u8(), day: reader.u32() }
  const known = reader.u8()
  if (known > MAX_WITNESSES) reader.fail('bad-count')
  const witnesses: InboxReceipt[] = []
  while (witnesses.length < known && reader.failed === undefined) witnesses.push(readReceipt(reader))
  return { id, bytes, atMs, gone, devices, admission, witnesses }
}

function flag(reader: Reader): boolean {
  const value = reader.u8()
  if (value > 1) reader.fail('bad-flags')
  return value === 1
}
