// The store of a home, as the node sees it: own/ (flushed before anything is acknowledged or leaves), kept/ (the same, for
// others' things that must not be lost) and cache/ (written behind, within a limit). No byte is given that does not verify.

import type { Crypto } from '../../stack/crypto/index.js'
import { Cache } from './cache.js'
import { type Damage, DamageList } from './damage.js'
import { Durable } from './durable.js'
import type { Files } from './files.js'
import type { ForkProof } from './forks.js'
import { type Home, openHome } from './home.js'
import type { HeadWithPage, KeptItem, OwnItem, PlaceName } from './item.js'
import { SEGMENT_BYTES } from './limits.js'
import type { Room } from './open-files.js'
import type { OwnHead } from './own-logs.js'
import { type ScrubProgress, scrubPlace } from './scrub.js'
import { headFields } from './signed.js'
import { FlushTimes, type StoreStats } from './stats.js'
import { newestHead, type StoredHead } from './stored-head.js'
import { mergeNames, type StoredName } from './stored-name.js'
import type { Time } from './time.js'

export interface StoreOptions {
  /** The directory; made where it is missing. */
  readonly home: string
  readonly files: Files
  readonly crypto: Crypto
  readonly randomBytes: (length: number) => Uint8Array
  /** Bytes that the cache may take on disk; less than 4 MiB counts as 4 MiB. */
  readonly cacheBytes: number
  readonly time: Time
  /** Bytes of a segment of own/ and kept/; 64 MiB unless a test wants less. */
  readonly segmentBytes?: number | undefined
}

/** Opens a home. Throws NODE_RUNNING, READ_ONLY, PERMISSION, VERSION or IO, and then leaves nothing locked. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { files, crypto, randomBytes } = options
  const path = options.home.length > 1 ? options.home.replace(/\/+$/, '') : options.home
  const home = await openHome({ path, files, crypto, randomBytes })
  const store = new Store(home, options)
  try {
    await store.load()
    return store
  } catch (thrown) {
    await store.close()
    throw thrown
  }
}

export class Store {
  readonly home: Home
  readonly #time: Time
  readonly #own: Durable
  readonly #kept: Durable
  readonly #cache: Cache
  readonly #damage = new DamageList()
  readonly #flushTimes = new FlushTimes()
  readonly #hits = { own: 0, kept: 0, cache: 0 }
  #misses = 0
  #closing: Promise<void> | undefined

  /** Use `openStore`. */
  constructor(home: Home, options: StoreOptions) {
    const { files, crypto, randomBytes, time, cacheBytes } = options
    this.home = home
    this.#time = time
    const common = { files, crypto, seed: randomBytes(8), damage: this.#damage, time }
    const durable = { ...common, segmentBytes: options.segmentBytes ?? SEGMENT_BYTES }
    this.#own = new Durable({ ...durable, name: 'own', directory: `${home.path}/own` })
    this.#kept = new Durable({ ...durable, name: 'kept', directory: `${home.path}/kept` })
    this.#cache = new Cache({ ...common, directory: `${home.path}/cache`, limitBytes: cacheBytes })
    for (const { place } of [this.#own, this.#kept]) place.onFlush = (tookMs) => this.#flushTimes.add(tookMs)
  }

  /** The home was copied or restored: its device key and logs may be in use elsewhere. */
  get copied(): boolean {
    return this.home.copied
  }

  /** 16 random bytes of this home. */
  get incarnation(): Uint8Array {
    return this.home.incarnation
  }

  /** Makes a copied home one of its own. To be called when the new device key and logs are stored. */
  adoptHome(): Promise<void> {
    return this.home.adopt()
  }

  /** For `openStore`. */
  async load(): Promise<void> {
    await this.#own.load()
    await this.#kept.load()
    await this.#cache.load()
  }

  /** Stores our own items together: they survive a power loss once this resolves; when it rejects none is in effect. */
  commit(items: readonly OwnItem[]): Promise<void> {
    return this.#own.commit(items)
  }

  /** The same in kept/, for what is others' and must not be lost. The cache need not have what is kept. */
  async keep(items: readonly KeptItem[]): Promise<void> {
    await this.#kept.commit(items)
    for (const item of items) if (item.type === 'chunk') this.#cache.forget(item.name)
  }

  /** Kind and bytes of a chunk in kept/, from its first byte alone, which is not checked. */
  keptChunk(name: Uint8Array): { kind: number; bytes: number } | undefined {
    const { place, contents } = this.#kept
    const row = contents.chunks.find(name)
    if (row < 0 || this.#closing !== undefined) return undefined
    const [kind] = place.read(contents.chunks.segment(row), contents.chunks.offset(row), 1) ?? []
    return kind === undefined ? undefined : { kind, bytes: contents.chunks.bytes(row) }
  }

  /** A chunk of kept/ whose hash was checked now. */
  readKept(name: Uint8Array): Uint8Array | undefined {
    return this.#closing === undefined ? this.#kept.chunk(name) : undefined
  }

  hasChunk(name: Uint8Array): boolean {
    return this.isOwnChunk(name) || this.#kept.contents.chunks.find(name) >= 0 || this.#cache.has(name)
  }

  isOwnChunk(name: Uint8Array): boolean {
    return this.#own.contents.chunks.find(name) >= 0
  }

  /**
   * A chunk whose hash was checked now, and where it was: `inMemory` when it waits to be written. Must not be changed.
   * What is damaged is named and not given. `room`: where to put it.
   */
  readChunk(name: Uint8Array, room?: Room): { bytes: Uint8Array; place: PlaceName; inMemory: boolean } | undefined {
    if (this.#closing !== undefined) return undefined
    for (const place of ['own', 'kept', 'cache'] as const) {
      const bytes = place === 'cache' ? this.#cache.chunk(name, room) : this.#durable(place).chunk(name, room)
      if (bytes === undefined) continue
      this.#hits[place]++
      return { bytes, place, inMemory: place === 'cache' && this.#cache.isWaiting(name) }
    }
    this.#misses++
    return undefined
  }

  /** Takes a verified chunk for the cache. Returns at once; may be readable only as long as there is room for it. */
  putCached(name: Uint8Array, bytes: Uint8Array): void {
    if (this.isOwnChunk(name) || this.#kept.contents.chunks.find(name) >= 0) return
    this.#cache.put(name, bytes)
  }

  /** Lets go of chunks wherever they are. Their space is used again later. */
  async forget(names: readonly Uint8Array[]): Promise<void> {
    for (const name of names) this.#cache.forget(name)
    for (const durable of [this.#own, this.#kept]) await durable.forget(names)
  }

  /** Lets go of chunks in kept/ alone. */
  forgetKept(names: readonly Uint8Array[]): Promise<void> {
    return this.#kept.forget(names)
  }

  /** Our logs: newest head and open page of each. */
  ownHeads(): OwnHead[] {
    return [...this.#own.contents.logs.heads()]
  }

  /** The newest head of a log by (length, time), with its open page. */
  head(log: Uint8Array): StoredHead | undefined {
    const own = this.#own.contents.logs.head(log)
    if (own?.page !== undefined) return { ...own, page: own.page, own: true }
    const found = [this.#kept, this.#cache].map(({ contents }) => contents.heads.head(log))
    return newestHead(found.flatMap((head) => (head === undefined ? [] : [{ ...head, own: false }])))
  }

  /** The newest head of a log in kept/: what readers here were shown. */
  keptHead(log: Uint8Array): StoredHead | undefined {
    const head = this.#kept.contents.heads.head(log)
    return head === undefined ? undefined : { ...head, own: false }
  }

  /** The same without its page, which is on disk. */
  keptHeadBytes(log: Uint8Array): Uint8Array | undefined {
    return this.#kept.contents.heads.headBytes(log)
  }

  /** Remembers a verified head of somebody else, if it is newer than what is known. */
  putHead(headBytes: Uint8Array, page: Uint8Array, ageS: number): void {
    this.#cache.remember({ type: 'head', ageS, seenMs: this.#time.now().nowMs, headBytes, page })
  }

  /** The newest certificate of a name and the newest card head of each device, wherever they are. */
  name(name: Uint8Array): StoredName | undefined {
    return mergeNames(
      { own: true, known: this.#own.contents.names.name(name) },
      { own: false, known: this.#kept.contents.names.name(name) },
      { own: false, known: this.#cache.contents.names.name(name) },
    )
  }

  /** The names that we are a device of. */
  ownNames(): Uint8Array[] {
    return [...this.#own.contents.names.names()].map(([name]) => name)
  }

  /** Remembers a verified certificate and card heads of somebody else, each if it is newer than what is known. */
  putName(certificateBytes: Uint8Array, cardHeads: readonly Uint8Array[], ageS: number): void {
    const seenMs = this.#time.now().nowMs
    this.#cache.remember({ type: 'name', ageS, seenMs, certificateBytes })
    for (const headBytes of cardHeads) this.#cache.remember({ type: 'card', ageS, seenMs, headBytes })
  }

  /** All fork proofs that verify. */
  forks(): ForkProof[] {
    const { forks } = this.#kept.contents
    return [...forks.logs()].flatMap((log) => forks.fork(log) ?? [])
  }

  fork(log: Uint8Array): ForkProof | undefined {
    return this.#kept.contents.forks.fork(log)
  }

  /** Keeps a verified fork proof; one for each log is enough. */
  async putFork(first: HeadWithPage, second: HeadWithPage): Promise<void> {
    const log = headFields(first.headBytes)?.log
    if (log === undefined || this.fork(log) === undefined) await this.keep([{ type: 'fork', first, second }])
  }

  /** The node's own state under a key. */
  value(key: string): Uint8Array | undefined {
    return this.#own.contents.values.get(key)
  }

  /** The keys that begin with a prefix, and their values. */
  values(prefix = ''): { key: string; bytes: Uint8Array }[] {
    return this.#own.contents.values.all().filter(({ key }) => key.startsWith(prefix))
  }

  /** Stores it durably; empty bytes delete the key. */
  setValue(key: string, bytes: Uint8Array): Promise<void> {
    return this.commit([{ type: 'value', key, bytes }])
  }

  /** A value that was put to kept/ by `keep`. */
  keptValue(key: string): Uint8Array | undefined {
    return this.#kept.contents.values.get(key)
  }

  /** The values of kept/ whose keys begin with a prefix. */
  keptValues(prefix: string): { key: string; bytes: Uint8Array }[] {
    return this.#kept.contents.values.all().filter(({ key }) => key.startsWith(prefix))
  }

  /** What did not verify since the start, as far as the list goes; `stats().damaged` counts all. */
  get damage(): readonly Damage[] {
    return this.#damage.named
  }

  /** Own chunks that are lost to damage and have not been committed again. */
  get damagedOwn(): Uint8Array[] {
    return this.#damage.chunks('own')
  }

  stats(): StoreStats {
    return {
      own: this.#own.stats(),
      kept: this.#kept.stats(),
      cache: this.#cache.stats(),
      hits: { ...this.#hits },
      misses: this.#misses,
      forks: this.#kept.contents.forks.size,
      damaged: this.#damage.count,
      flushes: this.#flushTimes.count,
      flushMedianMs: this.#flushTimes.medianMs(),
    }
  }

  /** Verifies everything on disk; what is damaged is in `damage` afterwards. Throws ABORTED. */
  async scrub(signal?: AbortSignal, onProgress: (progress: ScrubProgress) => void = () => {}): Promise<void> {
    const { own, kept, cache } = this.stats()
    const totalBytes = own.diskBytes + kept.diskBytes + cache.diskBytes
    let doneBytes = 0
    const onBytes = (bytes: number): void => {
      doneBytes += bytes
      onProgress({ doneBytes, totalBytes })
    }
    for (const { place, contents } of [this.#own, this.#kept]) {
      await scrubPlace(place, contents, this.#damage, signal, onBytes)
    }
    await this.#cache.scrub(signal, onBytes)
  }

  /** Resolves when all that the cache has accepted is written or given up, and nothing is compacted. */
  async settle(): Promise<void> {
    await this.#cache.flush()
    await this.#own.compaction.settle()
    await this.#kept.compaction.settle()
  }

  /** Ends what was accepted, writes what makes the next start fast, and lets go of the home. Any further call does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    try {
      const ends = await Promise.allSettled([this.#own.close(), this.#kept.close(), this.#cache.close()])
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    } finally {
      this.home.release()
    }
  }

  #durable(place: 'own' | 'kept'): Durable {
    return place === 'own' ? this.#own : this.#kept
  }
}
