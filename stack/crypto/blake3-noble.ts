// BLAKE3 in plain JavaScript by @noble/hashes: what is used where WebAssembly is missing, and the measure in tests.

import { blake3 } from '@noble/hashes/blake3.js'
import { encodeUtf8 } from '../bytes/index.js'
import type { Blake3 } from './blake3.js'
import type { Hasher, HasherState } from './provider.js'

type Noble = ReturnType<typeof blake3.create>

export const nobleBlake3: Blake3 = {
  implementation: '@noble/hashes',
  hash: (parts) => digestOf(blake3.create(), parts),
  keyedHash: (key, parts) => digestOf(blake3.create({ key }), parts),
  deriveKey: (context, parts) => digestOf(blake3.create({ context: encodeUtf8(context) }), parts),
  hasher: () => new NobleHasher(),
}

function digestOf(state: Noble, parts: readonly Uint8Array[]): Uint8Array {
  for (const part of parts) state.update(part)
  return state.digest()
}

class NobleState implements HasherState {
  // Two blocks, the chaining values of a page and their arrays, roughly.
  readonly byteLength = 2048
  readonly #state: Noble

  constructor(state: Noble) {
    this.#state = state.clone()
  }

  open(): Noble {
    return this.#state.clone()
  }
}

class NobleHasher implements Hasher {
  #state = blake3.create()

  update(bytes: Uint8Array): this {
    this.#state.update(bytes)
    return this
  }

  digest(): Uint8Array {
    return this.#state.clone().digest()
  }

  save(): HasherState {
    return new NobleState(this.#state)
  }

  restore(state: HasherState): this {
    if (!(state instanceof NobleState)) throw new RangeError('a hasher state of another provider')
    this.#state = state.open()
    return this
  }
}
