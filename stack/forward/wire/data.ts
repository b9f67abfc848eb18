// The head of a DATA, docs/protocol.md §10.2, after which a piece of the payload follows.
//
//   token u32 | offset u32 | total u32 | bytesAllowed u32 | hops u8 | ageS u32 | payload

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { MAX_BODY_BYTES } from './numbers.js'

/** Bytes before the payload. */
export const DATA_HEAD_BYTES = 21

/** Bytes of payload in one frame, at most. */
export const MAX_PIECE_BYTES = MAX_BODY_BYTES - DATA_HEAD_BYTES

/** Bytes of the longest answer, a name's (§13). */
export const MAX_ANSWER_BYTES = 2_097_152

export interface DataHead {
  readonly token: number
  /** Where this piece stands in the payload. */
  readonly offset: number
  /** Bytes of the whole payload. */
  readonly total: number
  /** answerBytes that the receiver may have outstanding with the sender (§10.8). */
  readonly bytesAllowed: number
  /** Links that the answer has crossed, counting this one. */
  readonly hops: number
  /** Seconds since the writer confirmed it, added up hop by hop. */
  readonly ageS: number
}

export interface Data extends DataHead {
  /** This piece; a view of the frame's body. */
  readonly payload: Uint8Array
}

/** The body of a DATA up to the payload. Throws RangeError for a field that does not fit. */
export function encodeDataHead(data: DataHead): Uint8Array {
  return new Writer(new Uint8Array(DATA_HEAD_BYTES))
    .u32(data.token)
    .u32(data.offset)
    .u32(data.total)
    .u32(data.bytesAllowed)
    .u8(data.hops)
    .u32(data.ageS)
    .bytes()
}

/** Reads the body of a DATA. The piece has at least one byte and ends within the payload. */
export function decodeData(body: Uint8Array): Data | Reason {
  const reader = new Reader(body)
  const token = reader.u32()
  const offset = reader.u32()
  const total = reader.u32()
  const bytesAllowed = reader.u32()
  const hops = reader.u8()
  const ageS = reader.u32()
  const payload = reader.rest()
  if (reader.failed !== undefined) return reader.failed
  if (token === 0) return 'bad-token'
  if (total > MAX_ANSWER_BYTES) return 'too-large'
  if (hops === 0) return 'bad-range'
  if (payload.length > MAX_PIECE_BYTES) return 'too-long'
  if (payload.length === 0 || offset + payload.length > total) return 'bad-length'
  return { token, offset, total, bytesAllowed, hops, ageS, payload }
}
