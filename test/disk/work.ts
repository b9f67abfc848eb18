// One operation after the other on an opened home, drawn from a seed: everything that a node does with its disk.

import { isRunnelError } from '../../errors/index.js'
import { ChunkSink } from '../../node/publisher/chunk-sink.js'
import type { Store } from '../../node/store/index.js'
import type { OwnItem } from '../../node/store/item.js'
import { Killed } from '../../node/store/testing/faults.js'
import {
  cardHeadOf,
  certificateOf,
  chunkItem,
  chunkOf,
  headOf,
  keyOf,
  SampleLog,
} from '../../node/store/testing/samples.js'
import { decodeHead } from '../../stack/data/index.js'
import { EntryLedger } from './entry-ledger.js'
import type { OpenedHome } from './opened-home.js'

/** Numbers of sample chunks: own, kept, cached. What is cached may also be own or kept. */
const ownChunks = 60
const keptChunks = 30
const labels = ['home', 'notes', 'secret-plans', 'music', 'tmp']

export class Work {
  readonly entries = new EntryLedger()
  /** Codes of the errors that were met. */
  readonly codes = new Set<string>()
  /** How often each operation was begun. */
  readonly counts = new Map<string, number>()
  readonly #random: () => number
  readonly #cachesMuch: boolean
  readonly #logs = [0, 1, 2].map((number) => new SampleLog(number, 3000))
  #number = 0

  constructor(random: () => number, cachesMuch: boolean) {
    this.#random = random
    this.#cachesMuch = cachesMuch
  }

  /** After each start: sample logs go on from what is there. */
  reload(store: Store): void {
    for (const log of this.#logs) {
      const held = store.head(log.log)
      const head = held === undefined ? undefined : decodeHead(held.headBytes)
      log.page = held?.page ?? new Uint8Array([1])
      log.length = typeof head === 'object' ? head.length : 0
    }
  }

  async step(home: OpenedHome, changes: () => number): Promise<void> {
    const choice = this.#random()
    if (choice < 0.2) await this.#do('commit', () => home.store.commit(this.#ownItems()))
    else if (choice < 0.3) await this.#do('append to a sample log', () => this.#appendSample(home.store))
    else if (choice < 0.4) await this.#do('keep', () => this.#keep(home.store))
    else if (choice < 0.55) await this.#do('append', () => this.#append(home, changes))
    else if (choice < 0.6) await this.#do('publish', () => this.#publish(home.store))
    else if (choice < 0.64) await this.#do('create a stream', () => this.#createStream(home))
    else if (choice < 0.7) await this.#do('forget', () => this.#forget(home.store))
    else if (choice < 0.8) await this.#do('cache', async () => this.#cache(home.store))
    else if (choice < 0.83) await this.#do('keep a fork', () => this.#keepFork(home.store))
    else if (choice < 0.88) await this.#do('read', async () => this.#read(home.store))
    else if (choice < 0.91) await this.#do('settle', () => home.store.settle())
    else if (choice < 0.92) await this.#do('scrub', () => home.store.scrub())
    else await this.#burst(home, changes)
  }

  /** What a failing disk refuses is counted by code; anything but a RunnelError is a finding. */
  async attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (thrown) {
      if (thrown instanceof Killed || (isRunnelError(thrown) && thrown.cause instanceof Killed)) return undefined
      if (!isRunnelError(thrown)) throw thrown
      this.codes.add(thrown.code)
      return undefined
    }
  }

  async #do(what: string, action: () => Promise<unknown>): Promise<void> {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
    await this.attempt(action)
  }

  /** Several at once, so that they share a record, or compete. */
  async #burst(home: OpenedHome, changes: () => number): Promise<void> {
    const { store } = home
    this.#cache(store)
    await Promise.all([
      this.#do('commit', () => store.commit(this.#ownItems())),
      this.#do('append', () => this.#append(home, changes)),
      this.#do('append to a sample log', () => this.#appendSample(store)),
      this.#do('keep', () => this.#keep(store)),
      this.#do('commit', () => store.setValue(this.#key(), this.#bytes(900))),
    ])
  }

  #ownItems(): OwnItem[] {
    const items: OwnItem[] = []
    for (let count = this.#below(4); count >= 0; count--) {
      const choice = this.#below(4)
      if (choice === 0) items.push(this.#chunk(this.#below(ownChunks)))
      else if (choice === 1) items.push({ type: 'value', key: this.#key(), bytes: this.#bytes(2000) })
      else if (choice === 2) items.push({ type: 'forget', name: this.#chunk(this.#below(ownChunks)).name })
      else {
        const [name, serial] = [this.#below(4), ++this.#number]
        items.push({ type: 'name', ageS: 0, seenMs: 1, certificateBytes: certificateOf(name, 0, serial) })
        items.push({ type: 'card', ageS: 0, seenMs: 1, headBytes: cardHeadOf(name, this.#below(2), serial) })
      }
    }
    return items
  }

  async #appendSample(store: Store): Promise<void> {
    const log = this.#logs[this.#below(3)] as SampleLog
    const { page, length } = log
    try {
      await store.commit(log.append(1 + this.#below(900)).items)
    } catch (thrown) {
      Object.assign(log, { page, length })
      throw thrown
    }
  }

  async #keep(store: Store): Promise<void> {
    const chunk = this.#chunk(ownChunks + this.#below(keptChunks))
    const page = new Uint8Array([1, ...this.#bytes(600)])
    const held = headOf({ log: keyOf(3 + this.#below(5)), length: ++this.#number, page })
    const [name, serial] = [10 + this.#below(3), ++this.#number]
    await store.keep([
      chunk,
      { type: 'head', ageS: 0, seenMs: 1, ...held },
      { type: 'value', key: this.#key(), bytes: this.#bytes(500) },
      { type: 'name', ageS: 1, seenMs: 1, certificateBytes: certificateOf(name, 0, serial) },
    ])
  }

  async #keepFork(store: Store): Promise<void> {
    const log = keyOf(30 + this.#below(3))
    const [first, second] = [new Uint8Array([1, 2]), new Uint8Array([1, 3, 4])]
    await store.putFork(headOf({ log, length: 1, page: first }), headOf({ log, length: 1, page: second }))
  }

  async #append(home: OpenedHome, changes: () => number): Promise<void> {
    const streams = home.streams.list()
    const stream = streams[this.#below(streams.length)]
    if (stream === undefined) return
    const entries = Array.from({ length: 1 + this.#below(4) }, () => ({
      bytes: this.#bytes(this.#random() < 0.05 ? 30_000 : 400),
    }))
    await this.entries.append(stream, entries, changes)
  }

  async #createStream(home: OpenedHome): Promise<void> {
    const label = labels[this.#below(labels.length)] as string
    await home.streams.open(
      label,
      home.streams.find(label)?.visibility ?? (this.#random() < 0.5 ? 'public' : 'unlisted'),
    )
  }

  async #publish(store: Store): Promise<void> {
    const sink = new ChunkSink(store, new Uint8Array(8))
    for (let count = this.#below(6); count >= 0; count--) {
      const { name, bytes } = chunkOf(10_000 + ++this.#number, 1 + this.#below(2000))
      sink.put(name, bytes)
      await sink.room()
    }
    await sink.finish()
  }

  async #forget(store: Store): Promise<void> {
    const first = this.#random() < 0.7 ? 0 : ownChunks
    const count = first === 0 ? ownChunks : keptChunks
    const names = [0, 1, 2, 3, 4, 5].map(() => this.#chunk(first + this.#below(count)).name)
    await store.forget(names)
  }

  #cache(store: Store): void {
    for (let count = this.#cachesMuch ? 8 : this.#below(3); count >= 0; count--) {
      const number = this.#below(300)
      const { name, bytes } =
        number < ownChunks + keptChunks ? this.#chunk(number) : chunkOf(number, this.#cachesMuch ? 50_000 : 700)
      store.putCached(name, bytes)
    }
    const page = new Uint8Array([1, ...this.#bytes(300)])
    const { headBytes } = headOf({ log: keyOf(20 + this.#below(4)), length: ++this.#number, page })
    store.putHead(headBytes, page, 3)
    const [name, serial] = [20 + 2 * this.#below(3), ++this.#number]
    store.putName(certificateOf(name, 0, serial), [cardHeadOf(name, 0, serial)], 2)
  }

  #read(store: Store): void {
    for (let count = 5; count > 0; count--) store.readChunk(this.#chunk(this.#below(ownChunks + keptChunks)).name)
    store.head(keyOf(this.#below(8)))
    for (const { log } of store.ownHeads()) store.head(log)
  }

  #chunk(number: number): ReturnType<typeof chunkItem> {
    return chunkItem(number, 1 + number * 41)
  }

  #key(): string {
    return `value-${this.#below(8)}`
  }

  /** Fewer than so many bytes; often none. */
  #bytes(below: number): Uint8Array {
    const length = this.#random() < 0.2 ? 0 : this.#below(below)
    const first = this.#below(256)
    return Uint8Array.from({ length }, (_, index) => first + 7 * index)
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }
}
