// own/ and kept/: what is committed here is flushed before anybody hears of it. A place, what it holds, the queue in front of
// it and the compaction behind it.

import { equal } from '../../stack/bytes/index.js'
import { CommitQueue } from './commit-queue.js'
import { Compaction } from './compaction.js'
import { Contents } from './contents.js'
import type { DamageList } from './damage.js'
import type { Item } from './item.js'
import { RECORD_ITEMS_MAX } from './limits.js'
import type { Room } from './open-files.js'
import { Place, type PlaceOptions } from './place.js'
import { loadPlace } from './place-open.js'
import type { DurableStats } from './stats.js'

export interface DurableOptions extends Omit<PlaceOptions, 'name'> {
  readonly name: 'own' | 'kept'
  readonly seed: Uint8Array
  readonly damage: DamageList
}

export class Durable {
  readonly place: Place
  readonly contents: Contents
  readonly compaction: Compaction
  readonly #queue: CommitQueue
  readonly #damage: DamageList

  constructor(options: DurableOptions) {
    const { crypto, seed, name, damage } = options
    this.#damage = damage
    this.place = new Place(options)
    this.contents = new Contents({ place: name, crypto, seed, ledger: this.place, read: this.place.read })
    this.#queue = new CommitQueue(this.place, this.contents, (chunk) => this.chunk(chunk) !== undefined)
    this.compaction = new Compaction(this.place, this.contents, this.#queue)
  }

  load(): Promise<void> {
    return loadPlace(this.place, this.contents, this.#damage)
  }

  /** Resolves when the items are on disk, all together. */
  async commit(items: readonly Item[]): Promise<void> {
    await this.#queue.commit(items)
    for (const item of items) if (item.type === 'chunk') this.#damage.mend(this.place.name, item.name)
    this.compaction.poke()
  }

  /** Lets go of those of the chunks that are here. */
  async forget(names: readonly Uint8Array[]): Promise<void> {
    const { chunks } = this.contents
    const held = names.filter((name) => chunks.find(name) >= 0 || chunks.isLost(name))
    for (let first = 0; first < held.length; first += RECORD_ITEMS_MAX) {
      await this.commit(held.slice(first, first + RECORD_ITEMS_MAX).map((name): Item => ({ type: 'forget', name })))
    }
  }

  /** A chunk that verifies; one that does not is named and forgotten. */
  chunk(name: Uint8Array, room?: Room): Uint8Array | undefined {
    return readChunk(this.place, this.contents, this.#damage, name, room)
  }

  stats(): DurableStats {
    const { diskBytes, liveBytes, closed } = this.place
    const { compacted } = this.compaction
    return { diskBytes, liveBytes, chunks: this.contents.chunks.size, compacted, closed: closed !== undefined }
  }

  /** Ends what is accepted, and closes the files. */
  async close(): Promise<void> {
    await Promise.all([this.#queue.close(), this.compaction.close()])
    await this.place.close()
  }
}

/** Reads a chunk of a place and checks its hash: damaged bytes are never given. */
export function readChunk(
  place: Pick<Place, 'name' | 'read' | 'options'>,
  contents: Contents,
  damage: DamageList,
  name: Uint8Array,
  room?: Room,
): Uint8Array | undefined {
  const { chunks } = contents
  const row = chunks.find(name)
  if (row < 0) return undefined
  const [segment, offset, bytes] = [chunks.segment(row), chunks.offset(row), chunks.bytes(row)]
  const found = place.read(segment, offset, bytes, room)
  if (found !== undefined && equal(place.options.crypto.hash(found), name)) return found
  damage.add({ place: place.name, segment, offset, bytes, chunk: name.slice() })
  if (place.name === 'cache') chunks.delete(name)
  else chunks.lose(name)
  return undefined
}
