// What one place holds: every item that is written or found goes through `apply`, in the order of the segments, and what
// was found at a start is the same as what was there before.

import { RunnelError } from '../../errors/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { ChunkIndex, type ChunkWatcher } from './chunk-index.js'
import { Forks } from './forks.js'
import { type Item, type PlaceName, refusal } from './item.js'
import {
  CACHED_HEADS_MAX,
  CACHED_NAMES_MAX,
  FORKS_MAX,
  LOGS_MAX,
  NAMES_MAX,
  RECORD_ITEMS_MAX,
  VALUES_BYTES_MAX,
  VALUES_MAX,
} from './limits.js'
import { OwnLogs } from './own-logs.js'
import { chunkOffset, type PlacedItem } from './record.js'
import { RememberedHeads } from './remembered-heads.js'
import { RememberedNames } from './remembered-names.js'
import { cardFields, certificateFields, headFields } from './signed.js'
import type { Ledger, ReadSpot, Spot } from './spot.js'
import { Values } from './values.js'

export interface ContentsOptions {
  readonly place: PlaceName
  readonly crypto: Crypto
  /** 8 random bytes for the tables. */
  readonly seed: Uint8Array
  readonly ledger: Ledger
  readonly read: ReadSpot
  readonly watcher?: ChunkWatcher
}

export class Contents {
  readonly place: PlaceName
  readonly chunks: ChunkIndex
  /** Our own logs; empty in other places. */
  readonly logs: OwnLogs
  /** Heads with their pages; empty in own/. */
  readonly heads: RememberedHeads
  readonly names: RememberedNames
  readonly values: Values
  readonly forks: Forks
  readonly #crypto: Crypto

  constructor({ place, crypto, seed, ledger, read, watcher }: ContentsOptions) {
    this.place = place
    this.#crypto = crypto
    const isCache = place === 'cache'
    const heads = isCache ? CACHED_HEADS_MAX : LOGS_MAX + RECORD_ITEMS_MAX
    const names = isCache ? CACHED_NAMES_MAX : NAMES_MAX + RECORD_ITEMS_MAX
    this.chunks = new ChunkIndex(seed, ledger, watcher)
    this.logs = new OwnLogs(seed, ledger, crypto, read)
    this.heads = new RememberedHeads(seed, heads, ledger, crypto, read)
    this.names = new RememberedNames(seed, names, ledger, crypto)
    this.values = new Values(ledger)
    this.forks = new Forks(seed, ledger, crypto, read)
  }

  /** Files the items of a record that begins at `base`. */
  apply(segment: number, base: number, items: readonly PlacedItem[]): void {
    for (const { item, offset, bytes } of items) this.#applyItem(item, { segment, offset: base + offset, bytes })
  }

  /** A chunk whose content begins at `offset`. */
  applyChunk(name: Uint8Array, segment: number, offset: number, bytes: number): void {
    this.chunks.put(name, segment, offset, bytes)
  }

  /**
   * What has to be written again before a segment may go, for one item in it: nothing when the item is dead. For a part of
   * an own log's head or open page that is the whole of them, because the order of runs counts; `logs` are those done.
   */
  copy(item: Item, spot: Spot, oldest: boolean, logs: Uint8Array[]): Item[] {
    switch (item.type) {
      case 'chunk':
        return this.chunks.isAt(item.name, spot.segment, chunkOffset(spot.offset)) ? [item] : []
      case 'forget':
        // It counts as long as an older segment may hold the chunk. One that came later must not fall behind it.
        return oldest || this.chunks.find(item.name) >= 0 || this.chunks.isLost(item.name) ? [] : [item]
      case 'value':
        return listOf(this.values.copy(item, spot, oldest))
      case 'name':
      case 'card':
        return listOf(this.names.copy(item, spot))
      case 'fork':
        return listOf(this.forks.copy(item, spot))
      case 'run':
        return this.#copyLog(this.logs.logAt(item, spot), logs)
      case 'head':
        if (this.place !== 'own') return listOf(this.heads.copy(item, spot))
        return this.#copyLog(this.logs.logAt(item, spot), logs)
    }
  }

  /** Forgets all that is still alive in a segment that goes. */
  drop(segment: number): void {
    for (const name of this.chunks.namesWithin(segment, 0, Number.POSITIVE_INFINITY)) this.chunks.delete(name)
    this.heads.dropSegment(segment)
    this.names.dropSegment(segment)
  }

  /** Throws BAD_ARGUMENT or TOO_LARGE for an item that has no place here, whatever is in it already. */
  check(items: readonly Item[]): void {
    for (const item of items) {
      const reason = refusal(item, this.place) ?? this.#layout(item)
      if (reason === undefined) continue
      const code = reason === 'too-long' ? 'TOO_LARGE' : 'BAD_ARGUMENT'
      throw new RunnelError(code, `a ${item.type} cannot be stored in ${this.place}: ${reason}`)
    }
  }

  /** The error for an item that would be one too many. */
  overflow(items: readonly Item[]): RunnelError | undefined {
    for (const item of items) {
      const limit = this.#limitReached(item)
      if (limit === undefined) continue
      const message = `no more than ${limit} are kept in ${this.place}`
      return new RunnelError('TOO_MANY', message, { blame: 'local' })
    }
    return undefined
  }

  #applyItem(item: Item, spot: Spot): void {
    switch (item.type) {
      case 'chunk':
        this.chunks.put(item.name, spot.segment, chunkOffset(spot.offset), item.bytes.length)
        break
      case 'run':
        this.logs.applyRun(item, spot)
        break
      case 'head':
        if (this.place === 'own') this.logs.applyHead(item, spot)
        else this.heads.apply(item, spot)
        break
      case 'name':
      case 'card':
        this.names.apply(item, spot)
        break
      case 'value':
        this.values.apply(item, spot)
        break
      case 'forget':
        this.chunks.delete(item.name)
        break
      case 'fork':
        this.forks.apply(item, spot)
    }
  }

  #copyLog(log: Uint8Array | undefined, done: Uint8Array[]): Item[] {
    if (log === undefined || done.includes(log)) return []
    done.push(log)
    return this.logs.copy(log) ?? []
  }

  #layout(item: Item): 'bad-type' | undefined {
    switch (item.type) {
      case 'head':
        return headFields(item.headBytes) === undefined ? 'bad-type' : undefined
      case 'card':
        return cardFields(item.headBytes) === undefined ? 'bad-type' : undefined
      case 'name':
        return certificateFields(this.#crypto, item.certificateBytes) === undefined ? 'bad-type' : undefined
      case 'fork': {
        const heads = [item.first, item.second].map(({ headBytes }) => headFields(headBytes))
        return heads.includes(undefined) ? 'bad-type' : undefined
      }
      default:
        return undefined
    }
  }

  #limitReached(item: Item): string | undefined {
    switch (item.type) {
      case 'run':
        return this.logs.refuses(item.log) ? `${LOGS_MAX} logs` : undefined
      case 'head': {
        const log = headFields(item.headBytes)?.log
        const table = this.place === 'own' ? this.logs : this.heads
        return log !== undefined && table.refuses(log) ? `${LOGS_MAX} logs` : undefined
      }
      case 'name':
      case 'card': {
        const name = this.names.nameOf(item)
        return name !== undefined && this.names.refuses(name) ? `${NAMES_MAX} names` : undefined
      }
      case 'fork': {
        const log = headFields(item.first.headBytes)?.log
        return log !== undefined && this.forks.refuses(log) ? `${FORKS_MAX} fork proofs` : undefined
      }
      case 'value':
        return this.#valueLimitReached(item.key, item.bytes.length)
      default:
        return undefined
    }
  }

  #valueLimitReached(key: string, bytes: number): string | undefined {
    const known = this.values.get(key)?.length
    if (bytes === 0) return undefined
    if (known === undefined && this.values.size >= VALUES_MAX) return `${VALUES_MAX} values`
    const total = this.values.bytes + bytes - (known ?? 0)
    return total > VALUES_BYTES_MAX ? `${VALUES_BYTES_MAX} bytes of values` : undefined
  }
}

function listOf<T>(item: T | undefined): T[] {
  return item === undefined ? [] : [item]
}
