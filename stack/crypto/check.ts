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
