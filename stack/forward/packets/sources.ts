// Who asks by packets, and how much: a bucket of packets for each source, and what it has outstanding.

import { toHex } from '../../bytes/index.js'
import { MAX_SOURCES, PACKETS_AT_ONCE, PACKETS_PER_SECOND } from './limits.js'

/** One address that asks. */
export interface Source {
  /** Questions that are open, and the bytes that their answers may have. */
  open: number
  openBytes: number
  credit: number
  sinceUs: number
}

export class Sources {
  /** Who asked longest ago is the first. */
  readonly #sources = new Map<string, Source>()

  get size(): number {
    return this.#sources.size
  }

  /** The source of a packet that comes now; undefined when it has sent too many. */
  take(nowUs: number, address: Uint8Array): Source | undefined {
    const key = toHex(address)
    const source = this.#sources.get(key) ?? { open: 0, openBytes: 0, credit: PACKETS_AT_ONCE, sinceUs: nowUs }
    this.#sources.delete(key)
    if (this.#sources.size >= MAX_SOURCES) {
      const [oldest] = this.#sources.keys()
      if (oldest !== undefined) this.#sources.delete(oldest)
    }
    this.#sources.set(key, source)
    const earned = ((nowUs - source.sinceUs) / 1_000_000) * PACKETS_PER_SECOND
    source.credit = Math.min(PACKETS_AT_ONCE, source.credit + Math.max(0, earned))
    source.sinceUs = nowUs
    if (source.credit < 1) return undefined
    source.credit--
    return source
  }
}
