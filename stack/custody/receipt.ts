// A receipt: a custodian's signed word that it has all of a state of a log on disk, and keeps it until a date
// (docs/protocol.md §19). It is worth something without the session that it came by.
//
//   head 32 (H of the HEAD) | log 32 | bytes u64 | untilMs u64 | custodian 32 | sig 64 (type receipt, by the custodian's device)

import { Reader, type Reason, Writer } from '../bytes/index.js'
import { type Crypto, signTyped, verifyTyped } from '../crypto/index.js'

export interface UnsignedReceipt {
  /** H of the 207 bytes of the head. */
  readonly head: Uint8Array
  readonly log: Uint8Array
  /** Of the chunks, each counted once. */
  readonly bytes: number
  readonly untilMs: number
  /** The device key that signs. */
  readonly custodian: Uint8Array
}

export interface Receipt extends UnsignedReceipt {
  readonly signature: Uint8Array
}

const bodyBytes = 32 + 32 + 8 + 8 + 32

export const receiptBytes: number = bodyBytes + 64

export function signReceipt(crypto: Crypto, deviceSeed: Uint8Array, receipt: UnsignedReceipt): Receipt {
  return { ...receipt, signature: signTyped(crypto, 'receipt', deviceSeed, body(receipt)) }
}

export function verifyReceipt(crypto: Crypto, receipt: Receipt): boolean {
  return verifyTyped(crypto, 'receipt', receipt.custodian, body(receipt), receipt.signature)
}

export function encodeReceipt(receipt: Receipt): Uint8Array {
  return writeReceipt(new Writer(receiptBytes), receipt).bytes()
}

/** Reads exactly one receipt: its layout only. */
export function decodeReceipt(bytes: Uint8Array): Receipt | Reason {
  const reader = new Reader(bytes)
  const receipt = readReceipt(reader)
  return reader.end() ?? receipt
}

export function readReceipt(reader: Reader): Receipt {
  return {
    head: reader.take(32),
    log: reader.take(32),
    bytes: reader.u64(),
    untilMs: reader.u64(),
    custodian: reader.take(32),
    signature: reader.take(64),
  }
}

export function writeReceipt(writer: Writer, receipt: Receipt): Writer {
  return writeBody(writer, receipt).put(receipt.signature)
}

function body(receipt: UnsignedReceipt): Uint8Array {
  return writeBody(new Writer(bodyBytes), receipt).bytes()
}

function writeBody(writer: Writer, receipt: UnsignedReceipt): Writer {
  return writer.put(receipt.head).put(receipt.log).u64(receipt.bytes).u64(receipt.untilMs).put(receipt.custodian)
}
