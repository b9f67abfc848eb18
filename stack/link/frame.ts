// The header of a frame, docs/protocol.md §9. A record holds whole frames and nothing else: `checkFrames` says so for all
// of them before one is read, so that the readers below need no check.
//
//    0      1      2             4
//   +------+------+-------------+----------------
//   | type | flags|   length    | body …
//   +------+------+-------------+----------------

import type { Reason } from '../bytes/index.js'
import { MAX_PLAINTEXT_BYTES } from './limits.js'

/** The types of version 1. */
export const FrameType = {
  ping: 0x01,
  pong: 0x02,
  udp: 0x06,
  observed: 0x07,
  interest: 0x10,
  data: 0x11,
  nack: 0x12,
  announce: 0x14,
  open: 0x18,
  accept: 0x19,
  bytes: 0x1a,
  credit: 0x1b,
  close: 0x1c,
  label: 0x1d,
} as const

/** Set in types that may be skipped by who does not know them. */
export const SKIPPABLE = 0x80

const TYPE = 0
const FLAGS = 1
const LENGTH = 2
export const FRAME_HEADER_BYTES = 4

/** Bytes of a frame's body, at most: it fills a record. */
export const MAX_BODY_BYTES = MAX_PLAINTEXT_BYTES - FRAME_HEADER_BYTES

/** A frame as it came. `body` is a view of its record, and borrowed; see LinkMachine.pollFrame. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly body: Uint8Array
}

const known: ReadonlySet<number> = new Set(Object.values(FrameType))

/** Whether the type is one of FrameType. */
export function isKnownType(type: number): boolean {
  return known.has(type)
}

export function frameType(record: Uint8Array, base: number): number {
  return record[base + TYPE] ?? 0
}

export function frameFlags(record: Uint8Array, base: number): number {
  return record[base + FLAGS] ?? 0
}

/** Bytes of the body. */
export function frameLength(record: Uint8Array, base: number): number {
  return (record[base + LENGTH] ?? 0) * 256 + (record[base + LENGTH + 1] ?? 0)
}

/** Writes the header of a frame whose body has `length` bytes. Throws RangeError for what does not fit its field. */
export function writeFrameHeader(record: Uint8Array, base: number, type: number, flags: number, length: number): void {
  if (!isByte(type) || !isByte(flags)) throw new RangeError(`a frame of type ${type} with flags ${flags}`)
  if (length > MAX_BODY_BYTES) throw new RangeError(`a body of ${length} bytes where ${MAX_BODY_BYTES} are allowed`)
  record[base + TYPE] = type
  record[base + FLAGS] = flags
  record[base + LENGTH] = length >> 8
  record[base + LENGTH + 1] = length & 0xff
}

/** Why a record is not one or more whole frames, or undefined when it is. */
export function checkFrames(record: Uint8Array): Reason | undefined {
  let base = 0
  do {
    if (base + FRAME_HEADER_BYTES > record.length) return 'too-short'
    base += FRAME_HEADER_BYTES + frameLength(record, base)
  } while (base < record.length)
  return base > record.length ? 'too-short' : undefined
}

/** All frames of a record; their bodies are views of it. */
export function decodeFrames(record: Uint8Array): Frame[] | Reason {
  const refusal = checkFrames(record)
  if (refusal !== undefined) return refusal
  const frames: Frame[] = []
  for (let base = 0; base < record.length; ) {
    const start = base + FRAME_HEADER_BYTES
    const end = start + frameLength(record, base)
    frames.push({ type: frameType(record, base), flags: frameFlags(record, base), body: record.subarray(start, end) })
    base = end
  }
  return frames
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xff
}
