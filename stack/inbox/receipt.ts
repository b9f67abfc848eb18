// Receipts: a custodian's signed word that it has an envelope on disk, and until when it keeps it (protocol §20.4).
//
//   RECEIPT = envelope 32 (H of it) | bytes u64 | untilMs u64 | kind u8 | custodian device 32 | sig 64 (type receipt)

import type { Reason } from '../bytes/index.js'
import { Reader, Writer } from '../bytes/index.js'
import { type Crypto, signTyped, verifyTyped } from '../crypto/index.js'
import { KEY_BYTES, SIGNATURE_BYTES } from './limits.js'

export const RECEIPT_BYTES = KEY_BYTES + 8 + 8 + 1 + KEY_BYTES + SIGNATURE_BYTES

/** What was promised: to keep it until it is collected or its time is over; or that, unless the inbox is full of harder puzzles. */
export type ReceiptKind = 'kept' | 'displaceable'

const KINDS: readonly ReceiptKind[] = ['kept', 'displaceable']

export interface InboxReceipt {
  readonly envelope: Uint8Array
  readonly bytes: number
  readonly untilMs: number
  readonly kind: ReceiptKind
  readonly custodian: Uint8Array
  readonly signature: Uint8Array
}

export function signInboxReceipt(
  crypto: Crypto,
  deviceSeed: Uint8Array,
  body: Omit<InboxReceipt, 'signature'>,
): InboxReceipt {
  return { ...body, signature: signTyped(crypto, 'receipt', deviceSeed, encodeBody(body)) }
}

export function verifyInboxReceipt(crypto: Crypto, receipt: InboxReceipt): boolean {
  return verifyTyped(crypto, 'receipt', receipt.custodian, encodeBody(receipt), receipt.signature)
}

export function writeReceipt(writer: Writer, receipt: InboxReceipt): void {
  writer.put(encodeBody(receipt)).put(receipt.signature)
}

export function readReceipt(reader: Reader): InboxReceipt {
  const envelope = reader.take(KEY_BYTES)
  const bytes = reader.u64()
  const untilMs = reader.u64()
  const kind = KINDS[reader.u8()]
  if (kind === undefined) reader.fail('bad-kind')
  const custodian = reader.take(KEY_BYTES)
  return { envelope, bytes, untilMs, kind: kind ?? 'kept', custodian, signature: reader.take(SIGNATURE_BYTES) }
}

export function encodeInboxReceipt(receipt: InboxReceipt): Uint8Array {
  const writer = new Writer(RECEIPT_BYTES)
  writeReceipt(writer, receipt)
  return writer.bytes()
}

export function decodeInboxReceipt(bytes: Uint8Array): InboxReceipt | Reason {
  const reader = new Reader(bytes)
  const receipt = readReceipt(reader)
  return reader.end() ?? receipt
}

function encodeBody({ envelope, bytes, untilMs, kind, custodian }: Omit<InboxReceipt, 'signature'>): Uint8Array {
  const writer = new Writer(RECEIPT_BYTES).put(envelope).u64(bytes).u64(untilMs).u8(KINDS.indexOf(kind))
  return writer.put(custodian).bytes()
}
