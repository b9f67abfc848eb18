// The cache: verified chunks, heads and names of others, held in memory until they are written behind everybody's back, and
// on disk within a limit. It never holds anybody up and never fails anybody: what it cannot keep, it lets go and counts.

import { HotSet, readHot } from './cache-hot.js'
import { CachePolicy } from './cache-policy.js'
import { CacheReclaim } from './cache-reclaim.js'
import { Contents } from './contents.js'
import type { DamageList } from './damage.js'
import { readChunk } from './durable.js'
import { writeWhole } from './files.js'
import { type CardItem, CHUNK_PREFIX_BYTES, type HeadItem, type Item, type NameItem } from './item.js'
import {
  CACHE_BYTES_MIN,
  CACHE_HEADS_SHARE,
  CACHE_HOT_SHARE,
  CACHE_LIVE_SHARE,
  CACHE_NAMES_SHARE,
  CACHE_REST_MS,
  CACHE_SEGMENT_BYTES_MAX,
  CACHE_SEGMENT_BYTES_MIN,
  CACHE_SEGMENTS,
  HEAD_WRITE_EVERY_MS,
  RECORD_AIM_BYTES,
  WRITE_BEHIND_BYTES,
} from './limits.js'
import type { Room } from './open-files.js'
import { Place, type PlaceOptions } from './place.js'
import { loadPlace } from './place-open.js'
import { encodeRecord, type PlacedItem, type RecordDraft } from './record.js'
import { scrubPlace } from './scrub.js'
import type { CacheStats } from './stats.js'
import type { Timer } from './time.js'
import { WaitingChunks } from './waiting-chunks.js'

export interface CacheOptions extends Omit<PlaceOptions, 'name' | 'segmentBytes'> {
  readonly seed: Uint8Array
  /** Bytes on disk, at most. */
  readonly limitBytes: number
  readonly damage: DamageList
}

export class Cache {
  readonly contents: Contents
  readonly limitBytes: number
  #dropped = 0
  #evicted = 0
  #writeFailures = 0
  readonly #options: CacheOptions
  readonly #place: Place
  readonly #policy: CachePolicy
  readonly #reclaim: CacheReclaim
  readonly #waiting: WaitingChunks
  readonly #recordBytes: number
  /** Only while the place is loaded. */
  #hot: HotSet | undefined
  #restUntilMs = Number.NEGATIVE_INFINITY
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #ended = false

  constructor(options: CacheOptions) {
    this.#options = options
    this.limitBytes = Math.max(CACHE_BYTES_MIN, options.limitBytes)
    const wanted = Math.floor(this.limitBytes / CACHE_SEGMENTS)
    const segmentBytes = Math.min(CACHE_SEGMENT_BYTES_MAX, Math.max(CACHE_SEGMENT_BYTES_MIN, wanted))
    this.#recordBytes = Math.min(RECORD_AIM_BYTES, segmentBytes >> 1)
    this.#place = new Place({ ...options, name: 'cache', segmentBytes })
    const policy = new CachePolicy(CACHE_LIVE_SHARE * this.limitBytes)
    this.#policy = policy
    this.#waiting = new WaitingChunks(options.seed, WRITE_BEHIND_BYTES, this.#recordBytes)
    this.contents = new Contents({
      place: 'cache',
      crypto: options.crypto,
      seed: options.seed,
      ledger: this.#place,
      read: this.#place.read,
      watcher: {
        added: (row, bytes, name) => this.#added(row, CHUNK_PREFIX_BYTES + bytes, fingerprint(name)),
        gone: (row) => policy.gone(row),
      },
    })
    this.#reclaim = new CacheReclaim(this.#place, this.contents, policy, (1 - CACHE_HOT_SHARE) * this.limitBytes)
  }

  /** Finds what is on disk, and deletes what is above the limit. */
  async load(): Promise<void> {
    const { files, crypto, directory } = this.#options
    this.#hot = readHot(crypto, files, `${directory}/hot`, CACHE_HOT_SHARE * this.limitBytes)
    await loadPlace(this.#place, this.contents, this.#options.damage)
    this.#hot = undefined
    this.#trim()
    await this.#tryToWrite(() => this.#reclaim.run())
  }

  has(name: Uint8Array): boolean {
    return this.#waiting.has(name) || this.contents.chunks.find(name) >= 0
  }

  /** Whether a chunk is in memory, not written yet. */
  isWaiting(name: Uint8Array): boolean {
    return this.#waiting.has(name)
  }

  /** A chunk that verifies, and counts as used. */
  chunk(name: Uint8Array, room?: Room): Uint8Array | undefined {
    const waiting = this.#waiting.get(name, room)
    if (waiting !== undefined) return waiting
    const row = this.contents.chunks.find(name)
    if (row < 0) return undefined
    this.#policy.used(row)
    return readChunk(this.#place, this.contents, this.#options.damage, name, room)
  }

  scrub(signal: AbortSignal | undefined, onBytes: (bytes: number) => void): Promise<void> {
    return scrubPlace(this.#place, this.contents, this.#options.damage, signal, onBytes)
  }

  stats(): CacheStats {
    const { limitBytes } = this
    return {
      diskBytes: this.#place.diskBytes,
      limitBytes,
      chunks: this.contents.chunks.size + this.#waiting.size,
      evicted: this.#evicted + this.#reclaim.droppedChunks,
      dropped: this.#dropped,
      writeFailures: this.#writeFailures,
      movedBytes: this.#reclaim.movedBytes,
      lostBytes: this.#place.lostBytes,
    }
  }

  /** Takes a copy of a verified chunk. */
  put(name: Uint8Array, bytes: Uint8Array): void {
    if (this.has(name)) return
    if (!this.#rests && this.#waiting.add(name, bytes)) this.#wake()
    else this.#dropped++
  }

  /** Takes a verified head, certificate or card head, if it is newer than what is known. */
  remember(item: HeadItem | NameItem | CardItem): void {
    if (this.#ended) return
    if (item.type === 'head') this.contents.heads.offer(item)
    else this.contents.names.apply(item, undefined)
    this.#trim()
    this.#wake()
  }

  forget(name: Uint8Array): void {
    this.#waiting.delete(name)
    this.contents.chunks.delete(name)
  }

  /** Resolves when all that waits is written or given up. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    await this.#start(true)
  }

  async close(): Promise<void> {
    await this.flush()
    this.#ended = true
    this.#timer?.cancel()
    while (this.#running !== undefined) await this.#running
    await this.#place.close()
    await this.#writeHot()
  }

  #added(row: number, bytes: number, fingerprint: number): void {
    this.#policy.added(row, bytes, fingerprint, this.#hot?.has(fingerprint) === true)
  }

  /** What cannot be written is not needed. */
  async #writeHot(): Promise<void> {
    const { files, crypto, directory } = this.#options
    const bytes = new HotSet(this.#policy.proven()).encode(crypto)
    if (bytes.length > CACHE_HOT_SHARE * this.limitBytes) return
    try {
      await writeWhole(files, `${directory}/hot`, bytes, false)
    } catch {
      this.#writeFailures++
    }
  }

  get #rests(): boolean {
    return this.#ended || this.#place.closed !== undefined || this.#options.time.now().nowMs < this.#restUntilMs
  }

  #wake(): void {
    if (this.#running === undefined && !this.#ended) void this.#start(false)
  }

  /** Writes what waits, one call at a time; what comes meanwhile is part of it. */
  #start(all: boolean): Promise<void> {
    this.#running = this.#options.time
      .turn()
      .then(() => this.#write(all))
      .finally(() => {
        this.#running = undefined
        if (this.#waiting.size > 0) this.#wake()
        else if (this.contents.heads.hasUnwritten) this.#wakeLater()
      })
    return this.#running
  }

  /** A head that was written lately waits for its time. */
  #wakeLater(): void {
    if (this.#timer !== undefined || this.#ended) return
    this.#timer = this.#options.time.after(HEAD_WRITE_EVERY_MS, () => {
      this.#timer = undefined
      this.#wake()
    })
  }

  /** Writes until nothing waits; what fails is given up. */
  async #write(all: boolean): Promise<void> {
    for (;;) {
      const draft = this.#waiting.take()
      if (draft !== undefined) {
        if (!this.#rests) await this.#tryToWrite(() => this.#appendChunks(draft))
        this.#dropped += this.#waiting.release(draft)
        continue
      }
      const items = this.#next(all)
      if (items.length === 0 || this.#rests || !(await this.#tryToWrite(() => this.#append(items)))) return
    }
  }

  /** Chunks and other things go to different records: only those with other things are read again at a start. */
  #next(all: boolean): Item[] {
    const names = this.contents.names.unwritten(64)
    if (names.length > 0) return names
    return this.contents.heads.unwritten(this.#options.time.now().nowMs, this.#recordBytes, all)
  }

  async #appendChunks(draft: RecordDraft): Promise<void> {
    const record = draft.end(this.#options.crypto, 'cache')
    // What was forgotten while it waited or was being written stays forgotten.
    await this.#appendRecord(record, draft.placed, (item) => item.type === 'chunk' && this.#waiting.delete(item.name))
  }

  async #append(items: readonly Item[]): Promise<void> {
    const { record, placed } = encodeRecord(this.#options.crypto, 'cache', items, this.#place.slab)
    await this.#appendRecord(record, placed, () => true)
  }

  async #appendRecord(
    record: Uint8Array,
    placed: readonly PlacedItem[],
    isWanted: (item: Item) => boolean,
  ): Promise<void> {
    const begins = this.#place.needsSegment(record.length)
    const { segment, offset } = await this.#place.append(record, placed)
    const wanted = placed.filter(({ item }) => isWanted(item))
    this.contents.apply(segment, offset, wanted)
    this.#trim()
    if (begins) await this.#reclaim.run()
  }

  async #tryToWrite(action: () => Promise<void>): Promise<boolean> {
    try {
      await action()
      return true
    } catch {
      this.#writeFailures++
      this.#restUntilMs = this.#options.time.now().nowMs + CACHE_REST_MS
      return false
    }
  }

  /** Lets go of what is too much: first heads and names beyond their shares, then chunks as the policy says. */
  #trim(): void {
    const { chunks, heads, names } = this.contents
    while (heads.size > 1 && heads.bytes > CACHE_HEADS_SHARE * this.limitBytes) heads.dropOldest()
    while (names.size > 1 && names.bytes > CACHE_NAMES_SHARE * this.limitBytes) names.dropOldest()
    this.#policy.capacityBytes = CACHE_LIVE_SHARE * this.limitBytes - heads.bytes - names.bytes
    for (let row = this.#policy.evict(); row >= 0; row = this.#policy.evict()) {
      const name = chunks.nameAt(row)
      if (name === undefined || !chunks.delete(name)) break
      this.#evicted++
    }
  }
}

/** 32 bits of a hash. */
function fingerprint(name: Uint8Array): number {
  return new DataView(name.buffer, name.byteOffset, name.byteLength).getUint32(0)
}
