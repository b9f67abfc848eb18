// Strict UTF-8: what is decoded encodes to the same bytes again, and nothing is replaced by U+FFFD on the way.

// ignoreBOM keeps a leading U+FEFF as a character; without it two byte strings would decode to the same text.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()
const LONE_SURROGATE = /\p{Surrogate}/u

/** The text, or undefined when the bytes are not well-formed UTF-8 (RFC 3629). */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Whether the text has an encoding at all: no lone surrogate. To be asked of text that comes from a user. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

/** The UTF-8 bytes. Throws RangeError on a lone surrogate, which has none. */
export function encodeUtf8(text: string): Uint8Array {
  if (!isWellFormed(text)) throw new RangeError('text with a lone surrogate has no UTF-8 encoding')
  return encoder.encode(text)
}
