// What to hold on to of bytes that came as a view of something larger.

/** The bytes themselves where they fill most of the memory that they are a view of, else a copy, so that nothing larger is kept. */
export function kept(bytes: Uint8Array): Uint8Array {
  return 2 * bytes.length >= bytes.buffer.byteLength ? bytes : bytes.slice()
}
