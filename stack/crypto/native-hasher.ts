// BLAKE3 of bytes that come in pieces, by the addon. Its state is plain bytes that lie here, so it is saved by a copy.

import { HASH_STATE_BYTES, type NativeAddon } from './addon.js'
import { place32, takenFrom } from './native-place.js'
import type { Hasher, HasherState } from './provider.js'

const NO_BYTES = new Uint8Array(0)

class NativeHasherState implements HasherState {
  // Never written to.
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get byteLength(): number {
    return this.bytes.length
  }
}

export class NativeHasher implements Hasher {
  readonly #addon: NativeAddon
  readonly #state = new Uint8Array(HASH_STATE_BYTES)

  constructor(addon: NativeAddon) {
    this.#addon = addon
  }

  update(bytes: Uint8Array): this {
    this.#addon.blake3State(this.#state, bytes, undefined)
    return this
  }

  digest(): Uint8Array {
    this.#addon.blake3State(this.#state, NO_BYTES, place32)
    return takenFrom(place32)
  }

  save(): HasherState {
    const usedBytes = this.#addon.blake3State(this.#state, NO_BYTES, undefined)
    return new NativeHasherState(this.#state.slice(0, usedBytes))
  }

  restore(state: HasherState): this {
    if (!(state instanceof NativeHasherState)) throw new RangeError('a hasher state of another provider')
    this.#state.set(state.bytes)
    return this
  }
}
