// Which cached chunks have been used, so that a restart does not treat what everybody reads like what nobody asked for twice.
// Written at an orderly end and read at the next start; without it, or when it is damaged, all chunks begin as unread.
//
//   HOT = "RNH1" | n u32 | n × fingerprint u32, ascending | checksum 16 = H(all before)[0..16]

import { equal, Reader, type Reason, Writer } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type Files, readWhole } from './files.js'

const MAGIC = new Uint8Array([0x52, 0x4e, 0x48, 0x31])
const CHECKSUM_BYTES = 16

/** A set of 32-bit fingerprints, 4 bytes each. */
export class HotSet {
  readonly #sorted: Uint32Array

  constructor(fingerprints: Iterable<number>) {
    this.#sorted = Uint32Array.from(new Set(fingerprints)).sort()
  }

  get size(): number {
    return this.#sorted.length
  }

  has(fingerprint: number): boolean {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] ?? 0) < fingerprint) low = middle + 1
      else high = middle
    }
    return this.#sorted[low] === fingerprint
  }

  encode(crypto: Crypto): Uint8Array {
    const writer = new Writer(8 + 4 * this.size + CHECKSUM_BYTES).put(MAGIC).u32(this.size)
    for (const fingerprint of this.#sorted) writer.u32(fingerprint)
    return writer.put(crypto.hash(writer.bytes()).subarray(0, CHECKSUM_BYTES)).bytes()
  }
}

export function decodeHot(crypto: Crypto, bytes: Uint8Array): HotSet | Reason {
  const body = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES))
  const reader = new Reader(body)
  if (!equal(reader.take(4), MAGIC)) return reader.failed ?? 'bad-type'
  if (!equal(crypto.hash(body).subarray(0, CHECKSUM_BYTES), bytes.subarray(body.length))) return 'bad-checksum'
  const rows = new Reader(reader.take(4 * reader.u32()))
  const failed = reader.end()
  if (failed !== undefined) return failed
  const fingerprints: number[] = []
  while (rows.remaining > 0) {
    const fingerprint = rows.u32()
    if (fingerprint <= (fingerprints.at(-1) ?? -1)) return 'bad-order'
    fingerprints.push(fingerprint)
  }
  return new HotSet(fingerprints)
}

/** What the last end left; undefined where that is missing, damaged or cannot be read. */
export function readHot(crypto: Crypto, files: Files, path: string, maxBytes: number): HotSet | undefined {
  try {
    const hot = decodeHot(crypto, readWhole(files, path, maxBytes) ?? new Uint8Array(0))
    return typeof hot === 'string' ? undefined : hot
  } catch {
    return undefined
  }
}
