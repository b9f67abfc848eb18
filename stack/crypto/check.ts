// Guards against a programmer's error: bytes of the wrong length for a key.

import { KEY_BYTES } from './limits.js'

/** Throws RangeError unless `bytes` has exactly `length` bytes. */
export function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new RangeError(`${what} of ${bytes.length} bytes where ${length} are needed`)
}

/** Throws RangeError unless `key` has 32 bytes. */
export function requireKey(key: Uint8Array, what = 'a key'): void {
  requireLength(key, KEY_BYTES, what)
}

/** A plain Uint8Array over the same memory: Buffer's own `slice` gives a view where Uint8Array's gives a copy. */
export function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/** Throws RangeError unless `counter` is a whole number from 0 to 2^53 − 1. */
export function requireCounter(counter: number): void {
  if (!Number.isSafeInteger(counter) || counter < 0) throw new RangeError(`${counter} is not a counter`)
}

/** Throws RangeError when `length` bytes do not fit into `into`. */
export function requireRoom(into: Uint8Array | undefined, length: number): void {
  if (into !== undefined && into.length < length) throw new RangeError(`${length} bytes into a slab of ${into.length}`)
}
