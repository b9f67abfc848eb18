// HPKE (RFC 9180) in base mode, one message a context: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Whoever has
// the recipient's public key can seal; only its private key opens. Nothing tells who sealed: that is said inside.

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concat, encodeUtf8 } from '../bytes/index.js'
import { plain, requireKey } from './check.js'
import { HPKE_NONCE_BYTES, KEY_BYTES, TAG_BYTES } from './limits.js'
import type { Crypto } from './provider.js'
import { wipe } from './secret.js'

/** What a recipient needs besides its private key. */
export interface HpkeSealed {
  /** The ephemeral public key, 32 bytes. */
  readonly enc: Uint8Array
  /** Ciphertext, then a tag of 16 bytes. */
  readonly sealed: Uint8Array
}

const GCM = 'aes-256-gcm'
const GCM_OPTIONS = { authTagLength: TAG_BYTES }
const NOTHING = new Uint8Array(0)
const VERSION = encodeUtf8('HPKE-v1')
/** kem 0x0020; kdf 0x0001 and aead 0x0002 follow in the suite of the key schedule (RFC 9180, sections 4.1 and 5.1). */
const KEM_SUITE = concat(encodeUtf8('KEM'), Uint8Array.of(0x00, 0x20))
const SUITE = concat(encodeUtf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02))
const MODE_BASE = Uint8Array.of(0)

/**
 * Seals for the holder of an X25519 public key. `ephemeral`: 32 fresh random bytes, which are its private key and are
 * never used again. Undefined when the recipient's key is of small order. RFC 9180, section 6.1, SealBase.
 */
export function sealHpke(
  crypto: Crypto,
  recipient: Uint8Array,
  ephemeral: Uint8Array,
  info: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): HpkeSealed | undefined {
  requireKey(recipient, 'a public key')
  requireKey(ephemeral, 'a private key')
  const shared = crypto.x25519.shared(ephemeral, recipient)
  if (shared === undefined) return undefined
  const enc = crypto.x25519.publicFromPrivate(ephemeral)
  const { key, nonce } = scheduleKey(crypto, shared, enc, recipient, info)
  const cipher = createCipheriv(GCM, key, nonce, GCM_OPTIONS).setAAD(associatedData)
  const body = cipher.update(plaintext)
  cipher.final()
  wipe(key)
  return { enc, sealed: concat(body, cipher.getAuthTag()) }
}

/** Opens it with the recipient's private key; undefined when it is for another key, context or associated data. OpenBase. */
export function openHpke(
  crypto: Crypto,
  recipientPrivate: Uint8Array,
  { enc, sealed }: HpkeSealed,
  info: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array | undefined {
  requireKey(enc, 'an ephemeral key')
  const length = sealed.length - TAG_BYTES
  const shared = length < 0 ? undefined : crypto.x25519.shared(recipientPrivate, enc)
  if (shared === undefined) return undefined
  const recipient = crypto.x25519.publicFromPrivate(recipientPrivate)
  const { key, nonce } = scheduleKey(crypto, shared, enc, recipient, info)
  const decipher = createDecipheriv(GCM, key, nonce, GCM_OPTIONS).setAAD(associatedData)
  wipe(key)
  decipher.setAuthTag(sealed.subarray(length))
  const opened = decipher.update(sealed.subarray(0, length))
  try {
    decipher.final()
  } catch {
    wipe(opened)
    return undefined
  }
  return plain(opened)
}

/** ExtractAndExpand (section 4.1) and KeySchedule (section 5.1) of base mode; `shared` is wiped. */
function scheduleKey(
  crypto: Crypto,
  shared: Uint8Array,
  enc: Uint8Array,
  recipient: Uint8Array,
  info: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const agreed = extract(crypto, KEM_SUITE, NOTHING, 'eae_prk', shared)
  const secretOfKem = expand(crypto, KEM_SUITE, agreed, 'shared_secret', concat(enc, recipient), KEY_BYTES)
  const context = concat(
    MODE_BASE,
    extract(crypto, SUITE, NOTHING, 'psk_id_hash', NOTHING),
    extract(crypto, SUITE, NOTHING, 'info_hash', info),
  )
  const secret = extract(crypto, SUITE, secretOfKem, 'secret', NOTHING)
  const key = expand(crypto, SUITE, secret, 'key', context, KEY_BYTES)
  const nonce = expand(crypto, SUITE, secret, 'base_nonce', context, HPKE_NONCE_BYTES)
  wipe(shared, agreed, secretOfKem, secret)
  return { key, nonce }
}

/** LabeledExtract (section 4). */
function extract(crypto: Crypto, suite: Uint8Array, salt: Uint8Array, label: string, input: Uint8Array): Uint8Array {
  return crypto.hmacSha256(salt, VERSION, suite, encodeUtf8(label), input)
}

/** LabeledExpand (section 4) of at most 32 bytes: one block of HKDF-Expand (RFC 5869, section 2.3). */
function expand(
  crypto: Crypto,
  suite: Uint8Array,
  secret: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const bytes = Uint8Array.of(length >> 8, length & 0xff)
  const block = crypto.hmacSha256(secret, bytes, VERSION, suite, encodeUtf8(label), info, Uint8Array.of(1))
  return block.subarray(0, length)
}
