// Random work on a store, with a simple model of what it must hold after each commit.

import { equal, toHex } from '../../../stack/bytes/index.js'
import type { KeptItem, OwnItem, ValueItem } from '../item.js'
import type { Store } from '../store.js'
import type { MemoryFiles } from './memory-files.js'
import { openMemoryStore } from './open.js'
import { cardHeadOf, certificateOf, chunkItem, chunkOf, headOf, keyOf, nameOf, SampleLog } from './samples.js'

/** All that a store must hold, and how many changes the disk had seen when that was acknowledged. */
export interface Acknowledged {
  readonly changes: number
  readonly own: Model
  readonly kept: Model
}

interface Model {
  readonly chunks: ReadonlySet<number>
  readonly values: ReadonlyMap<string, Uint8Array>
  /** Page by log. */
  readonly pages: ReadonlyMap<string, Uint8Array>
  /** Rung and serial by name. */
  readonly serials: ReadonlyMap<number, number>
}

const empty: Model = { chunks: new Set(), values: new Map(), pages: new Map(), serials: new Map() }

/** Whether a store holds this and nothing else of what scenarios make. */
export function matches(store: Store, { own, kept }: Acknowledged): boolean {
  for (let number = 0; number < 60; number++) {
    const found = store.readChunk(chunkOf(number, sizeOf(number)).name)
    const place = own.chunks.has(number) ? 'own' : kept.chunks.has(number) ? 'kept' : undefined
    if (found?.place !== place && !(place === undefined && found?.place === 'cache')) return false
  }
  for (let key = 0; key < 8; key++) {
    if (!same(store.value(`${key}`), own.values.get(`${key}`))) return false
    if (!same(store.keptValue(`${key}`), kept.values.get(`${key}`))) return false
  }
  for (let log = 0; log < 6; log++) {
    const expected = own.pages.get(toHex(keyOf(log))) ?? kept.pages.get(toHex(keyOf(log)))
    if (!same(store.head(keyOf(log))?.page, expected)) return false
  }
  for (let name = 0; name < 4; name++) {
    const serial = own.serials.get(name)
    const expected = serial === undefined ? undefined : certificateOf(name, 0, serial)
    if (!same(store.name(nameOf(name))?.certificateBytes, expected)) return false
  }
  return true
}

export class Scenario {
  /** The state at the beginning and after each commit, in the order in which they were acknowledged. */
  readonly acknowledged: Acknowledged[] = [{ changes: 0, own: empty, kept: empty }]
  readonly #random: () => number
  readonly #files: MemoryFiles
  readonly #logs = [0, 1, 2].map((number) => new SampleLog(number, 3000))
  #own: Model = empty
  #kept: Model = empty

  constructor(random: () => number, files: MemoryFiles) {
    this.#random = random
    this.#files = files
  }

  /** So many steps, with restarts in between. `restart` ends a store and opens the next one. */
  async run(steps: number, restart = closeAndOpen): Promise<void> {
    let store = await openMemoryStore(this.#files)
    for (let step = 0; step < steps; step++) {
      if (this.#random() < 0.06) store = await restart(store, this.#files)
      await this.#step(store)
    }
    await store.close()
  }

  /** What the store must hold now. */
  get state(): Acknowledged {
    return this.acknowledged.at(-1) as Acknowledged
  }

  async #step(store: Store): Promise<void> {
    const choice = this.#random()
    if (choice < 0.1) {
      // Cached things lie beside; they promise nothing but to be right.
      const { name, bytes } = chunkOf(this.#below(60) + 1000)
      store.putCached(name, bytes)
      return
    }
    if (choice < 0.3) await this.#acknowledge(this.#keep(store))
    // Some at once, so that they share records.
    else if (choice < 0.7) await this.#acknowledge(this.#commit(store))
    else await Promise.all([1, 2, 3].map(() => this.#acknowledge(this.#commit(store))))
  }

  /** Takes the state as it is when the commit is accepted, and the disk as it is when it is acknowledged. */
  async #acknowledge(commit: Promise<void>): Promise<void> {
    const [own, kept] = [this.#own, this.#kept]
    await commit
    this.acknowledged.push({ changes: this.#files.changes.length, own, kept })
  }

  #commit(store: Store): Promise<void> {
    const items: OwnItem[] = []
    const [chunks, values] = [new Set(this.#own.chunks), new Map(this.#own.values)]
    const [pages, serials] = [new Map(this.#own.pages), new Map(this.#own.serials)]
    for (let count = this.#below(4); count >= 0; count--) {
      const choice = this.#below(6)
      if (choice === 0) {
        const number = this.#below(40)
        items.push(chunkItem(number, sizeOf(number)))
        chunks.add(number)
      } else if (choice === 1) {
        const log = this.#logs[this.#below(3)] as SampleLog
        items.push(...log.append(1 + this.#below(900)).items)
        pages.set(toHex(log.log), log.page)
      } else if (choice === 2) {
        const number = this.#below(40)
        items.push({ type: 'forget', name: chunkOf(number, sizeOf(number)).name })
        chunks.delete(number)
      } else if (choice === 3) {
        const name = this.#below(4)
        const serial = (serials.get(name) ?? 0) + 1
        serials.set(name, serial)
        items.push({ type: 'name', ageS: 0, seenMs: 1, certificateBytes: certificateOf(name, 0, serial) })
        items.push({ type: 'card', ageS: 0, seenMs: 1, headBytes: cardHeadOf(name, 0, serial) })
      } else this.#setValue(items, values)
    }
    this.#own = { chunks, values, pages, serials }
    return store.commit(items)
  }

  #keep(store: Store): Promise<void> {
    const items: KeptItem[] = []
    const [chunks, values, pages] = [new Set(this.#kept.chunks), new Map(this.#kept.values), new Map(this.#kept.pages)]
    const number = 40 + this.#below(20)
    items.push(chunkItem(number, sizeOf(number)))
    chunks.add(number)
    const log = keyOf(3 + this.#below(3))
    const page = new Uint8Array((pages.get(toHex(log))?.length ?? 1) + 100).fill(1)
    items.push({ type: 'head', ageS: 0, seenMs: 1, ...headOf({ log, length: page.length, page }) })
    pages.set(toHex(log), page)
    this.#setValue(items, values)
    this.#kept = { ...this.#kept, chunks, values, pages }
    return store.keep(items)
  }

  #setValue(items: { push(item: ValueItem): unknown }, values: Map<string, Uint8Array>): void {
    const key = `${this.#below(8)}`
    const bytes = new Uint8Array(this.#below(3) * this.#below(2000)).fill(this.#below(256))
    items.push({ type: 'value', key, bytes })
    if (bytes.length > 0) values.set(key, bytes)
    else values.delete(key)
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }
}

async function closeAndOpen(store: Store, files: MemoryFiles): Promise<Store> {
  await store.close()
  return openMemoryStore(files)
}

function sizeOf(number: number): number {
  return 1 + number * 211
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equal(a, b)
}
