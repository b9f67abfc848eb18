// A content store in memory that never refuses anything: what the machine's events say is there from the next call on.

import { KeyMap, KeySet } from '../../bytes/index.js'
import type { HeldHead } from '../../data/index.js'
import type { NameState } from '../../name/index.js'
import type { ContentStore, Stored, StoredHead, StoredName } from '../index.js'

const SEED = new Uint8Array(8)

interface Aged<T> {
  readonly value: T
  readonly ageS: number
  readonly seenUs: number
}

export class MemoryStore implements ContentStore {
  /** Set by the network before each call of the machine. */
  nowUs = 0
  readonly chunks = new KeyMap<Uint8Array>(SEED)
  readonly ownKeys = new KeySet(SEED)
  readonly #heads = new KeyMap<Aged<Omit<StoredHead, 'ageS'>>>(SEED)
  readonly #names = new KeyMap<Aged<Omit<StoredName, 'ageS'>>>(SEED)
  /** Every 'store' event, in order. */
  readonly stored: Stored[] = []
  /** Chunks that are listed and whose bytes are gone. */
  readonly damaged = new KeySet(SEED)

  hasChunk(name: Uint8Array): boolean {
    return this.chunks.has(name)
  }

  isOwn(_kind: string, key: Uint8Array): boolean {
    return this.ownKeys.has(key)
  }

  findHead(log: Uint8Array): StoredHead | undefined {
    const aged = this.#heads.get(log)
    return aged && { ...aged.value, ageS: this.#ageOf(aged) }
  }

  findName(name: Uint8Array): StoredName | undefined {
    const aged = this.#names.get(name)
    return aged && { ...aged.value, ageS: this.#ageOf(aged) }
  }

  read(name: Uint8Array): Uint8Array | undefined {
    return this.damaged.has(name) ? undefined : this.chunks.get(name)
  }

  putOwnChunk(name: Uint8Array, bytes: Uint8Array): void {
    this.chunks.set(name, bytes)
    this.ownKeys.add(name)
  }

  putHead(held: HeldHead, own: boolean, ageS = 0): void {
    const fork = this.#heads.get(held.head.log)?.value.fork
    if (own) this.ownKeys.add(held.head.log)
    this.#heads.set(held.head.log, { value: { held, own, fork }, ageS, seenUs: this.nowUs })
  }

  putName(state: NameState, own: boolean, ageS = 0, conflict = false): void {
    if (own) this.ownKeys.add(state.name)
    this.#names.set(state.name, { value: { state, own, conflict }, ageS, seenUs: this.nowUs })
  }

  handleStored(borrowed: Stored): void {
    const event = borrowed.what === 'chunk' ? { ...borrowed, bytes: borrowed.bytes.slice() } : borrowed
    this.stored.push(event)
    switch (event.what) {
      case 'chunk':
        this.chunks.set(event.name, event.bytes)
        this.damaged.delete(event.name)
        return
      case 'head':
        this.putHead(event.held, false, event.ageS)
        return
      case 'name':
        this.putName(event.state, false, event.ageS, event.conflict)
        return
      case 'fork': {
        const aged = this.#heads.get(event.log)
        if (aged !== undefined) this.#heads.set(event.log, { ...aged, value: { ...aged.value, fork: event.fork } })
      }
    }
  }

  #ageOf({ ageS, seenUs }: Aged<unknown>): number {
    return ageS + Math.floor((this.nowUs - seenUs) / 1_000_000)
  }
}
