// HalfSipHash-1-3 (Aumasson and Bernstein; the variant that Linux calls hsiphash) of 32-byte keys under a secret 64-bit
// seed. Peers choose the keys of our tables, so an unseeded hash would let them make every key collide.

import { SEED_BYTES } from './limits.js'

/** The little-endian 32-bit word of `bytes` at `offset`, as a signed number. */
export function word(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] ?? 0) |
    ((bytes[offset + 1] ?? 0) << 8) |
    ((bytes[offset + 2] ?? 0) << 16) |
    ((bytes[offset + 3] ?? 0) << 24)
  )
}

/** Throws RangeError unless `seed` has at least SEED_BYTES bytes; more are ignored. */
export function checkSeed(seed: Uint8Array): void {
  if (seed.length < SEED_BYTES) throw new RangeError(`a seed of ${seed.length} bytes where ${SEED_BYTES} are needed`)
}

/** The hash of 8 words under the seed's two words, unsigned. */
export function hashWords(seedLow: number, seedHigh: number, words: Uint32Array): number {
  let v0 = seedLow | 0
  let v1 = seedHigh | 0
  let v2 = 0x6c796765 ^ seedLow
  let v3 = 0x74656462 ^ seedHigh
  // Eight words, the length block (32 bytes in the top byte), and three finishing rounds.
  for (let round = 0; round < 12; round++) {
    const message = round < 8 ? (words[round] ?? 0) | 0 : round === 8 ? 0x20000000 : 0
    if (round === 9) v2 ^= 0xff
    v3 ^= message
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= message
  }
  return (v1 ^ v3) >>> 0
}
