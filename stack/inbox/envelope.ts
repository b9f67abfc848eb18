// Envelopes: one letter, sealed to the inbox key of each device of a name, in one of six sizes. A custodian sees for whom
// it is and how large its class; who sent it stands inside (protocol §20.1).
//
//   ENVELOPE  = 01 | inbox name 32 | class u8 (0..5) | m u8 (1..32) × RECIPIENT | sealed 2^class KiB + 16
//   RECIPIENT = device 32 | enc 32 | wrapped 48: the content key by HPKE, info "runnel v1 inbox", associated data inbox | device
//   sealed    = AES-256-GCM(content key, nonce 0, associated data: all before it; length u32 | LETTER | zeros)

import type { Reason } from '../bytes/index.js'
import { encodeUtf8, equal, isZero, Reader, Writer } from '../bytes/index.js'
import { type Crypto, openHpke, sealHpke, wipe } from '../crypto/index.js'
import { decodeLetter, encodeLetter, type Letter, type LetterBody, letterBytes, signLetter } from './letter.js'
import { CLASSES, KEY_BYTES, MAX_ENVELOPE_BYTES, MAX_RECIPIENTS, RECIPIENT_BYTES, TAG_BYTES } from './limits.js'

const VERSION = 1
const INFO = encodeUtf8('runnel v1 inbox')
const LENGTH_BYTES = 4

export interface Recipient {
  readonly device: Uint8Array
  readonly enc: Uint8Array
  readonly wrapped: Uint8Array
}

export interface Envelope {
  readonly inbox: Uint8Array
  readonly sizeClass: number
  readonly recipients: readonly Recipient[]
  readonly sealed: Uint8Array
}

/** Reads an envelope: all of `bytes`; byte strings are views. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | Reason {
  if (bytes.length > MAX_ENVELOPE_BYTES) return 'too-long'
  const reader = new Reader(bytes)
  if (reader.u8() !== VERSION) reader.fail('bad-version')
  const inbox = reader.take(KEY_BYTES)
  const sizeClass = reader.u8()
  if (sizeClass >= CLASSES) reader.fail('bad-range')
  const count = reader.u8()
  if (count > MAX_RECIPIENTS || (reader.failed === undefined && count < 1)) reader.fail('bad-count')
  const recipients: Recipient[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) {
    const device = reader.take(KEY_BYTES)
    if (recipients.some((other) => equal(other.device, device))) reader.fail('bad-order')
    recipients.push({ device, enc: reader.take(KEY_BYTES), wrapped: reader.take(KEY_BYTES + TAG_BYTES) })
  }
  const sealed = reader.take(roomOf(sizeClass) + TAG_BYTES)
  return reader.end() ?? { inbox, sizeClass, recipients, sealed }
}

export function encodeEnvelope({ inbox, sizeClass, recipients, sealed }: Envelope): Uint8Array {
  return new Writer(sealed.length + 64)
    .put(encodeHeader(inbox, sizeClass, recipients))
    .put(sealed)
    .bytes()
}

/** The smallest class that a letter fits; undefined when it fits none. */
export function classOf(body: LetterBody): number | undefined {
  const needed = LENGTH_BYTES + letterBytes(body)
  for (let sizeClass = 0; sizeClass < CLASSES; sizeClass++) if (needed <= roomOf(sizeClass)) return sizeClass
  return undefined
}

export interface SealOptions {
  readonly inbox: Uint8Array
  /** Devices and their HPKE keys, 1 to 32. */
  readonly to: readonly { readonly device: Uint8Array; readonly key: Uint8Array }[]
  readonly body: LetterBody
  /** The sender's device. */
  readonly deviceSeed: Uint8Array
  /** 32 bytes more than 32 a device, fresh and random; wiped. */
  readonly random: Uint8Array
}

/** Signs and seals a letter. 'too-long' when it fits no class, 'bad-key' for a recipient's key of small order. */
export function sealEnvelope(
  crypto: Crypto,
  { inbox, to, body, deviceSeed, random }: SealOptions,
): Uint8Array | Reason {
  const sizeClass = classOf(body)
  if (sizeClass === undefined) return 'too-long'
  if (to.length < 1 || to.length > MAX_RECIPIENTS || random.length !== KEY_BYTES * (to.length + 1)) {
    throw new RangeError(`${to.length} recipients and ${random.length} random bytes`)
  }
  const contentKey = random.subarray(0, KEY_BYTES)
  const recipients: Recipient[] = []
  for (const [index, { device, key }] of to.entries()) {
    const ephemeral = random.subarray(KEY_BYTES * (index + 1), KEY_BYTES * (index + 2))
    const wrapped = sealHpke(crypto, key, ephemeral, INFO, associated(inbox, device), contentKey)
    if (wrapped === undefined) return 'bad-key'
    recipients.push({ device, enc: wrapped.enc, wrapped: wrapped.sealed })
  }
  const letter = encodeLetter(signLetter(crypto, deviceSeed, body, { inbox, recipients }))
  const padded = new Writer(roomOf(sizeClass)).u32(letter.length).put(letter)
  padded.zeros(roomOf(sizeClass) - padded.length)
  const header = encodeHeader(inbox, sizeClass, recipients)
  const sealed = crypto.sealRecord(contentKey, 0, padded.bytes(), header)
  wipe(random)
  return encodeEnvelope({ inbox, sizeClass, recipients, sealed })
}

/**
 * Opens what was sealed to a device, with those of its keys that it still has. 'not-member': it is not for this device;
 * 'expired': it is, but to none of these keys. The letter's signature is not checked by this.
 */
export function openEnvelope(
  crypto: Crypto,
  envelope: Envelope,
  device: Uint8Array,
  privateKeys: readonly Uint8Array[],
): Letter | Reason {
  const { inbox, sizeClass, recipients, sealed } = envelope
  const recipient = recipients.find((one) => equal(one.device, device))
  if (recipient === undefined) return 'not-member'
  const wrapped = { enc: recipient.enc, sealed: recipient.wrapped }
  for (const privateKey of privateKeys) {
    const contentKey = openHpke(crypto, privateKey, wrapped, INFO, associated(inbox, device))
    if (contentKey === undefined) continue
    const padded = crypto.openRecord(contentKey, 0, sealed, encodeHeader(inbox, sizeClass, recipients))
    wipe(contentKey)
    return padded === undefined ? 'bad-seal' : unpad(padded)
  }
  return 'expired'
}

function unpad(padded: Uint8Array): Letter | Reason {
  const reader = new Reader(padded)
  const letter = reader.take(reader.u32())
  const padding = reader.rest()
  if (reader.failed !== undefined) return reader.failed
  return isZero(padding) ? decodeLetter(letter) : 'bad-padding'
}

function roomOf(sizeClass: number): number {
  return 1024 << sizeClass
}

function associated(inbox: Uint8Array, device: Uint8Array): Uint8Array {
  return new Writer(2 * KEY_BYTES).put(inbox).put(device).bytes()
}

function encodeHeader(inbox: Uint8Array, sizeClass: number, recipients: readonly Recipient[]): Uint8Array {
  const writer = new Writer(3 + KEY_BYTES + recipients.length * RECIPIENT_BYTES)
  writer.u8(VERSION).put(inbox).u8(sizeClass).u8(recipients.length)
  for (const { device, enc, wrapped } of recipients) writer.put(device).put(enc).put(wrapped)
  return writer.bytes()
}
