// AES-256 by node:crypto: CTR with a zero initial counter block (NIST SP 800-38A) for the seal, whose key is used once,
// and GCM with a counter nonce (NIST SP 800-38D, Noise revision 34 section 12.4) for records.

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { plain, requireCounter, requireKey, requireRoom } from './check.js'
import { TAG_BYTES } from './limits.js'
import { wipe } from './secret.js'

const CTR = 'aes-256-ctr'
const GCM = 'aes-256-gcm'
const GCM_OPTIONS = { authTagLength: TAG_BYTES }
const ZERO_BLOCK = new Uint8Array(16)

// One nonce buffer serves every call: OpenSSL copies it, and no call is suspended in between.
const nonce = new Uint8Array(12)
const nonceView = new DataView(nonce.buffer)

/** See Crypto.aes256ctr. */
export function aes256ctr(key: Uint8Array, bytes: Uint8Array, into?: Uint8Array): Uint8Array {
  requireKey(key)
  requireRoom(into, bytes.length)
  const sealed = createCipheriv(CTR, key, ZERO_BLOCK).update(bytes)
  return into === undefined ? plain(sealed) : placed(sealed, into)
}

/** See Crypto.sealRecord. */
export function sealRecord(
  key: Uint8Array,
  counter: number,
  plaintext: Uint8Array,
  associatedData?: Uint8Array,
  into?: Uint8Array,
): Uint8Array {
  requireKey(key)
  const length = plaintext.length + TAG_BYTES
  requireRoom(into, length)
  const cipher = createCipheriv(GCM, key, nonceOf(counter), GCM_OPTIONS)
  if (associatedData !== undefined) cipher.setAAD(associatedData)
  const sealed = cipher.update(plaintext)
  cipher.final()
  const record = into === undefined ? new Uint8Array(length) : into.subarray(0, length)
  record.set(sealed)
  record.set(cipher.getAuthTag(), plaintext.length)
  return record
}

/** See Crypto.openRecord. */
export function openRecord(
  key: Uint8Array,
  counter: number,
  sealed: Uint8Array,
  associatedData?: Uint8Array,
  into?: Uint8Array,
): Uint8Array | undefined {
  requireKey(key)
  const length = sealed.length - TAG_BYTES
  if (length < 0) return undefined
  requireRoom(into, length)
  const decipher = createDecipheriv(GCM, key, nonceOf(counter), GCM_OPTIONS)
  if (associatedData !== undefined) decipher.setAAD(associatedData)
  decipher.setAuthTag(sealed.subarray(length))
  const opened = decipher.update(sealed.subarray(0, length))
  try {
    decipher.final()
  } catch {
    wipe(opened)
    return undefined
  }
  return into === undefined ? plain(opened) : placed(opened, into)
}

function nonceOf(counter: number): Uint8Array {
  requireCounter(counter)
  nonceView.setUint32(4, Math.floor(counter / 0x1_0000_0000))
  nonceView.setUint32(8, counter >>> 0)
  return nonce
}

function placed(bytes: Uint8Array, into: Uint8Array): Uint8Array {
  into.set(bytes)
  return into.subarray(0, bytes.length)
}
