// BLAKE3 by the WebAssembly of hash-wasm, in all three modes with one synchronous instance: its saved state is the C
// struct of the reference implementation (BLAKE3 specification, section 2), and key and flags are written into it.
// It refuses to start where that layout is another, or where a result differs from @noble/hashes.

import { createBLAKE3, type IHasher } from 'hash-wasm'
import { encodeUtf8, equal } from '../bytes/index.js'
import type { Blake3 } from './blake3.js'
import { nobleBlake3 } from './blake3-noble.js'
import { CONTEXT_KEYS } from './limits.js'
import type { Hasher, HasherState } from './provider.js'

// Offsets into a saved state: 4 bytes of version, key u32[8], then the chunk state: chaining value u32[8], counter u64,
// block 64, block length u8, blocks u8, flags u8.
const STATE_BYTES = 1916
const KEY_OFFSET = 4
const CHAINING_OFFSET = 36
const FLAGS_OFFSET = 142
const MODE_KEYED = 0x10
const MODE_CONTEXT = 0x20
const MODE_MATERIAL = 0x40
const NO_BYTES = new Uint8Array(0)
// The module's shared input buffer holds what was last hashed, and a digest at its start.
const ZEROS = new Uint8Array(256)

/** The implementation, or undefined where WebAssembly is missing or behaves otherwise than expected. */
export async function openWasmBlake3(create: () => Promise<IHasher> = createBLAKE3): Promise<Blake3 | undefined> {
  try {
    const engine = await create()
    const fresh = engine.init().save()
    if (fresh.length !== STATE_BYTES) return undefined
    const wasm = new WasmBlake3(engine, fresh)
    return agreesWithNoble(wasm) ? wasm : undefined
  } catch {
    return undefined
  }
}

class WasmBlake3 implements Blake3 {
  readonly implementation = 'hash-wasm'
  readonly #engine: IHasher
  readonly #fresh: Uint8Array
  readonly #moded: Uint8Array
  readonly #initialKey: Uint8Array
  readonly #contextKeys = new Map<string, Uint8Array>()

  constructor(engine: IHasher, fresh: Uint8Array) {
    this.#engine = engine
    this.#fresh = fresh
    this.#moded = fresh.slice()
    this.#initialKey = fresh.slice(KEY_OFFSET, KEY_OFFSET + 32)
  }

  hash(parts: readonly Uint8Array[]): Uint8Array {
    this.#engine.init()
    return this.#finish(parts)
  }

  keyedHash(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
    return this.#inMode(MODE_KEYED, key, parts)
  }

  deriveKey(context: string, parts: readonly Uint8Array[]): Uint8Array {
    let contextKey = this.#contextKeys.get(context)
    if (contextKey === undefined) {
      contextKey = this.#inMode(MODE_CONTEXT, this.#initialKey, [encodeUtf8(context)])
      if (this.#contextKeys.size >= CONTEXT_KEYS) this.#contextKeys.clear()
      this.#contextKeys.set(context, contextKey)
    }
    return this.#inMode(MODE_MATERIAL, contextKey, parts)
  }

  hasher(): Hasher {
    return new WasmHasher(this.#engine, this.#fresh)
  }

  #inMode(mode: number, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
    const state = this.#moded
    state.set(key, KEY_OFFSET)
    state.set(key, CHAINING_OFFSET)
    state[FLAGS_OFFSET] = mode
    this.#engine.load(state)
    const digest = this.#finish(parts)
    // Leave neither the key nor short secret input behind in our template and in the module's memory.
    state.set(this.#fresh)
    this.#engine.load(this.#fresh).update(ZEROS)
    return digest
  }

  #finish(parts: readonly Uint8Array[]): Uint8Array {
    for (const part of parts) this.#engine.update(part)
    return this.#engine.digest('binary')
  }
}

class WasmState implements HasherState {
  readonly byteLength = STATE_BYTES
  // Never written to: each update makes a new one.
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

class WasmHasher implements Hasher {
  readonly #engine: IHasher
  #state: Uint8Array

  constructor(engine: IHasher, fresh: Uint8Array) {
    this.#engine = engine
    this.#state = fresh
  }

  update(bytes: Uint8Array): this {
    this.#state = this.#engine.load(this.#state).update(bytes).save()
    return this
  }

  digest(): Uint8Array {
    return this.#engine.load(this.#state).digest('binary')
  }

  save(): HasherState {
    return new WasmState(this.#state)
  }

  restore(state: HasherState): this {
    if (!(state instanceof WasmState)) throw new RangeError('a hasher state of another provider')
    this.#state = state.bytes
    return this
  }
}

/** Compares every mode at the lengths where blocks, chunks and trees begin. */
function agreesWithNoble(wasm: Blake3): boolean {
  const input = Uint8Array.from({ length: 5000 }, (_, index) => index % 251)
  const key = input.subarray(100, 132)
  const context = 'runnel v1 self-test'
  for (const length of [0, 1, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 3072, 5000]) {
    const parts = [input.subarray(0, length >> 1), input.subarray(length >> 1, length), NO_BYTES]
    const pieces = wasm.hasher()
    for (const part of parts) pieces.update(part)
    const same =
      equal(wasm.hash(parts), nobleBlake3.hash(parts)) &&
      equal(wasm.keyedHash(key, parts), nobleBlake3.keyedHash(key, parts)) &&
      equal(wasm.deriveKey(context, parts), nobleBlake3.deriveKey(context, parts)) &&
      equal(pieces.digest(), nobleBlake3.hash(parts))
    if (!same) return false
  }
  return true
}
