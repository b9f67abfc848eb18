// Decodes the CBOR of the API (RFC 8949): maps with text keys, lists, texts, bytes, numbers, true, false, null. Total:
// anything gives a value or a reason. Tags are refused, so nothing but plain data can come of a frame. Nothing is
// allocated from a claimed length: a text or bytes must be there, and the values of a list are counted as they come.

import type { Reason } from '../../stack/bytes/index.js'
import { knownText } from './known-texts.js'
import { maxFrameDepth, maxFrameValues } from './limits.js'

/**
 * The one value that `bytes` hold. Byte strings in it are copies, owned by the caller; or views, of `bytes` that are the
 * caller's own and nobody else's.
 */
export function decodeCbor(
  bytes: Uint8Array,
  strings: 'copies' | 'views' = 'copies',
): { readonly value: unknown } | Reason {
  const decoder = new CborDecoder(bytes, strings === 'views')
  const value = decoder.value(0)
  if (decoder.reason !== undefined) return decoder.reason
  return decoder.left === 0 ? { value } : 'trailing'
}

/** Major types, RFC 8949 §3.1. */
const unsigned = 0
const negative = 1
const byteString = 2
const textString = 3
const list = 4
const map = 5
const tag = 6

/** The additional information of an indefinite length, §3.2, and the byte that ends it. */
const indefinite = 31
const breakByte = 0xff

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class CborDecoder {
  /** Set once; what is returned afterwards means nothing. */
  reason: Reason | undefined
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #views: boolean
  #at = 0
  #values = 0

  constructor(bytes: Uint8Array, views: boolean) {
    this.#bytes = bytes
    this.#views = views
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  value(depth: number): unknown {
    this.#values += 1
    if (this.#values > maxFrameValues) return this.#refuse('too-many')
    if (depth > maxFrameDepth) return this.#refuse('too-deep')
    const first = this.#bytes[this.#at]
    if (first === undefined) return this.#refuse('too-short')
    this.#at += 1
    const major = first >> 5
    const info = first & 31
    if (major === unsigned) return this.#number(info)
    if (major === negative) return this.#negative(info)
    if (major === byteString) return this.#byteString(info)
    if (major === textString) return this.#text(info)
    if (major === list) return this.#list(info, depth)
    if (major === map) return this.#map(info, depth)
    return major === tag ? this.#refuse('bad-type') : this.#simple(info)
  }

  /** §3.3: floats, true, false, null and undefined. */
  #simple(info: number): unknown {
    if (info === 20) return false
    if (info === 21) return true
    if (info === 22) return null
    if (info === 23) return undefined
    const size = info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0
    if (size === 0) return this.#refuse('bad-type')
    const at = this.#take(size)
    if (at === undefined) return undefined
    if (size === 8) return this.#view.getFloat64(at)
    return size === 4 ? this.#view.getFloat32(at) : half(this.#view.getUint16(at))
  }

  /** The argument of a head: a number up to 2^53 - 1. */
  #number(info: number): number {
    if (info < 24) return info
    const size = info < 28 ? 1 << (info - 24) : 0
    if (size === 0) return this.#refuse('bad-type') ?? 0
    const at = this.#take(size)
    if (at === undefined) return 0
    if (size === 1) return this.#view.getUint8(at)
    if (size === 2) return this.#view.getUint16(at)
    if (size === 4) return this.#view.getUint32(at)
    const value = this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4)
    return Number.isSafeInteger(value) ? value : (this.#refuse('too-large') ?? 0)
  }

  #negative(info: number): number | undefined {
    const value = -1 - this.#number(info)
    return Number.isSafeInteger(value) ? value : this.#refuse('too-large')
  }

  #byteString(info: number): Uint8Array | undefined {
    if (info === indefinite) return this.#chunks(byteString)
    const length = this.#number(info)
    const at = this.#take(length)
    if (at === undefined) return undefined
    const view = this.#bytes.subarray(at, at + length)
    // A Buffer's own `slice` would give a view, and not of a plain array.
    return this.#views ? view : new Uint8Array(view)
  }

  #text(info: number): string | undefined {
    if (info !== indefinite) return this.#textBytes(this.#number(info))
    // Each chunk is a text of its own (§3.2.3).
    let whole = ''
    while (!this.#breaks()) {
      const length = this.#chunkLength(textString)
      const part = length === undefined ? undefined : this.#textBytes(length)
      if (part === undefined) return undefined
      whole += part
    }
    return this.reason === undefined ? whole : undefined
  }

  #textBytes(length: number): string | undefined {
    const at = this.#take(length)
    if (at === undefined) return undefined
    const known = knownText(this.#bytes, at, length)
    if (known !== undefined) return known
    try {
      return strictText.decode(this.#bytes.subarray(at, at + length))
    } catch {
      return this.#refuse('bad-text')
    }
  }

  #chunks(major: number): Uint8Array | undefined {
    const parts: Uint8Array[] = []
    let size = 0
    while (!this.#breaks()) {
      const length = this.#chunkLength(major)
      const at = length === undefined ? undefined : this.#take(length)
      if (length === undefined || at === undefined) return undefined
      parts.push(this.#bytes.subarray(at, at + length))
      size += length
    }
    if (this.reason !== undefined) return undefined
    const whole = new Uint8Array(size)
    let offset = 0
    for (const part of parts) {
      whole.set(part, offset)
      offset += part.length
    }
    return whole
  }

  /** The length of the next chunk of an indefinite string; chunks count as values. */
  #chunkLength(major: number): number | undefined {
    this.#values += 1
    if (this.#values > maxFrameValues) return this.#refuse('too-many')
    const at = this.#take(1)
    if (at === undefined) return undefined
    const first = this.#bytes[at] ?? 0
    if (first >> 5 !== major || (first & 31) === indefinite) return this.#refuse('bad-type')
    const length = this.#number(first & 31)
    return this.reason === undefined ? length : undefined
  }

  #list(info: number, depth: number): unknown[] {
    const count = info === indefinite ? Number.POSITIVE_INFINITY : this.#number(info)
    const values: unknown[] = []
    while (this.reason === undefined && values.length < count) {
      if (count === Number.POSITIVE_INFINITY && this.#breaks()) break
      values.push(this.value(depth + 1))
    }
    return values
  }

  #map(info: number, depth: number): Record<string, unknown> | undefined {
    const count = info === indefinite ? Number.POSITIVE_INFINITY : this.#number(info)
    const values: Record<string, unknown> = {}
    for (let index = 0; this.reason === undefined && index < count; index += 1) {
      if (count === Number.POSITIVE_INFINITY && this.#breaks()) break
      const key = this.value(depth + 1)
      if (this.reason !== undefined) return undefined
      if (typeof key !== 'string') return this.#refuse('bad-type')
      // An assignment to __proto__ would change what the map is, and a key given twice means two things.
      if (key === '__proto__' || Object.hasOwn(values, key)) return this.#refuse('bad-order')
      values[key] = this.value(depth + 1)
    }
    return values
  }

  /** Whether the break of an indefinite length comes now; it is taken. Also at a refusal, which ends every loop. */
  #breaks(): boolean {
    if (this.reason !== undefined) return true
    if (this.left === 0) {
      this.#refuse('too-short')
      return true
    }
    if (this.#bytes[this.#at] !== breakByte) return false
    this.#at += 1
    return true
  }

  /** Where `length` bytes begin that are there and are taken. */
  #take(length: number): number | undefined {
    if (this.reason !== undefined) return undefined
    if (length > this.left) return this.#refuse('too-short')
    const at = this.#at
    this.#at += length
    return at
  }

  #refuse(reason: Reason): undefined {
    this.reason ??= reason
    return undefined
  }
}

/** A half-precision float, RFC 8949 appendix D. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  const sign = bits >> 15 === 0 ? 1 : -1
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent !== 31) return sign * (mantissa + 1024) * 2 ** (exponent - 25)
  return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
}
