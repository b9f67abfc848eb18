// Takes chunks as they are made and commits them to own/ in batches. Holds at most `waitingBytes` of them; counts what
// was not there before. After `finish()` every chunk that was put is on disk.

import { KeySet } from '../../stack/bytes/index.js'
import type { Store } from '../store/index.js'
import { batchBytes, waitingBytes } from './limits.js'

export class ChunkSink {
  readonly #store: Store
  readonly #inFlight = new Set<Promise<void>>()
  readonly #pending: KeySet
  #batch: { name: Uint8Array; bytes: Uint8Array }[] = []
  #batchBytes = 0
  #waitingBytes = 0
  #failure: unknown
  /** Bytes of chunks that own/ did not hold yet. */
  newBytes = 0

  constructor(store: Store, seed: Uint8Array) {
    this.#store = store
    this.#pending = new KeySet(seed)
  }

  /** Takes one chunk; `bytes` belong to the sink from now on. */
  put(name: Uint8Array, bytes: Uint8Array): void {
    if (this.#pending.has(name) || this.#store.isOwnChunk(name)) return
    this.#pending.add(name)
    this.#batch.push({ name, bytes })
    this.#batchBytes += bytes.length
    this.#waitingBytes += bytes.length
    this.newBytes += bytes.length
    if (this.#batchBytes >= batchBytes) this.#send()
  }

  /** Resolves when there is room for more. Throws what made a commit fail. */
  async room(): Promise<void> {
    while (this.#waitingBytes > waitingBytes && this.#inFlight.size > 0) await Promise.race(this.#inFlight)
    this.#check()
  }

  /** Resolves when everything that was put is on disk. */
  async finish(): Promise<void> {
    this.#send()
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight)
    this.#check()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #send(): void {
    if (this.#batch.length === 0) return
    const [batch, bytes] = [this.#batch, this.#batchBytes]
    this.#batch = []
    this.#batchBytes = 0
    const commit: Promise<void> = this.#store
      .commit(batch.map((chunk) => ({ type: 'chunk', ...chunk })))
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#inFlight.delete(commit)
        this.#waitingBytes -= bytes
        for (const { name } of batch) this.#pending.delete(name)
      })
    this.#inFlight.add(commit)
  }
}
