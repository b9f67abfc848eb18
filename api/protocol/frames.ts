// Frames of the API (docs/protocol.md §12): `length u32 | CBOR map`. Encoding is for our own values; decoding is total:
// whatever the other side sends gives frames, or one refusal after which the connection ends. Memory is bounded by the
// length limit, never by what a frame claims to hold.

import type { Reason } from '../../stack/bytes/index.js'
import { decodeCbor } from './cbor-decode.js'
import { encodeCbor } from './cbor-encode.js'
import { maxFrameBytes } from './limits.js'

/** A message between client and node: a map of plain data. */
export type Frame = Record<string, unknown>

const lengthBytes = 4

/** A frame's bytes, with its length before it. Throws RangeError when it is over a limit, TypeError for what is no plain data. */
export function encodeFrame(value: Readonly<Frame>): Uint8Array {
  const frame = encodeCbor(value, lengthBytes)
  const length = frame.length - lengthBytes
  if (length > maxFrameBytes) throw new RangeError(`${length} bytes are over the limit of ${maxFrameBytes}`)
  new DataView(frame.buffer).setUint32(0, length)
  return frame
}

/** The map that a frame's bytes (after its length) are. `strings`: as decodeCbor. */
export function decodeFrame(body: Uint8Array, strings?: 'copies' | 'views'): Frame | Reason {
  if (body.length === 0) return 'too-short'
  if (body.length > maxFrameBytes) return 'too-long'
  const decoded = decodeCbor(body, strings)
  if (typeof decoded === 'string') return decoded
  return isRecord(decoded.value) ? decoded.value : 'bad-type'
}

/** Splits a stream of bytes, however it is cut, into frames. */
export class FrameSplitter {
  /** What has come of a frame that is not whole yet is at the beginning of this. */
  #held = new Uint8Array(0)
  #heldBytes = 0
  #reason: Reason | undefined

  /** Why nothing is read any more: something was no frame. */
  get refused(): Reason | undefined {
    return this.#reason
  }

  /** Takes bytes and calls `each` for every frame that is whole now, until one is refused or `each` returns false. */
  push(bytes: Uint8Array, each: (frame: Frame) => boolean): void {
    let rest = bytes
    while (this.#reason === undefined && rest.length > 0) {
      if (this.#heldBytes === 0) rest = this.#readWhole(rest, each)
      else rest = this.#fill(rest, each)
    }
  }

  /** Reads the frames that are whole in `bytes` without copying, and holds what is left. */
  #readWhole(bytes: Uint8Array, each: (frame: Frame) => boolean): Uint8Array {
    let at = 0
    for (;;) {
      const length = lengthAt(bytes, at)
      if (length === undefined || bytes.length - at - lengthBytes < length) break
      if (!this.#read(bytes.subarray(at + lengthBytes, at + lengthBytes + length), length, each)) return nothing
      at += lengthBytes + length
    }
    const claimed = lengthAt(bytes, at)
    if (claimed !== undefined && !isLength(claimed)) return this.#refuse('bad-length')
    this.#hold(bytes.subarray(at))
    return nothing
  }

  /** Completes the frame that is held; returns what comes after it. */
  #fill(bytes: Uint8Array, each: (frame: Frame) => boolean): Uint8Array {
    const claimed = lengthAt(this.#held.subarray(0, this.#heldBytes), 0)
    const wanted = (claimed === undefined ? lengthBytes : lengthBytes + claimed) - this.#heldBytes
    this.#hold(bytes.subarray(0, wanted))
    const rest = bytes.subarray(wanted)
    const held = this.#held.subarray(0, this.#heldBytes)
    const length = lengthAt(held, 0)
    if (length === undefined) return rest
    if (!isLength(length)) return this.#refuse('bad-length')
    if (held.length < lengthBytes + length) return rest
    this.#held = nothing
    this.#heldBytes = 0
    return this.#read(held.subarray(lengthBytes), length, each) ? rest : nothing
  }

  #read(body: Uint8Array, length: number, each: (frame: Frame) => boolean): boolean {
    const frame = isLength(length) ? decodeFrame(body) : 'bad-length'
    if (typeof frame !== 'string') return each(frame)
    this.#refuse(frame)
    return false
  }

  /** Grows by doubling with what has come, so that neither a claimed length nor single bytes cost more than they bring. */
  #hold(bytes: Uint8Array): void {
    const size = this.#heldBytes + bytes.length
    if (size > this.#held.length) {
      const grown = new Uint8Array(Math.max(size, Math.min(2 * this.#held.length, lengthBytes + maxFrameBytes)))
      grown.set(this.#held.subarray(0, this.#heldBytes))
      this.#held = grown
    }
    this.#held.set(bytes, this.#heldBytes)
    this.#heldBytes = size
  }

  #refuse(reason: Reason): Uint8Array {
    this.#reason = reason
    this.#held = nothing
    this.#heldBytes = 0
    return nothing
  }
}

const nothing = new Uint8Array(0)

function isLength(length: number): boolean {
  return length > 0 && length <= maxFrameBytes
}

function lengthAt(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length - at < lengthBytes) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0)
}

/** Whether a decoded value is a map, and not a list, bytes or nothing. */
export function isRecord(value: unknown): value is Frame {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
