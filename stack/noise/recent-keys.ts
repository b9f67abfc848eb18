// Remembers the ephemeral keys of the handshakes that were accepted lately, so that a replayed message 1 is refused before
// it costs any public-key work: at least the last REMEMBERED_EPHEMERALS of them.

import { KeySet } from '../bytes/index.js'
import { REMEMBERED_EPHEMERALS } from './limits.js'

/** What whoever answers a message 1 asks of a memory. */
export interface ReplayGuard {
  /** Whether a message 1 with this ephemeral key has been accepted lately. */
  isReplay(ephemeral: Uint8Array): boolean
  /** A message 1 with this ephemeral key was accepted. */
  remember(ephemeral: Uint8Array): void
}

export class RecentKeys {
  readonly #seed: Uint8Array
  #young: KeySet
  #old: KeySet

  /** `seed`: 8 random bytes that no peer knows. */
  constructor(seed: Uint8Array) {
    this.#seed = seed.slice()
    this.#young = this.#empty()
    this.#old = this.#empty()
  }

  has(key: Uint8Array): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  add(key: Uint8Array): void {
    if (this.#young.full) {
      this.#old = this.#young
      this.#young = this.#empty()
    }
    this.#young.add(key)
  }

  #empty(): KeySet {
    return new KeySet(this.#seed, REMEMBERED_EPHEMERALS)
  }
}
