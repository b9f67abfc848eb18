// Chunks that are in memory until they are written, in the order in which they came, and never more bytes than a bound.

import { KeyMap, kept } from '../../stack/bytes/index.js'
import type { ChunkItem } from './item.js'

export class WaitingChunks {
  readonly #maxBytes: number
  readonly #chunks: KeyMap<ChunkItem>
  readonly #order = new Set<ChunkItem>()
  #bytes = 0

  /** `seed`: 8 random bytes. */
  constructor(seed: Uint8Array, maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#chunks = new KeyMap(seed)
  }

  get size(): number {
    return this.#order.size
  }

  get(name: Uint8Array): Uint8Array | undefined {
    return this.#chunks.get(name)?.bytes
  }

  /** Takes a chunk that is not there, and that nobody changes any more; false when it does not fit. */
  add(name: Uint8Array, bytes: Uint8Array): boolean {
    if (this.#bytes + bytes.length > this.#maxBytes) return false
    const item: ChunkItem = { type: 'chunk', name: name.slice(), bytes: kept(bytes) }
    this.#chunks.set(name, item)
    this.#order.add(item)
    this.#bytes += bytes.length
    return true
  }

  /** Whether it was there. */
  delete(name: Uint8Array): boolean {
    const item = this.#chunks.get(name)
    if (item === undefined) return false
    this.#bytes -= item.bytes.length
    this.#order.delete(item)
    return this.#chunks.delete(name)
  }

  /** Those that came first: at most `maxBytes` of items, or one. */
  first(maxBytes: number): ChunkItem[] {
    const items: ChunkItem[] = []
    let bytes = 0
    for (const item of this.#order) {
      bytes += item.bytes.length + 64
      if (items.length > 0 && bytes > maxBytes) break
      items.push(item)
    }
    return items
  }
}
