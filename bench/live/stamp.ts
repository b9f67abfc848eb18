// When an entry was given to its log, written into the entry itself: the monotonic clock is the same in all processes of a
// machine.

/** Microseconds of the monotonic clock. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

/** An entry of so many bytes (8 at least) that says when it was made. */
export function stamped(bytes: number): Uint8Array {
  const entry = new Uint8Array(bytes).fill(7)
  new DataView(entry.buffer).setFloat64(0, nowUs())
  return entry
}

/** Milliseconds since an entry was made. */
export function sinceStamp(entry: Uint8Array): number {
  return (nowUs() - new DataView(entry.buffer, entry.byteOffset).getFloat64(0)) / 1000
}
