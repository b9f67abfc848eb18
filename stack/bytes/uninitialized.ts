// Memory for an output that is written as a whole. Filling it with zeros first would cost more than the work itself for
// what has the size of a chunk.

/** Below this many bytes zeros cost less than the detour. */
const SMALL_BYTES = 1024

/** A new array with anything in it, memory of its own: for `length` bytes that are all written before anybody reads one. */
export function uninitialized(length: number): Uint8Array {
  if (length < SMALL_BYTES) return new Uint8Array(length)
  // No slice of Node's shared pool, whose rest would be kept alive by this one.
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer, 0, length)
}
