// Fixed fields of layouts on the writer's side: a wrong length is the calling code's mistake, and is never signed.

import { KEY_BYTES, SIGNATURE_BYTES } from './limits.js'

/** The same bytes. Throws RangeError unless there are 32 of them. */
export function key(bytes: Uint8Array): Uint8Array {
  return exactly(bytes, KEY_BYTES)
}

/** The same bytes. Throws RangeError unless there are 64 of them. */
export function signature(bytes: Uint8Array): Uint8Array {
  return exactly(bytes, SIGNATURE_BYTES)
}

/** The same bytes. Throws RangeError unless there are `length` of them. */
export function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`a field of ${bytes.length} bytes where ${length} are needed`)
  return bytes
}
