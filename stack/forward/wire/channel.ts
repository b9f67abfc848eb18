// The bodies of the frames of channels, docs/protocol.md §10.11. `channel` is a number of this link; what is sealed, and
// the messages of the handshake, are opaque to every hop.
//
//   OPEN    channel u32 | hops u8 | rank u8 | device 32 | message 1..2,048
//   ACCEPT  channel u32 | message 1..2,048
//   BYTES   channel u32 | sealed 17..65,511
//   CREDIT  channel u32 | bytes u32
//   CLOSE   channel u32 | reason u8

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { type CloseReason, closeCode, closeReason, MAX_BODY_BYTES, MAX_HOPS, MAX_RANK } from './numbers.js'

const CHANNEL_BYTES = 4

/** Bytes of a handshake message in OPEN and ACCEPT, at most. */
export const MAX_MESSAGE_BYTES = 2_048

/** Bytes that one BYTES frame carries: a byte and its seal at least, what a record of the link holds at most. */
export const MIN_SEALED_BYTES = 17
export const MAX_SEALED_BYTES = MAX_BODY_BYTES - CHANNEL_BYTES

export interface Open {
  readonly channel: number
  /** How many more nodes may forward it. */
  readonly hops: number
  /** The sender's. */
  readonly rank: number
  /** The device that it is for. */
  readonly device: Uint8Array
  readonly message: Uint8Array
}

export interface Accept {
  readonly channel: number
  readonly message: Uint8Array
}

export interface Bytes {
  readonly channel: number
  readonly sealed: Uint8Array
}

export interface Credit {
  readonly channel: number
  /** More bytes of `sealed` that may be outstanding; at least 1. */
  readonly bytes: number
}

export interface Close {
  readonly channel: number
  readonly reason: CloseReason
}

/** Throws RangeError for a field that does not fit. */
export function encodeOpen({ channel, hops, rank, device, message }: Open): Uint8Array {
  const writer = new Writer(new Uint8Array(CHANNEL_BYTES + 34 + message.length))
  return writer.u32(channel).u8(hops).u8(rank).put(device).put(message).bytes()
}

/** Reads the body of an OPEN; `device` and `message` are views. */
export function decodeOpen(body: Uint8Array): Open | Reason {
  const reader = new Reader(body)
  const channel = readChannel(reader)
  const hops = reader.u8()
  const rank = reader.u8()
  const device = reader.take(32)
  const message = readMessage(reader)
  if (hops > MAX_HOPS) reader.fail('bad-range')
  if (rank > MAX_RANK) reader.fail('bad-rank')
  return reader.end() ?? { channel, hops, rank, device, message }
}

/** Throws RangeError for a field that does not fit. */
export function encodeAccept({ channel, message }: Accept): Uint8Array {
  return new Writer(new Uint8Array(CHANNEL_BYTES + message.length)).u32(channel).put(message).bytes()
}

/** Reads the body of an ACCEPT; `message` is a view. */
export function decodeAccept(body: Uint8Array): Accept | Reason {
  const reader = new Reader(body)
  const channel = readChannel(reader)
  const message = readMessage(reader)
  return reader.end() ?? { channel, message }
}

/** What stands before the sealed bytes of a BYTES. */
export function encodeBytesHead(channel: number): Uint8Array {
  return new Writer(new Uint8Array(CHANNEL_BYTES)).u32(channel).bytes()
}

/** Reads the body of a BYTES; `sealed` is a view. */
export function decodeBytes(body: Uint8Array): Bytes | Reason {
  const reader = new Reader(body)
  const channel = readChannel(reader)
  const sealed = reader.rest()
  if (sealed.length < MIN_SEALED_BYTES) reader.fail('too-short')
  if (sealed.length > MAX_SEALED_BYTES) reader.fail('too-long')
  return reader.end() ?? { channel, sealed }
}

/** Throws RangeError for a field that does not fit. */
export function encodeCredit({ channel, bytes }: Credit): Uint8Array {
  return new Writer(new Uint8Array(CHANNEL_BYTES + 4)).u32(channel).u32(bytes).bytes()
}

export function decodeCredit(body: Uint8Array): Credit | Reason {
  const reader = new Reader(body)
  const channel = readChannel(reader)
  const bytes = reader.u32()
  if (bytes === 0) reader.fail('bad-range')
  return reader.end() ?? { channel, bytes }
}

/** Throws RangeError for a field that does not fit. */
export function encodeClose({ channel, reason }: Close): Uint8Array {
  return new Writer(new Uint8Array(CHANNEL_BYTES + 1)).u32(channel).u8(closeCode(reason)).bytes()
}

/** Reads the body of a CLOSE, whatever its reason. */
export function decodeClose(body: Uint8Array): Close | Reason {
  const reader = new Reader(body)
  const channel = readChannel(reader)
  const reason = closeReason(reader.u8())
  return reader.end() ?? { channel, reason }
}

function readChannel(reader: Reader): number {
  const channel = reader.u32()
  if (channel === 0) reader.fail('bad-token')
  return channel
}

function readMessage(reader: Reader): Uint8Array {
  const message = reader.rest()
  if (message.length === 0) reader.fail('too-short')
  if (message.length > MAX_MESSAGE_BYTES) reader.fail('too-long')
  return message
}
