// Card heads: the signed pointer of one device to its card, with a version that only grows (protocol §4.3).
//
//   CARD HEAD = 02 | N 32 | device key 32 | version u64 | card chunk 32 | timeMs u64 | maxAgeS u32
//             | sig 64 (type card, by the device key)

import type { Reason } from '../bytes/index.js'
import { equal, Reader, Writer } from '../bytes/index.js'
import { type Crypto, signTyped } from '../crypto/index.js'
import { type CertificateBody, deviceIndex } from './certificate.js'
import { key, signature } from './field.js'
import { CARD_HEAD_BYTES, KEY_BYTES, MAX_CLOCK_AHEAD_MS, SIGNATURE_BYTES } from './limits.js'
import { checkSignature } from './signed.js'

/** What a card head says. */
export interface CardHeadBody {
  name: Uint8Array
  device: Uint8Array
  version: number
  /** The card's chunk name. */
  chunk: Uint8Array
  timeMs: number
  /** For how many seconds the device says that this is worth showing without asking again. */
  maxAgeS: number
}

/** A card head as it was read or signed. */
export interface CardHead extends CardHeadBody {
  signature: Uint8Array
}

const FORM = 0x02

/** Writes a card head. Throws RangeError for what does not fit its field. */
export function encodeCardHead(head: CardHead): Uint8Array {
  return new Writer(CARD_HEAD_BYTES).put(encodeBody(head)).put(signature(head.signature)).bytes()
}

/** Reads a card head: all of `bytes`; its byte strings are views. Nothing but the layout is checked. */
export function decodeCardHead(bytes: Uint8Array): CardHead | Reason {
  const reader = new Reader(bytes)
  if (reader.u8() !== FORM) reader.fail('bad-kind')
  const head = {
    name: reader.take(KEY_BYTES),
    device: reader.take(KEY_BYTES),
    version: reader.u64(),
    chunk: reader.take(KEY_BYTES),
    timeMs: reader.u64(),
    maxAgeS: reader.u32(),
    signature: reader.take(SIGNATURE_BYTES),
  }
  return reader.end() ?? head
}

/** Signs with the device's seed. Throws RangeError when the seed is not of `body.device`. */
export function signCardHead(crypto: Crypto, deviceSeed: Uint8Array, body: CardHeadBody): CardHead {
  if (!equal(crypto.ed25519.publicKeyFromSeed(deviceSeed), body.device))
    throw new RangeError('not the seed of this device')
  return { ...body, signature: signTyped(crypto, 'card', deviceSeed, encodeBody(body)) }
}

/**
 * Why a card head is refused under a verified certificate of `name`; undefined when it is not.
 * 'bad-name', 'not-member' (the device is not listed, or was struck), 'bad-key', 'bad-signature', 'future-time'.
 */
export function verifyCardHead(
  crypto: Crypto,
  name: Uint8Array,
  certificate: CertificateBody,
  head: CardHead,
  nowMs: number,
): Reason | undefined {
  if (!equal(head.name, name)) return 'bad-name'
  if (deviceIndex(certificate, head.device) < 0) return 'not-member'
  const refused = checkSignature(crypto, 'card', head.device, encodeBody(head), head.signature)
  if (refused !== undefined) return refused
  // Last, so that it says of a signed head that one of two clocks is wrong, and nothing of who sent it.
  return head.timeMs > nowMs + MAX_CLOCK_AHEAD_MS ? 'future-time' : undefined
}

/** Above 0 when `a` supersedes `b`, both verified and of one device: by version, then by time. */
export function compareCardHeads(a: CardHeadBody, b: CardHeadBody): number {
  return a.version - b.version || a.timeMs - b.timeMs
}

/** Whether a device signed two cards with one version; the one that was held first stays. */
export function cardConflict(a: CardHeadBody, b: CardHeadBody): boolean {
  return a.version === b.version && !equal(a.chunk, b.chunk)
}

/** All fields before the signature. */
function encodeBody(head: CardHeadBody): Uint8Array {
  const writer = new Writer(CARD_HEAD_BYTES)
  writer
    .u8(FORM)
    .put(key(head.name))
    .put(key(head.device))
    .u64(head.version)
    .put(key(head.chunk))
    .u64(head.timeMs)
    .u32(head.maxAgeS)
  return writer.bytes()
}
