// AES-256 by the addon: a whole chunk or record at a time, in memory that is filled once.

import { uninitialized } from '../bytes/index.js'
import type { NativeAddon } from './addon.js'
import { requireCounter, requireKey, requireRoom } from './check.js'
import { TAG_BYTES } from './limits.js'
import type { Crypto } from './provider.js'

type Cipher = Pick<Crypto, 'aes256ctr' | 'sealRecord' | 'openRecord' | 'openRecordInPlace'>

export function nativeCipher(addon: NativeAddon): Cipher {
  return {
    aes256ctr(key, bytes, into) {
      requireKey(key)
      const out = placeIn(into, bytes.length)
      addon.aesCounter(key, bytes, out)
      return out
    },
    sealRecord(key, counter, plaintext, associatedData, into) {
      requireKey(key)
      requireCounter(counter)
      const out = placeIn(into, plaintext.length + TAG_BYTES)
      addon.sealRecord(key, counter, plaintext, associatedData, out)
      return out
    },
    openRecord(key, counter, sealed, associatedData, into) {
      requireKey(key)
      requireCounter(counter)
      const length = sealed.length - TAG_BYTES
      if (length < 0) return undefined
      requireRoom(into, length)
      // Never in the caller's memory at once: that has to be as it was when the record does not open.
      const out = uninitialized(sealed.length)
      if (!addon.openRecord(key, counter, sealed, associatedData, out)) return undefined
      const plaintext = out.subarray(0, length)
      if (into === undefined) return plaintext
      into.set(plaintext)
      return into.subarray(0, length)
    },
    openRecordInPlace(key, counter, sealed) {
      requireKey(key)
      requireCounter(counter)
      if (sealed.length < TAG_BYTES) return undefined
      const opened = addon.openRecord(key, counter, sealed, undefined, sealed)
      return opened ? sealed.subarray(0, sealed.length - TAG_BYTES) : undefined
    },
  }
}

function placeIn(into: Uint8Array | undefined, length: number): Uint8Array {
  requireRoom(into, length)
  return into === undefined ? uninitialized(length) : into.subarray(0, length)
}
