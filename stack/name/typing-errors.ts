// Where the typing error of a text probably is: what differs from it by one slip and has a right checksum. One guess in
// some thousands is right by accident, so it is for showing to whoever typed it, and never to go on with.

import type { Crypto } from '../crypto/index.js'
import { decodeText, TEXT_CHARACTERS } from './text.js'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** A text that may have been meant, and the place (from 1) of the first character that differs. */
export interface LikelyText {
  readonly text: string
  readonly at: number
}

/**
 * What may have been meant by a text that is not right: one character wrong, left out, typed twice or too much, or two
 * changed over. At most 1,850 checksums are computed; nothing is tried of a text whose length is further away.
 */
export function likelyTexts(crypto: Crypto, text: string): LikelyText[] {
  const given = text.toLowerCase()
  const found = new Map<string, LikelyText>()
  for (const guess of guessesOf(given)) {
    if (guess.text === given || found.has(guess.text)) continue
    if (typeof decodeText(crypto, guess.text) !== 'string') found.set(guess.text, guess)
  }
  return [...found.values()]
}

function* guessesOf(text: string): Generator<LikelyText, void, undefined> {
  if (Math.abs(text.length - TEXT_CHARACTERS) > 1) return
  const places = Array.from({ length: text.length + 1 }, (_, index) => index)
  for (const index of places) {
    const [before, rest] = [text.slice(0, index), text.slice(index)]
    const at = index + 1
    if (text.length === TEXT_CHARACTERS + 1) yield { text: before + rest.slice(1), at }
    if (text.length === TEXT_CHARACTERS && rest.length >= 2) {
      yield { text: `${before}${rest[1]}${rest[0]}${rest.slice(2)}`, at }
    }
    if (text.length > TEXT_CHARACTERS) continue
    const kept = text.length === TEXT_CHARACTERS ? rest.slice(1) : rest
    for (const character of ALPHABET) yield { text: before + character + kept, at }
  }
}
