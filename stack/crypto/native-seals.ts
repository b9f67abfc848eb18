// The seal by the addon: id, cipher and name of a whole batch in one call.

import { uninitialized } from '../bytes/index.js'
import type { NativeAddon } from './addon.js'
import { requireKey, requireLength, requireRoom } from './check.js'
import { HASH_BYTES } from './limits.js'
import { place32, place64, takenFrom } from './native-place.js'
import type { SealedPart, Seals } from './provider.js'
import { wipe } from './secret.js'

const NO_CONTEXT = new Uint8Array(0)
const RESULT_BYTES = 2 * HASH_BYTES

export function nativeSeals(addon: NativeAddon): Seals {
  return {
    seal(scope, kind, context, plaintext) {
      requireKey(scope, 'a scope key')
      requireContext(context)
      const sealed = uninitialized(plaintext.length)
      addon.sealMany(scope, kind, context, [plaintext], [sealed], 0, place64)
      return { id: takenFrom(place32), sealed }
    },
    open(scope, kind, context, id, sealed, into) {
      requireKey(scope, 'a scope key')
      requireLength(id, HASH_BYTES, 'an id')
      requireContext(context)
      requireRoom(into, sealed.length)
      const out = into === undefined ? uninitialized(sealed.length) : into.subarray(0, sealed.length)
      if (addon.openMany(scope, kind, context, id, [sealed], [out]) === 1) return out
      wipe(out)
      return undefined
    },
    sealParts(scope, kind, plaintexts) {
      requireKey(scope, 'a scope key')
      const chunks = plaintexts.map((plaintext) => uninitialized(1 + plaintext.length))
      const results = new Uint8Array(RESULT_BYTES * plaintexts.length)
      addon.sealMany(scope, kind, NO_CONTEXT, plaintexts, chunks, 1, results)
      return chunks.map((chunk, index): SealedPart => {
        const at = RESULT_BYTES * index
        const nameAt = at + HASH_BYTES
        return { id: results.subarray(at, nameAt), chunk, name: results.subarray(nameAt, nameAt + HASH_BYTES) }
      })
    },
    openParts(scope, kind, ids, chunks) {
      requireKey(scope, 'a scope key')
      if (ids.length !== chunks.length) throw new RangeError(`${ids.length} ids for ${chunks.length} chunks`)
      const joined = new Uint8Array(HASH_BYTES * ids.length)
      for (const [index, id] of ids.entries()) {
        requireLength(id, HASH_BYTES, 'an id')
        joined.set(id, HASH_BYTES * index)
      }
      const sealed = chunks.map((chunk) => chunk.subarray(1))
      const outs = sealed.map((bytes) => uninitialized(bytes.length))
      if (addon.openMany(scope, kind, NO_CONTEXT, joined, sealed, outs) === chunks.length) return outs
      wipe(...outs)
      return undefined
    },
  }
}

function requireContext(context: Uint8Array): void {
  if (context.length > 0xffff) throw new RangeError(`a context of ${context.length} bytes`)
}
