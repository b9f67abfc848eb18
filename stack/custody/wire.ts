// The messages of custody (docs/protocol.md §19), each one behind its length in the stream of a session:
//
//   length u32 | type u8 | request u32 | body
//
//   1 OFFER     wantUntilMs u64 | flags u8 = 0 | LP16(HEAD) | LP16(open page) | LP16(name 32, or empty)
//   2 RECEIPT   head 32 | log 32 | bytes u64 | untilMs u64 | custodian 32 | sig 64
//   3 REFUSED   reason u8 | retryS u32 | LP8(text)
//   4 PROGRESS  bytes u64 | ofBytes u64
//   5 CHALLENGE log 32 | nonce 32 | n u8 (1..16) | n × name 32
//   6 PROOF     n u8 (1..16) | n × proof 32
//   7 WITHDRAW  log 32        8 WITHDRAWN log 32
//   9 LIST      after 32      10 LISTED   n u16 (≤ 256) | n × { log 32 | head 32 | bytes u64 | untilMs u64 }
//
// What is read here has the right shape and nothing else is known of it: heads and receipts are verified elsewhere.

import { compare, decodeUtf8, encodeUtf8, Reader, type Reason, Writer } from '../bytes/index.js'
import { headBytes, maxChunkBytes } from '../data/index.js'
import { maxChallenged, maxListed, maxMessageBytes, maxRefusalTextBytes } from './limits.js'
import { type Receipt, readReceipt, writeReceipt } from './receipt.js'

/** Why a custodian does not do it. Numbers are of the wire. */
export const RefusalCode = {
  policy: 1,
  denied: 2,
  quota: 3,
  tooLarge: 4,
  tooLong: 5,
  busy: 6,
  missing: 7,
  badHead: 8,
  clock: 9,
  fork: 10,
  unknown: 11,
} as const
export type Refusal = keyof typeof RefusalCode

export const refusalReasons = Object.keys(RefusalCode) as readonly Refusal[]

export interface Listed {
  readonly log: Uint8Array
  readonly head: Uint8Array
  readonly bytes: number
  readonly untilMs: number
}

export type CustodyMessage = { readonly request: number } & (
  | {
      readonly type: 'offer'
      readonly wantUntilMs: number
      readonly headBytes: Uint8Array
      readonly page: Uint8Array
      /** The name that lists the log, so that the custodian can keep that too. */
      readonly name: Uint8Array | undefined
    }
  | { readonly type: 'receipt'; readonly receipt: Receipt }
  | { readonly type: 'refused'; readonly reason: Refusal; readonly retryS: number; readonly text: string }
  | { readonly type: 'progress'; readonly bytes: number; readonly ofBytes: number }
  | {
      readonly type: 'challenge'
      readonly log: Uint8Array
      readonly nonce: Uint8Array
      readonly names: readonly Uint8Array[]
    }
  /** Zeros where it cannot. */
  | { readonly type: 'proof'; readonly proofs: readonly Uint8Array[] }
  | { readonly type: 'withdraw' | 'withdrawn'; readonly log: Uint8Array }
  /** Those whose log keys are greater. */
  | { readonly type: 'list'; readonly after: Uint8Array }
  /** Ascending by log. */
  | { readonly type: 'listed'; readonly listed: readonly Listed[] }
)

const types = {
  offer: 1,
  receipt: 2,
  refused: 3,
  progress: 4,
  challenge: 5,
  proof: 6,
  withdraw: 7,
  withdrawn: 8,
  list: 9,
  listed: 10,
} as const

const refusals = Object.entries(RefusalCode) as [Refusal, number][]

/** The bytes of a message, without the length before it. Throws RangeError for a field that does not fit. */
export function encodeCustody(message: CustodyMessage): Uint8Array {
  const writer = new Writer(512).u8(types[message.type]).u32(message.request)
  switch (message.type) {
    case 'offer': {
      const { wantUntilMs, headBytes, page, name } = message
      return writer
        .u64(wantUntilMs)
        .u8(0)
        .lp16(headBytes)
        .lp16(page)
        .lp16(name ?? new Uint8Array(0))
        .bytes()
    }
    case 'receipt':
      return writeReceipt(writer, message.receipt).bytes()
    case 'refused':
      return writer
        .u8(RefusalCode[message.reason])
        .u32(message.retryS)
        .lp8(encodeUtf8(message.text), maxRefusalTextBytes)
        .bytes()
    case 'progress':
      return writer.u64(message.bytes).u64(message.ofBytes).bytes()
    case 'challenge':
      writer.put(message.log).put(message.nonce).u8(message.names.length)
      for (const name of message.names) writer.put(name)
      return writer.bytes()
    case 'proof':
      writer.u8(message.proofs.length)
      for (const proof of message.proofs) writer.put(proof)
      return writer.bytes()
    case 'withdraw':
    case 'withdrawn':
      return writer.put(message.log).bytes()
    case 'list':
      return writer.put(message.after).bytes()
    case 'listed':
      writer.u16(message.listed.length)
      for (const { log, head, bytes, untilMs } of message.listed) writer.put(log).put(head).u64(bytes).u64(untilMs)
      return writer.bytes()
  }
}

/** Reads exactly one message, without the length before it. Its arrays are views. */
export function decodeCustody(bytes: Uint8Array): CustodyMessage | Reason {
  if (bytes.length > maxMessageBytes) return 'too-long'
  const reader = new Reader(bytes)
  const type = reader.u8()
  const request = reader.u32()
  const message = decodeBody(reader, type, request)
  return reader.end() ?? message
}

function decodeBody(reader: Reader, type: number, request: number): CustodyMessage | Reason {
  switch (type) {
    case types.offer: {
      const wantUntilMs = reader.u64()
      if (reader.u8() !== 0) reader.fail('bad-flags')
      const head = reader.lp16(headBytes)
      const page = reader.lp16(maxChunkBytes)
      const name = reader.lp16(32)
      if (head.length !== headBytes || page.length === 0) reader.fail('bad-length')
      if (name.length !== 0 && name.length !== 32) reader.fail('bad-length')
      return { type: 'offer', request, wantUntilMs, headBytes: head, page, name: name.length === 0 ? undefined : name }
    }
    case types.receipt:
      return { type: 'receipt', request, receipt: readReceipt(reader) }
    case types.refused: {
      const code = reader.u8()
      const retryS = reader.u32()
      const text = decodeUtf8(reader.lp8(maxRefusalTextBytes))
      const reason = refusals.find(([, value]) => value === code)?.[0]
      if (reason === undefined) reader.fail('bad-range')
      if (text === undefined) reader.fail('bad-text')
      return { type: 'refused', request, reason: reason ?? 'policy', retryS, text: text ?? '' }
    }
    case types.progress:
      return { type: 'progress', request, bytes: reader.u64(), ofBytes: reader.u64() }
    case types.challenge: {
      const log = reader.take(32)
      const nonce = reader.take(32)
      return { type: 'challenge', request, log, nonce, names: keys(reader) }
    }
    case types.proof:
      return { type: 'proof', request, proofs: keys(reader) }
    case types.withdraw:
      return { type: 'withdraw', request, log: reader.take(32) }
    case types.withdrawn:
      return { type: 'withdrawn', request, log: reader.take(32) }
    case types.list:
      return { type: 'list', request, after: reader.take(32) }
    case types.listed: {
      const count = reader.u16()
      if (count > maxListed) reader.fail('bad-count')
      const listed: Listed[] = []
      for (let index = 0; index < count && reader.failed === undefined; index++) {
        const one = { log: reader.take(32), head: reader.take(32), bytes: reader.u64(), untilMs: reader.u64() }
        const last = listed.at(-1)
        if (reader.failed === undefined && last !== undefined && compare(last.log, one.log) >= 0)
          reader.fail('bad-order')
        listed.push(one)
      }
      return { type: 'listed', request, listed }
    }
    default:
      reader.fail('bad-type')
      return 'bad-type'
  }
}

/** n u8 (1..16) | n × 32 */
function keys(reader: Reader): Uint8Array[] {
  const count = reader.u8()
  if (count < 1 || count > maxChallenged) reader.fail('bad-count')
  const found: Uint8Array[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) found.push(reader.take(32))
  return found
}
