// Encodes plain data as CBOR (RFC 8949) with definite, shortest lengths: what is undefined in a map is left out. A value
// that is no plain data is a mistake of the calling program: TypeError.

import { uninitialized } from '../../stack/bytes/index.js'
import { knownTextBytes, maxFrameDepth } from './limits.js'

/** The bytes of a value after `before` free ones, in an array of their own. Throws TypeError; RangeError when deeper than allowed. */
export function encodeCbor(value: unknown, before = 0): Uint8Array {
  // A value with a getter could encode another one meanwhile: that one gets a slab of its own.
  const writer = spare ?? new CborWriter()
  spare = undefined
  try {
    writer.begin(before)
    writer.write(value, 0)
    return writer.taken()
  } finally {
    spare = writer
  }
}

/** Bytes that the slab begins with; most frames are smaller. One that had to grow is let go. */
const slabBytes = 16_384

/** Byte strings of this size are not copied to the slab first. */
const largeBytes = 2048

let spare: CborWriter | undefined

/** Writes into a slab, so that nothing has to be measured before it is written. */
class CborWriter {
  readonly #small = new Uint8Array(slabBytes)
  #bytes = this.#small
  #view = new DataView(this.#bytes.buffer)
  #at = 0
  /** Byte strings that come into the result where it has `at` bytes of the slab. */
  #large: { readonly at: number; readonly bytes: Uint8Array }[] = []
  #largeBytes = 0

  begin(before: number): void {
    if (this.#bytes !== this.#small) this.#use(this.#small)
    if (this.#large.length > 0) this.#large = []
    this.#largeBytes = 0
    this.#at = 0
    this.#room(before)
    this.#bytes.fill(0, 0, before)
    this.#at = before
  }

  /** What was written, in an array of its own. */
  taken(): Uint8Array {
    if (this.#large.length === 0) return this.#bytes.slice(0, this.#at)
    const result = uninitialized(this.#at + this.#largeBytes)
    let from = 0
    let shift = 0
    for (const { at, bytes } of this.#large) {
      result.set(this.#bytes.subarray(from, at), from + shift)
      result.set(bytes, at + shift)
      shift += bytes.length
      from = at
    }
    result.set(this.#bytes.subarray(from, this.#at), from + shift)
    this.#large = []
    return result
  }

  write(value: unknown, depth: number): void {
    if (depth > maxFrameDepth) throw new RangeError('the value is nested too deep, or contains itself')
    if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'number') this.#number(value)
    else if (value === null) this.#byte(0xf6)
    else if (value === undefined) this.#byte(0xf7)
    else if (typeof value === 'boolean') this.#byte(value ? 0xf5 : 0xf4)
    else if (value instanceof Uint8Array) this.#byteString(value)
    else if (Array.isArray(value)) {
      this.#head(4, value.length)
      for (const part of value) this.write(part, depth + 1)
    } else this.#map(value, depth)
  }

  #map(value: unknown, depth: number): void {
    checkPlain(value)
    const keys = Object.keys(value)
    if (keys.length < 24) {
      // The count stands in one byte, so it can be put there afterwards.
      const place = this.#at
      this.#byte(0)
      let count = 0
      for (const key of keys) if (this.#pair(key, value[key], depth)) count += 1
      this.#bytes[place] = (5 << 5) | count
      return
    }
    const pairs = Object.entries(value).filter(([, part]) => part !== undefined)
    this.#head(5, pairs.length)
    for (const [key, part] of pairs) this.#pair(key, part, depth)
  }

  #pair(key: string, part: unknown, depth: number): boolean {
    if (part === undefined) return false
    this.#text(key)
    this.write(part, depth + 1)
    return true
  }

  #byteString(bytes: Uint8Array): void {
    const { length } = bytes
    this.#head(2, length)
    if (length >= largeBytes) {
      this.#large.push({ at: this.#at, bytes })
      this.#largeBytes += length
      return
    }
    this.#room(length)
    this.#bytes.set(bytes, this.#at)
    this.#at += length
  }

  #text(text: string): void {
    const { length } = text
    if (length <= knownTextBytes && this.#ascii(text, length)) return
    const bytes = Buffer.byteLength(text)
    this.#head(3, bytes)
    this.#room(bytes)
    this.#at += encoder.encodeInto(text, this.#bytes.subarray(this.#at)).written
  }

  /** Short texts and keys mostly have nothing else: cheaper by hand than by a call of the engine. False: not so. */
  #ascii(text: string, length: number): boolean {
    const start = this.#at
    this.#head(3, length)
    this.#room(length)
    const bytes = this.#bytes
    let at = this.#at
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) {
        this.#at = start
        return false
      }
      bytes[at] = code
      at += 1
    }
    this.#at = at
    return true
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.#head(value < 0 ? 1 : 0, value < 0 ? -1 - value : value)
      return
    }
    this.#byte(0xfb)
    this.#room(8)
    this.#view.setFloat64(this.#at, value)
    this.#at += 8
  }

  /** The first byte of a value and its argument, RFC 8949 §3. */
  #head(major: number, argument: number): void {
    this.#room(9)
    const first = major << 5
    if (argument < 24) {
      this.#bytes[this.#at] = first | argument
      this.#at += 1
    } else if (argument < 2 ** 8) {
      this.#bytes[this.#at] = first | 24
      this.#bytes[this.#at + 1] = argument
      this.#at += 2
    } else if (argument < 2 ** 16) {
      this.#bytes[this.#at] = first | 25
      this.#view.setUint16(this.#at + 1, argument)
      this.#at += 3
    } else if (argument < 2 ** 32) {
      this.#bytes[this.#at] = first | 26
      this.#view.setUint32(this.#at + 1, argument)
      this.#at += 5
    } else {
      this.#bytes[this.#at] = first | 27
      this.#view.setUint32(this.#at + 1, Math.floor(argument / 2 ** 32))
      this.#view.setUint32(this.#at + 5, argument >>> 0)
      this.#at += 9
    }
  }

  #byte(byte: number): void {
    this.#room(1)
    this.#bytes[this.#at] = byte
    this.#at += 1
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.#bytes.subarray(0, this.#at))
    this.#use(grown)
  }

  #use(slab: Uint8Array<ArrayBuffer>): void {
    this.#bytes = slab
    this.#view = new DataView(slab.buffer)
  }
}

const encoder = new TextEncoder()

function checkPlain(value: unknown): asserts value is Record<string, unknown> {
  if (typeof value === 'object' && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return
  }
  const what = typeof value === 'object' && value !== null ? value.constructor?.name : typeof value
  throw new TypeError(`a value is no plain data: ${what ?? 'an object'}`)
}
