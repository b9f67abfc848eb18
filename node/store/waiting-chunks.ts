// Chunks that are in memory until they are written, in the order in which they came, and never more bytes than a bound.
// Each is copied once, to where it stands in the record that it will be written with; that memory is used again and again.

import { KeyMap, uninitialized } from '../../stack/bytes/index.js'
import { type ChunkItem, itemBytes } from './item.js'
import { SPARE_DRAFTS } from './limits.js'
import type { Room } from './open-files.js'
import { RecordDraft } from './record.js'

export class WaitingChunks {
  readonly #maxBytes: number
  readonly #recordBytes: number
  readonly #chunks: KeyMap<ChunkItem>
  /** The first one first; the last one is still being filled. */
  readonly #drafts: RecordDraft[] = []
  readonly #spare: Uint8Array[] = []
  #bytes = 0

  /** `seed`: 8 random bytes. `recordBytes`: of a record, at most; the largest chunk has to fit. */
  constructor(seed: Uint8Array, maxBytes: number, recordBytes: number) {
    this.#maxBytes = maxBytes
    this.#recordBytes = recordBytes
    this.#chunks = new KeyMap(seed)
  }

  get size(): number {
    return this.#chunks.size
  }

  has(name: Uint8Array): boolean {
    return this.#chunks.has(name)
  }

  /** A copy, in memory from `room` where it gives some. */
  get(name: Uint8Array, room?: Room): Uint8Array | undefined {
    const bytes = this.#chunks.get(name)?.bytes
    const copy = bytes && room?.(bytes.length)
    if (bytes === undefined || copy === undefined) return bytes?.slice()
    copy.set(bytes)
    return copy
  }

  /** Copies a chunk that is not there; false when it does not fit. */
  add(name: Uint8Array, bytes: Uint8Array): boolean {
    if (this.#bytes + bytes.length > this.#maxBytes) return false
    const item: ChunkItem = { type: 'chunk', name, bytes }
    let draft = this.#drafts.at(-1)
    if (draft === undefined || draft.bytes + itemBytes(item) > this.#recordBytes) {
      draft = new RecordDraft(this.#spare.pop() ?? uninitialized(this.#recordBytes))
      this.#drafts.push(draft)
    }
    this.#chunks.set(name, draft.addChunk(item))
    this.#bytes += bytes.length
    return true
  }

  /** Whether it was there. */
  delete(name: Uint8Array): boolean {
    const item = this.#chunks.get(name)
    if (item === undefined) return false
    this.#bytes -= item.bytes.length
    return this.#chunks.delete(name)
  }

  /** The record with those that came first, which takes no more; some of them may have been deleted. They stay at hand. */
  take(): RecordDraft | undefined {
    return this.#drafts.shift()
  }

  /** Forgets what is still there of a record that was taken; its memory is filled again. How many chunks that were. */
  release({ placed, memory }: RecordDraft): number {
    let count = 0
    for (const { item } of placed) {
      // It may have been deleted, and have come again: then it waits in another record.
      if (item.type === 'chunk' && this.#chunks.get(item.name) === item && this.delete(item.name)) count++
    }
    if (this.#spare.length < SPARE_DRAFTS) this.#spare.push(memory)
    return count
  }
}
