// A packet of IPv6 next header 253, docs/protocol.md §22: whole frames of questions and answers, and no others.
//
//    0         1        2             4
//   +---------+--------+-------------+----------------
//   | version | frames |  checksum   | FRAME …
//   +---------+--------+-------------+----------------
//
// The checksum is over the pseudo-header of IPv6 as well: who sends fills it in, and who receives checks it before this is read.

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { DATA_HEAD_BYTES, type Data, decodeData, encodeDataHead } from './data.js'
import { decodeInterest, encodeInterest, type Interest } from './interest.js'
import { decodeNack, encodeNack, type Nack } from './nack.js'
import { FrameType, MAX_BODY_BYTES } from './numbers.js'

const VERSION = 1

/** Bytes before the frames. */
export const STREAM_PACKET_HEADER_BYTES = 4

/** Frames of one packet: as many questions as fit the smallest packet of all links, and a few. */
export const MAX_PACKET_FRAMES = 16

export type StreamFrame = { readonly flags: number } & (
  | { readonly type: 'interest'; readonly interest: Interest }
  | { readonly type: 'data'; readonly data: Data }
  | { readonly type: 'nack'; readonly nack: Nack }
)

/** The packet, its checksum 0. Throws RangeError for a field that does not fit. */
export function encodeStreamPacket(frames: readonly StreamFrame[]): Uint8Array {
  if (frames.length > MAX_PACKET_FRAMES) throw new RangeError(`${frames.length} frames`)
  const writer = new Writer().u8(VERSION).u8(frames.length).u16(0)
  for (const frame of frames) {
    const body = bodyOf(frame)
    writer.u8(FrameType[frame.type]).u8(frame.flags).lp16(body, MAX_BODY_BYTES)
  }
  return writer.bytes()
}

/** The beginning of a packet with one frame, before a payload of so many bytes: a NACK has none. */
export function packetHead(frame: Exclude<StreamFrame, { type: 'interest' }>, payloadBytes: number): Uint8Array {
  const isData = frame.type === 'data'
  const head = isData ? encodeDataHead(frame.data) : encodeNack(frame.nack)
  const writer = new Writer(8 + DATA_HEAD_BYTES).u8(VERSION).u8(1).u16(0)
  return writer
    .u8(FrameType[frame.type])
    .u8(frame.flags)
    .u16(head.length + payloadBytes)
    .put(head)
    .bytes()
}

/** Reads a packet whose checksum is right; byte strings are views of it. One frame that does not decode spoils all. */
export function decodeStreamPacket(packet: Uint8Array): StreamFrame[] | Reason {
  const reader = new Reader(packet)
  const version = reader.u8()
  const count = reader.u8()
  reader.u16()
  if (reader.failed !== undefined) return reader.failed
  if (version !== VERSION) return 'bad-version'
  if (count === 0 || count > MAX_PACKET_FRAMES) return 'bad-count'
  const frames: StreamFrame[] = []
  while (frames.length < count) {
    const type = reader.u8()
    const flags = reader.u8()
    const body = reader.lp16(MAX_BODY_BYTES)
    if (reader.failed !== undefined) return reader.failed
    const frame = frameOf(type, flags, body)
    if (typeof frame === 'string') return frame
    frames.push(frame)
  }
  return reader.end() ?? frames
}

function frameOf(type: number, flags: number, body: Uint8Array): StreamFrame | Reason {
  switch (type) {
    case FrameType.interest: {
      const interest = decodeInterest(body, { parts: true })
      return typeof interest === 'string' ? interest : { type: 'interest', flags, interest }
    }
    case FrameType.data: {
      const data = decodeData(body)
      return typeof data === 'string' ? data : { type: 'data', flags, data }
    }
    case FrameType.nack: {
      const nack = decodeNack(body)
      return typeof nack === 'string' ? nack : { type: 'nack', flags, nack }
    }
    default:
      return 'bad-type'
  }
}

function bodyOf(frame: StreamFrame): Uint8Array {
  switch (frame.type) {
    case 'interest':
      return encodeInterest(frame.interest)
    case 'nack':
      return encodeNack(frame.nack)
    case 'data':
      return new Writer(DATA_HEAD_BYTES).put(encodeDataHead(frame.data)).put(frame.data.payload).bytes()
  }
}
