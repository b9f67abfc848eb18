// The portable provider: node:crypto, @noble/curves, and BLAKE3 by hash-wasm, or by @noble/hashes where WebAssembly is
// missing. Needs no compiler and no addon.

import { aes256ctr, openRecord, sealRecord } from './aes.js'
import type { Blake3 } from './blake3.js'
import { nobleBlake3 } from './blake3-noble.js'
import { openWasmBlake3 } from './blake3-wasm.js'
import { requireKey } from './check.js'
import { PortableEd25519 } from './ed25519.js'
import { PortableGearScanner } from './gear.js'
import { hkdf2, hkdf3, hmacSha256, sha256 } from './noise-hash.js'
import type { Crypto } from './provider.js'
import { type SealPrimitives, sealsOf } from './seals.js'
import { portableX25519 } from './x25519.js'

/** Starts WebAssembly, the one asynchronous step, and never fails: without it, hashing is some 16 times slower. */
export async function openPortableCrypto(): Promise<Crypto> {
  return portableCrypto((await openWasmBlake3()) ?? nobleBlake3)
}

/** The provider over a given BLAKE3. */
export function portableCrypto(blake3: Blake3): Crypto {
  const hash = (bytes: Uint8Array) => blake3.hash([bytes])
  const ed25519 = new PortableEd25519(hash)
  const primitives: SealPrimitives = {
    hash,
    keyedHash: (key, ...parts) => {
      requireKey(key)
      return blake3.keyedHash(key, parts)
    },
    deriveKey: (context, ...parts) => blake3.deriveKey(context, parts),
    aes256ctr,
  }
  return {
    ...primitives,
    provider: `portable (${blake3.implementation})`,
    hashParts: (...parts) => blake3.hash(parts),
    hashMany: (batch) => batch.map(hash),
    hasher: () => blake3.hasher(),
    sealRecord,
    openRecord,
    openRecordInPlace: (key, counter, sealed) => openRecord(key, counter, sealed, undefined, sealed),
    seals: sealsOf(primitives),
    gearScanner: (table) => new PortableGearScanner(table),
    ed25519,
    x25519: portableX25519({ checkKey: (publicKey) => ed25519.checkKey(publicKey) }),
    sha256,
    hmacSha256,
    hkdf2,
    hkdf3,
  }
}
