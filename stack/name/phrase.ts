// Recovery phrases: a rung's 32-byte seed as 24 English words (BIP-39). The words are the seed itself with a checksum of
// eight bits; no password and no stretching is between them, so the phrase and the seed are equally secret.

import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import type { Reason } from '../bytes/index.js'
import { KEY_BYTES } from './limits.js'

/** Words of a phrase. */
export const PHRASE_WORDS = 24

const words = new Set(wordlist)

/** The 24 words of a seed, in lower case with a space between. Throws RangeError unless it has 32 bytes. */
export function seedToPhrase(seed: Uint8Array): string {
  if (seed.length !== KEY_BYTES) throw new RangeError(`a seed of ${seed.length} bytes where ${KEY_BYTES} are needed`)
  return entropyToMnemonic(seed, wordlist)
}

/**
 * The seed of a phrase; case and the kind and amount of white space do not matter.
 * 'bad-length': not 24 words; 'bad-text': a word that is not in the list; 'bad-checksum': words that do not belong
 * together, most likely exchanged or taken for others.
 */
export function phraseToSeed(phrase: string): Uint8Array | Reason {
  const typed = phrase
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '')
  if (typed.length !== PHRASE_WORDS) return 'bad-length'
  if (!typed.every((word) => words.has(word))) return 'bad-text'
  try {
    return mnemonicToEntropy(typed.join(' '), wordlist)
  } catch {
    return 'bad-checksum'
  }
}

/** Places of the words that are not in the list, counted from 0: what to show a user who got 'bad-text'. */
export function unknownWords(phrase: string): number[] {
  const typed = phrase
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '')
  return typed.flatMap((word, place) => (words.has(word) ? [] : [place]))
}
