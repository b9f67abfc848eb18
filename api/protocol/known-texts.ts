// Short ASCII texts that frames have had lately. Nearly all keys and many texts of a frame were in the one before, and to
// find such a text again costs a tenth of decoding it.

import { knownTextBytes, knownTexts } from './limits.js'

/** By hash; one for each. */
const texts: (string | undefined)[] = new Array<string | undefined>(knownTexts).fill(undefined)

/** The text of ASCII bytes [from, from + length), or undefined for what is too long or no ASCII. */
export function knownText(bytes: Uint8Array, from: number, length: number): string | undefined {
  if (length > knownTextBytes) return undefined
  let hash = length
  for (let at = from; at < from + length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte > 0x7f) return undefined
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  const place = (hash >>> 0) % knownTexts
  const known = texts[place]
  if (known !== undefined && isText(known, bytes, from, length)) return known
  const text = String.fromCharCode(...bytes.subarray(from, from + length))
  texts[place] = text
  return text
}

function isText(text: string, bytes: Uint8Array, from: number, length: number): boolean {
  if (text.length !== length) return false
  for (let index = 0; index < length; index += 1) if (text.charCodeAt(index) !== bytes[from + index]) return false
  return true
}
