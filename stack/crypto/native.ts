// The native provider: the addon for what costs per byte or per curve, the portable provider for the rest. It is refused
// where it is of another version, or gives another result than the portable provider gave.

import { createHash } from 'node:crypto'
import { encodeUtf8 } from '../bytes/index.js'
import { blake3Mode, isNativeAddon, type NativeAddon } from './addon.js'
import { nobleBlake3 } from './blake3-noble.js'
import { requireKey } from './check.js'
import { CONTEXT_KEYS, HASH_BYTES } from './limits.js'
import { nativeCipher } from './native-cipher.js'
import { NativeEd25519, nativeX25519 } from './native-curves.js'
import { NativeGearScanner } from './native-gear.js'
import { NativeHasher } from './native-hasher.js'
import { place32, secretFrom, takenFrom } from './native-place.js'
import { nativeSeals } from './native-seals.js'
import { portableCrypto } from './portable.js'
import type { Crypto } from './provider.js'

const NO_BYTES = new Uint8Array(0)

/** What the portable provider answers. Written down, because computing it takes longer than all else that an addon needs. */
export const rightAnswers = 'ed102af3f675a2b590501c46a0c6cd9a27617f2156dbc95c1e368ff591bba4fa'

/**
 * The provider over what was loaded, or why it is not used: never throws. It needs no WebAssembly: nothing is
 * hashed by the portable provider below it.
 */
export function openNativeCrypto(addon: unknown): Crypto | 'another-version' | 'another-result' {
  if (!isNativeAddon(addon)) return 'another-version'
  const portable = portableCrypto(nobleBlake3)
  try {
    const crypto = nativeCrypto(addon, portable)
    return answersOf(crypto) === rightAnswers ? crypto : 'another-result'
  } catch {
    return 'another-result'
  }
}

function nativeCrypto(addon: NativeAddon, portable: Crypto): Crypto {
  const contextKeys = new Map<string, Uint8Array>()
  const ed25519 = new NativeEd25519(addon)

  /** Into place32. */
  function blake3(mode: 0 | 1 | 2, key: Uint8Array | undefined, parts: readonly Uint8Array[]): void {
    addon.blake3(mode, key, parts[0] ?? NO_BYTES, parts.length > 1 ? parts.slice(1) : undefined, place32)
  }

  function contextKey(context: string): Uint8Array {
    const known = contextKeys.get(context)
    if (known !== undefined) return known
    const key = new Uint8Array(HASH_BYTES)
    addon.blake3(blake3Mode.context, undefined, encodeUtf8(context), undefined, key)
    if (contextKeys.size >= CONTEXT_KEYS) contextKeys.clear()
    contextKeys.set(context, key)
    return key
  }

  return {
    ...portable,
    provider: 'native',
    hash(bytes) {
      addon.blake3(blake3Mode.plain, undefined, bytes, undefined, place32)
      return takenFrom(place32)
    },
    hashParts(...parts) {
      blake3(blake3Mode.plain, undefined, parts)
      return takenFrom(place32)
    },
    hashMany(batch) {
      const out = new Uint8Array(HASH_BYTES * batch.length)
      addon.blake3Many(batch, out)
      return batch.map((_, index) => out.subarray(HASH_BYTES * index, HASH_BYTES * (index + 1)))
    },
    hasher: () => new NativeHasher(addon),
    keyedHash(key, ...parts) {
      requireKey(key)
      blake3(blake3Mode.keyed, key, parts)
      return takenFrom(place32)
    },
    deriveKey(context, ...parts) {
      blake3(blake3Mode.derive, contextKey(context), parts)
      return secretFrom(place32)
    },
    ...nativeCipher(addon),
    seals: nativeSeals(addon),
    gearScanner: (table) => new NativeGearScanner(addon, table),
    ed25519,
    x25519: nativeX25519(addon, ed25519, portable.x25519),
  }
}

/**
 * What a provider gives where results could differ from machine to machine (each vector width of the hash, and the cipher at odd
 * lengths), as SHA-256 in hex: by nothing that is being tried.
 */
export function answersOf(crypto: Crypto): string {
  const input = Uint8Array.from({ length: 20_000 }, (_, index) => index % 251)
  const key = input.subarray(100, 132)
  const answers = createHash('sha256')
  for (const length of [0, 1, 64, 65, 1024, 1025, 3000, 8193, 20_000]) {
    const bytes = input.subarray(0, length)
    for (const { id, chunk, name } of crypto.seals.sealParts(key, 3, [bytes])) {
      for (const part of [id, chunk, name]) answers.update(part)
    }
    answers.update(crypto.hasher().update(bytes).digest()).update(crypto.sealRecord(key, length, bytes, key))
  }
  return answers.digest('hex')
}
