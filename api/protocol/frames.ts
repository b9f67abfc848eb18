// Frames of the API (docs/protocol.md §12): `length u32 | CBOR map`. Encoding is for our own values; decoding is total:
// whatever the other side sends gives frames, or one refusal after which the connection ends. Memory is bounded by the
// length limit, never by what a frame claims to hold.

import { Decoder, Encoder, setSizeLimits } from 'cbor-x'

/** The largest frame (bytes after the length): an append of a full batch fits. */
export const maxFrameBytes = 4 * 1024 * 1024

/** Bytes of items that a node may send before it is given credit. */
export const firstCreditBytes = 1024 * 1024

// A frame of 4 MiB cannot hold more elements than bytes; arrays are made for the claimed length, so claims are cut here.
setSizeLimits({ maxArraySize: 65_536, maxMapSize: 4_096, maxObjectSize: 4_096 })

const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, variableMapSize: true, tagUint8Array: false })
// Other encoders write integers above 2^32 − 1 in 64 bits, ours as floating point: both are numbers here. Typed apart,
// because the package's own types leave the option out.
const decoding = { useRecords: false, mapsAsObjects: true, int64AsNumber: true }
const decoder = new Decoder(decoding)

/** A frame's bytes, with its length before it. Throws RangeError when it is larger than the limit: the caller splits. */
export function encodeFrame(value: Readonly<Record<string, unknown>>): Uint8Array {
  const body = encoder.encode(value)
  if (body.length > maxFrameBytes) throw new RangeError(`a frame of ${body.length} bytes is over the limit`)
  const frame = new Uint8Array(4 + body.length)
  new DataView(frame.buffer).setUint32(0, body.length)
  frame.set(body, 4)
  return frame
}

/** Splits a stream of bytes, however it is cut, into frames. */
export class FrameSplitter {
  #parts: Uint8Array[] = []
  #held = 0
  #refused = false

  /** The frames that are whole now. `refused` once something was no frame; nothing is read after that. */
  push(bytes: Uint8Array): { frames: Record<string, unknown>[]; refused: boolean } {
    const frames: Record<string, unknown>[] = []
    if (this.#refused) return { frames, refused: true }
    this.#parts.push(bytes)
    this.#held += bytes.length
    while (this.#held >= 4) {
      const length = this.#peekLength()
      if (length === 0 || length > maxFrameBytes) return this.#refuse(frames)
      if (this.#held < 4 + length) break
      const frame = decodeBody(this.#take(4 + length).subarray(4))
      if (frame === undefined) return this.#refuse(frames)
      frames.push(frame)
    }
    return { frames, refused: false }
  }

  #refuse(frames: Record<string, unknown>[]): { frames: Record<string, unknown>[]; refused: boolean } {
    this.#refused = true
    this.#parts = []
    return { frames, refused: true }
  }

  #peekLength(): number {
    const first = this.#parts[0]
    const head = first !== undefined && first.length >= 4 ? first : this.#join()
    return new DataView(head.buffer, head.byteOffset).getUint32(0)
  }

  #take(count: number): Uint8Array {
    const first = this.#parts[0]
    const whole = first !== undefined && first.length >= count ? first : this.#join()
    const rest = whole.subarray(count)
    if (rest.length > 0) this.#parts[0] = rest
    else this.#parts.shift()
    this.#held -= count
    return whole.subarray(0, count)
  }

  /** Makes the first part hold everything: once a frame, as a frame is waited for until it is whole. */
  #join(): Uint8Array {
    const joined = new Uint8Array(this.#held)
    let offset = 0
    for (const part of this.#parts) {
      joined.set(part, offset)
      offset += part.length
    }
    this.#parts = [joined]
    return joined
  }
}

function decodeBody(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = decoder.decode(body)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a decoded value is a map with text keys, and not an array, bytes, a date or another tagged value. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
