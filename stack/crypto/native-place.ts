// Where the addon puts a short result. A small new array lies in the engine's own heap, and handing it to native code would
// move it out: that costs more than a short hash. So the addon fills this memory, and the caller gets a copy.

import { uninitialized } from '../bytes/index.js'

const place = uninitialized(1024)

/** 32 bytes; and 64. They overlap. No call is suspended, so one of each serves all. */
export const place32 = place.subarray(0, 32)
export const place64 = place.subarray(0, 64)

/** What stands there, as an array of the caller's own. */
export function takenFrom(filled: Uint8Array): Uint8Array {
  return new Uint8Array(filled)
}

/** The same for a secret, of which nothing stays behind. */
export function secretFrom(filled: Uint8Array): Uint8Array {
  const secret = new Uint8Array(filled)
  filled.fill(0)
  return secret
}
