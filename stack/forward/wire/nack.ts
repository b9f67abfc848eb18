// The body of a NACK, docs/protocol.md §10.9: this hop does not answer, and why.
//
//   token u32 | reason u8 | retryMs u16 | bytesAllowed u32

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { NACK_CODE, type NackReason, nackReason } from './numbers.js'

const NACK_BYTES = 11

export interface Nack {
  readonly token: number
  readonly reason: NackReason
  /** How long the asker waits at least before it asks again, after Busy and Quota. */
  readonly retryMs: number
  /** As in DATA. */
  readonly bytesAllowed: number
}

/** The body of a NACK. Throws RangeError for a field that does not fit. */
export function encodeNack(nack: Nack): Uint8Array {
  return new Writer(new Uint8Array(NACK_BYTES))
    .u32(nack.token)
    .u8(NACK_CODE[nack.reason])
    .u16(nack.retryMs)
    .u32(nack.bytesAllowed)
    .bytes()
}

/** Reads the body of a NACK. */
export function decodeNack(body: Uint8Array): Nack | Reason {
  const reader = new Reader(body)
  const token = reader.u32()
  const reason = nackReason(reader.u8())
  const retryMs = reader.u16()
  const bytesAllowed = reader.u32()
  const failed = reader.end()
  if (failed !== undefined) return failed
  if (token === 0) return 'bad-token'
  if (reason === undefined) return 'bad-range'
  return { token, reason, retryMs, bytesAllowed }
}
