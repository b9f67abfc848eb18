// The seal, made of the hashes and the cipher of a provider that has nothing faster for a whole chunk:
//
//   id     = MAC(K, kind u8 | LP16(context) | plaintext)
//   sealed = AES-256-CTR(key = KDF("runnel v1 seal key", K | id), initial counter block = 0^128, plaintext)

import { uninitialized, Writer } from '../bytes/index.js'
import { requireKey, requireLength } from './check.js'
import { HASH_BYTES } from './limits.js'
import type { Crypto, Seals } from './provider.js'
import { constantTimeEqual, wipe } from './secret.js'

export const SEAL_KEY = 'runnel v1 seal key'
const NO_CONTEXT = new Uint8Array(0)

/** What the seal is made of. */
export type SealPrimitives = Pick<Crypto, 'hash' | 'keyedHash' | 'deriveKey' | 'aes256ctr'>

/** See Seals. */
export function sealsOf(crypto: SealPrimitives): Seals {
  function idOf(scope: Uint8Array, kind: number, context: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const clear = new Writer(3 + context.length).u8(kind).lp16(context).bytes()
    return crypto.keyedHash(scope, clear, plaintext)
  }

  /** Seals and opens: counter mode is its own inverse. */
  function underKeyOf(scope: Uint8Array, id: Uint8Array, bytes: Uint8Array, into?: Uint8Array): Uint8Array {
    requireKey(scope, 'a scope key')
    const key = crypto.deriveKey(SEAL_KEY, scope, id)
    const result = crypto.aes256ctr(key, bytes, into)
    wipe(key)
    return result
  }

  const open: Seals['open'] = (scope, kind, context, id, sealed, into) => {
    requireLength(id, HASH_BYTES, 'an id')
    const plaintext = underKeyOf(scope, id, sealed, into)
    if (constantTimeEqual(idOf(scope, kind, context, plaintext), id)) return plaintext
    wipe(plaintext)
    return undefined
  }

  return {
    seal(scope, kind, context, plaintext) {
      const id = idOf(scope, kind, context, plaintext)
      return { id, sealed: underKeyOf(scope, id, plaintext) }
    },
    open,
    sealParts: (scope, kind, plaintexts) =>
      plaintexts.map((plaintext) => {
        const id = idOf(scope, kind, NO_CONTEXT, plaintext)
        const chunk = uninitialized(1 + plaintext.length)
        chunk[0] = kind
        underKeyOf(scope, id, plaintext, chunk.subarray(1))
        return { id, chunk, name: crypto.hash(chunk) }
      }),
    openParts(scope, kind, ids, chunks) {
      if (ids.length !== chunks.length) throw new RangeError(`${ids.length} ids for ${chunks.length} chunks`)
      const plaintexts: Uint8Array[] = []
      for (const [index, chunk] of chunks.entries()) {
        const plaintext = open(scope, kind, NO_CONTEXT, ids[index] ?? NO_CONTEXT, chunk.subarray(1))
        if (plaintext === undefined) {
          wipe(...plaintexts)
          return undefined
        }
        plaintexts.push(plaintext)
      }
      return plaintexts
    },
  }
}
