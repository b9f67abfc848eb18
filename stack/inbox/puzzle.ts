// Puzzles: what a stranger pays for an envelope. The hash is bound to inbox, day, class and envelope, so that what was
// paid once buys nothing else (protocol §20.3).
//
//   H("runnel v1 puzzle" | inbox name 32 | day u32 | class u8 | H(ENVELOPE) 32 | nonce u64) begins with so many zero bits

import { encodeUtf8, Writer } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { KEY_BYTES } from './limits.js'

const PREFIX = encodeUtf8('runnel v1 puzzle')
const BYTES = PREFIX.length + KEY_BYTES + 4 + 1 + KEY_BYTES + 8
const DAY_MS = 86_400_000

/** What a nonce is searched for. `day` counts days since 1970 by the custodian's clock. */
export interface Puzzle {
  readonly inbox: Uint8Array
  readonly day: number
  readonly sizeClass: number
  /** H(ENVELOPE). */
  readonly envelope: Uint8Array
}

/** The day of a time. */
export function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS)
}

/** The leading zero bits of a nonce's hash: one hash. */
export function puzzleBits(crypto: Crypto, puzzle: Puzzle, nonce: number): number {
  return leadingZeros(crypto.hash(question(puzzle, nonce)))
}

/** A search that can be done in slices, from a nonce on that is not the same for everybody. */
export class PuzzleSearch {
  readonly #crypto: Crypto
  readonly #bits: number
  readonly #question: Uint8Array
  readonly #nonceView: DataView
  #nonce: number

  constructor(crypto: Crypto, puzzle: Puzzle, bits: number, firstNonce: number) {
    this.#crypto = crypto
    this.#bits = bits
    this.#nonce = firstNonce
    this.#question = question(puzzle, firstNonce)
    this.#nonceView = new DataView(this.#question.buffer, this.#question.byteOffset + BYTES - 8)
  }

  /** Tries this many nonces; the first that is good enough, or undefined. */
  step(tries: number): number | undefined {
    for (let count = 0; count < tries; count++) {
      const nonce = this.#nonce++
      this.#nonceView.setUint32(0, Math.floor(nonce / 0x1_0000_0000))
      this.#nonceView.setUint32(4, nonce >>> 0)
      if (leadingZeros(this.#crypto.hash(this.#question)) >= this.#bits) return nonce
    }
    return undefined
  }
}

function question({ inbox, day, sizeClass, envelope }: Puzzle, nonce: number): Uint8Array {
  return new Writer(BYTES).put(PREFIX).put(inbox).u32(day).u8(sizeClass).put(envelope).u64(nonce).bytes()
}

function leadingZeros(hash: Uint8Array): number {
  let bits = 0
  for (const byte of hash) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24
    bits += 8
  }
  return bits
}
