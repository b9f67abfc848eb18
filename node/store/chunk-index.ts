// Where the chunks of one place are: 10 bytes a chunk beside its row in a KeyTable, and nothing that is an object.

import { KeySet, KeyTable } from '../../stack/bytes/index.js'
import { CHUNK_PREFIX_BYTES } from './item.js'
import type { Ledger } from './spot.js'

/** Told of each chunk that is added or gone, by row; a chunk that only moves is neither. */
export interface ChunkWatcher {
  added(row: number, bytes: number, name: Uint8Array): void
  gone(row: number): void
}

export class ChunkIndex {
  readonly #table: KeyTable
  readonly #ledger: Ledger
  readonly #watcher: ChunkWatcher | undefined
  /** Chunks that could not be read: not here for anybody who asks, but on disk they may be. */
  readonly #lost: KeySet
  #segments = new Uint32Array(64)
  #offsets = new Uint32Array(64)
  #lengths = new Uint16Array(64)

  constructor(seed: Uint8Array, ledger: Ledger, watcher?: ChunkWatcher) {
    this.#table = new KeyTable(seed)
    this.#ledger = ledger
    this.#watcher = watcher
    this.#lost = new KeySet(seed)
  }

  get size(): number {
    return this.#table.size
  }

  /** The row of a chunk, or −1. */
  find(name: Uint8Array): number {
    return this.#table.find(name)
  }

  segment(row: number): number {
    return this.#segments[row] ?? 0
  }

  /** Where the content begins in its segment. */
  offset(row: number): number {
    return this.#offsets[row] ?? 0
  }

  bytes(row: number): number {
    return this.#lengths[row] ?? 0
  }

  nameAt(row: number): Uint8Array | undefined {
    return this.#table.keyAt(row)
  }

  /** Whether this copy of a chunk is the one that counts. */
  isAt(name: Uint8Array, segment: number, offset: number): boolean {
    const row = this.#table.find(name)
    return row >= 0 && this.#segments[row] === segment && this.#offsets[row] === offset
  }

  /** Adds a chunk, or says that it is elsewhere now. False when the table is full. */
  put(name: Uint8Array, segment: number, offset: number, bytes: number): boolean {
    const known = this.#table.find(name)
    const row = known < 0 ? this.#table.insert(name) : known
    if (this.#lost.size > 0) this.#lost.delete(name)
    if (row < 0) return false
    if (known >= 0) this.#ledger.live(this.segment(row), -itemBytesOf(this.bytes(row)))
    this.#reserve(row)
    this.#segments[row] = segment
    this.#offsets[row] = offset
    this.#lengths[row] = bytes
    this.#ledger.live(segment, itemBytesOf(bytes))
    if (known < 0) this.#watcher?.added(row, bytes, name)
    return true
  }

  /** What could not be read, or did not verify, is not here any more; what is on disk of it stays there. */
  lose(name: Uint8Array): void {
    const row = this.#table.find(name)
    if (row < 0) return
    this.#ledger.unreadable(this.segment(row))
    this.delete(name)
    this.#lost.add(name)
  }

  isLost(name: Uint8Array): boolean {
    return this.#lost.size > 0 && this.#lost.has(name)
  }

  /** Whether it was there. */
  delete(name: Uint8Array): boolean {
    if (this.#lost.size > 0) this.#lost.delete(name)
    const row = this.#table.delete(name)
    if (row < 0) return false
    this.#ledger.live(this.segment(row), -itemBytesOf(this.bytes(row)))
    this.#watcher?.gone(row)
    return true
  }

  /** The names of the chunks with any byte in a part of a segment; walks the whole table. */
  namesWithin(segment: number, from: number, to: number): Uint8Array[] {
    const names: Uint8Array[] = []
    for (let row = this.#table.nextRow(0); row >= 0; row = this.#table.nextRow(row + 1)) {
      if (this.#segments[row] !== segment) continue
      if (this.offset(row) >= to || this.offset(row) + this.bytes(row) <= from) continue
      const name = this.#table.keyAt(row)
      if (name !== undefined) names.push(name)
    }
    return names
  }

  #reserve(row: number): void {
    if (row < this.#segments.length) return
    const length = Math.max(row + 1, 2 * this.#segments.length)
    const segments = new Uint32Array(length)
    const offsets = new Uint32Array(length)
    const lengths = new Uint16Array(length)
    segments.set(this.#segments)
    offsets.set(this.#offsets)
    lengths.set(this.#lengths)
    this.#segments = segments
    this.#offsets = offsets
    this.#lengths = lengths
  }
}

function itemBytesOf(chunkBytes: number): number {
  return CHUNK_PREFIX_BYTES + chunkBytes
}
