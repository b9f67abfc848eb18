// Base32 (RFC 4648 §6) in lower case without padding, for byte strings whose length is a multiple of five:
// then every character carries five bits and one byte string has one text.

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** Eight characters for each five bytes. Throws RangeError for another length. */
export function encodeBase32(bytes: Uint8Array): string {
  if (bytes.length % 5 !== 0) throw new RangeError(`base32 of ${bytes.length} bytes, which is not a multiple of 5`)
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31]
    held &= 0x1f
  }
  return text
}

/** Five bytes for each eight characters of either case; undefined for another length or any other character. */
export function decodeBase32(text: string): Uint8Array | undefined {
  if (text.length % 8 !== 0) return undefined
  const bytes = new Uint8Array((text.length / 8) * 5)
  let bits = 0
  let held = 0
  let offset = 0
  for (let index = 0; index < text.length; index++) {
    const value = digit(text.charCodeAt(index))
    if (value < 0) return undefined
    held = ((held & 0xff) << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[offset++] = held >> bits
    }
  }
  return bytes
}

// By code and not by toLowerCase: that maps the Kelvin sign to k, and one name would have a text outside ASCII.
function digit(code: number): number {
  if (code >= 0x32 && code <= 0x37) return code - 0x32 + 26
  const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code
  return lower >= 0x61 && lower <= 0x7a ? lower - 0x61 : -1
}
