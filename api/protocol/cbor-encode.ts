// Encodes plain data as CBOR (RFC 8949) with definite, shortest lengths: what is undefined in a map is left out. A value
// that is no plain data is a mistake of the calling program: TypeError.

import { maxFrameDepth } from './limits.js'

/** The bytes of a value after `before` free ones, in an array of their own. Throws TypeError; RangeError when deeper than allowed. */
export function encodeCbor(value: unknown, before = 0): Uint8Array {
  const size = sizeOf(value, 0)
  const bytes = new Uint8Array(before + size)
  new CborWriter(bytes, before).write(value)
  return bytes
}

function sizeOf(value: unknown, depth: number): number {
  if (depth > maxFrameDepth) throw new RangeError('the value is nested too deep, or contains itself')
  if (typeof value === 'string') return withHead(Buffer.byteLength(value))
  if (typeof value === 'number') return isInteger(value) ? headSize(value < 0 ? -1 - value : value) : 9
  if (value === null || value === undefined || typeof value === 'boolean') return 1
  if (value instanceof Uint8Array) return withHead(value.length)
  if (Array.isArray(value)) {
    return value.reduce((sum: number, part: unknown) => sum + sizeOf(part, depth + 1), headSize(value.length))
  }
  const entries = entriesOf(value)
  return entries.reduce(
    (sum, [key, part]) => sum + withHead(Buffer.byteLength(key)) + sizeOf(part, depth + 1),
    headSize(entries.length),
  )
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value === 'object' && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) {
      return Object.entries(value).filter(([, part]) => part !== undefined)
    }
  }
  const what = typeof value === 'object' && value !== null ? value.constructor?.name : typeof value
  throw new TypeError(`a value is no plain data: ${what ?? 'an object'}`)
}

class CborWriter {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = at
  }

  write(value: unknown): void {
    if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'number') this.#number(value)
    else if (value === null) this.#byte(0xf6)
    else if (value === undefined) this.#byte(0xf7)
    else if (typeof value === 'boolean') this.#byte(value ? 0xf5 : 0xf4)
    else if (value instanceof Uint8Array) this.#byteString(value)
    else if (Array.isArray(value)) {
      this.#head(4, value.length)
      for (const part of value) this.write(part)
    } else this.#map(entriesOf(value))
  }

  #map(entries: readonly [string, unknown][]): void {
    this.#head(5, entries.length)
    for (const [key, part] of entries) {
      this.#text(key)
      this.write(part)
    }
  }

  #byteString(bytes: Uint8Array): void {
    this.#head(2, bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #text(text: string): void {
    this.#head(3, Buffer.byteLength(text))
    this.#at += encoder.encodeInto(text, this.#bytes.subarray(this.#at)).written
  }

  #number(value: number): void {
    if (isInteger(value)) {
      this.#head(value < 0 ? 1 : 0, value < 0 ? -1 - value : value)
      return
    }
    this.#byte(0xfb)
    this.#view.setFloat64(this.#at, value)
    this.#at += 8
  }

  #head(major: number, argument: number): void {
    const first = major << 5
    const size = headSize(argument) - 1
    if (size === 0) this.#byte(first | argument)
    else {
      this.#byte(first | (24 + Math.log2(size)))
      if (size === 1) this.#view.setUint8(this.#at, argument)
      else if (size === 2) this.#view.setUint16(this.#at, argument)
      else if (size === 4) this.#view.setUint32(this.#at, argument)
      else this.#view.setBigUint64(this.#at, BigInt(argument))
      this.#at += size
    }
  }

  #byte(byte: number): void {
    this.#bytes[this.#at] = byte
    this.#at += 1
  }
}

const encoder = new TextEncoder()

function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

function headSize(argument: number): number {
  if (argument < 24) return 1
  if (argument < 2 ** 8) return 2
  if (argument < 2 ** 16) return 3
  return argument < 2 ** 32 ? 5 : 9
}

function withHead(length: number): number {
  return headSize(length) + length
}
