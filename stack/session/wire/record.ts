// What stands in a record before it is sealed, docs/protocol.md §10.12: kind u8 | body.
//
//   0 DATA bytes (1..65,494)   1 END   2 ACK received u64 | room u32   3 PING, 4 PONG 8 bytes   5 RESET code u8 | text ≤ 200

import { decodeUtf8, encodeUtf8, Reader, type Reason, Writer } from '../../bytes/index.js'
import { MAX_DATA_BYTES, MAX_RESET_TEXT_BYTES } from '../limits.js'

const Kind = { data: 0, end: 1, ack: 2, ping: 3, pong: 4, reset: 5 } as const

/** What a record of bytes begins with. */
export const DATA_KIND = Kind.data

/** Why a side gave a session up: its program did, it ended, the other broke the rules, or it has no room. */
export type ResetCode = 'closed' | 'ending' | 'bad' | 'busy'

const RESET_CODES: readonly ResetCode[] = ['closed', 'ending', 'bad', 'busy']

export type SessionRecord =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  /** `received`: positions that have come; `room`: bytes that may be sent behind them. */
  | { readonly kind: 'ack'; readonly received: number; readonly room: number }
  | { readonly kind: 'ping' | 'pong'; readonly token: Uint8Array }
  | { readonly kind: 'reset'; readonly code: ResetCode; readonly text: string }

/** Throws RangeError for a field that does not fit. */
export function encodeRecord(record: SessionRecord): Uint8Array {
  switch (record.kind) {
    case 'data':
      return new Writer(1 + record.bytes.length).u8(Kind.data).put(record.bytes).bytes()
    case 'end':
      return Uint8Array.of(Kind.end)
    case 'ack':
      return new Writer(13).u8(Kind.ack).u64(record.received).u32(record.room).bytes()
    case 'ping':
    case 'pong':
      return new Writer(9).u8(Kind[record.kind]).put(record.token).bytes()
    case 'reset': {
      const text = encodeUtf8(record.text)
      if (text.length > MAX_RESET_TEXT_BYTES) throw new RangeError('a text of too many bytes')
      return new Writer(2 + text.length).u8(Kind.reset).u8(RESET_CODES.indexOf(record.code)).put(text).bytes()
    }
  }
}

/** What a record says; bytes are views. */
export function decodeRecord(plain: Uint8Array): SessionRecord | Reason {
  const reader = new Reader(plain)
  const kind = reader.u8()
  switch (kind) {
    case Kind.data: {
      const bytes = reader.rest()
      if (reader.failed === undefined && bytes.length === 0) reader.fail('too-short')
      if (bytes.length > MAX_DATA_BYTES) reader.fail('too-long')
      return reader.end() ?? { kind: 'data', bytes }
    }
    case Kind.end:
      return reader.end() ?? { kind: 'end' }
    case Kind.ack: {
      const received = reader.u64()
      const room = reader.u32()
      return reader.end() ?? { kind: 'ack', received, room }
    }
    case Kind.ping:
    case Kind.pong: {
      const token = reader.take(8)
      return reader.end() ?? { kind: kind === Kind.ping ? 'ping' : 'pong', token }
    }
    case Kind.reset: {
      const code = RESET_CODES[reader.u8()]
      const bytes = reader.rest()
      if (bytes.length > MAX_RESET_TEXT_BYTES) reader.fail('too-long')
      const text = decodeUtf8(bytes)
      const failed = reader.end()
      if (failed !== undefined) return failed
      if (text === undefined) return 'bad-text'
      return code === undefined ? 'bad-range' : { kind: 'reset', code, text }
    }
    default:
      return reader.failed ?? 'bad-kind'
  }
}
