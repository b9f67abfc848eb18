// Stream records of a card: a label, the log of this device for it, and the log's own word that it belongs there
// (protocol §6.6). A public one stands in clear; an unlisted one is sealed under the secret of its link, and all sealed
// ones have one size, so that a carrier learns only how many there are.
//
//   1 stream         timeMs u64 | LP8(label) | log key 32 | visibility u8 | member sig 64
//   2 sealed stream  id 32 | sealed 224: the body of type 1, padded with zeros

import type { Reason } from '../bytes/index.js'
import { isZero, Reader, Writer } from '../bytes/index.js'
import { type Crypto, cardScope, open, seal, signTyped } from '../crypto/index.js'
import { key, signature as signatureField } from './field.js'
import { decodeLabel, encodeLabel } from './label.js'
import { KEY_BYTES, MAX_LABEL_CHARACTERS, SEALED_STREAM_BYTES, SIGNATURE_BYTES } from './limits.js'
import { checkSignature } from './signed.js'

/** Who can read a stream: everybody who has the name, or only who has the link's secret too. */
export type Visibility = 'public' | 'unlisted'

const VISIBILITIES: readonly Visibility[] = ['public', 'unlisted']

/** A stream of a card. The signature is the log's, of type `member`. */
export interface StreamRecord {
  type: 'stream'
  timeMs: number
  label: string
  log: Uint8Array
  visibility: Visibility
  signature: Uint8Array
}

/** An unlisted stream as a carrier sees it. */
export interface SealedStreamRecord {
  type: 'sealed'
  id: Uint8Array
  sealed: Uint8Array
}

/** What a log signs to belong to a stream: it cannot be listed under a name, device or label that it did not agree to. */
export interface Membership {
  name: Uint8Array
  device: Uint8Array
  visibility: Visibility
  label: string
}

/** The kind of the chunk that holds sealed records: a card. */
const CARD_KIND = 6

const NO_CONTEXT = new Uint8Array(0)

/** The log's signature that it belongs to a stream. */
export function signMember(crypto: Crypto, logSeed: Uint8Array, membership: Membership): Uint8Array {
  return signTyped(crypto, 'member', logSeed, encodeMembership(membership))
}

/** Why a log does not belong to a stream: 'bad-key' or 'bad-signature'; undefined when it does. */
export function verifyMember(
  crypto: Crypto,
  log: Uint8Array,
  membership: Membership,
  signature: Uint8Array,
): Reason | undefined {
  return checkSignature(crypto, 'member', log, encodeMembership(membership), signature)
}

/** A signed record of a stream, ready for a card, or for `sealStreamRecord` where it is unlisted. */
export function signStreamRecord(
  crypto: Crypto,
  logSeed: Uint8Array,
  membership: Membership,
  timeMs: number,
): StreamRecord {
  const { label, visibility } = membership
  const signature = signMember(crypto, logSeed, membership)
  return { type: 'stream', timeMs, label, log: crypto.ed25519.publicKeyFromSeed(logSeed), visibility, signature }
}

/** Seals an unlisted record under its stream's secret of 32 bytes. Throws RangeError when the record is public. */
export function sealStreamRecord(crypto: Crypto, secret: Uint8Array, record: StreamRecord): SealedStreamRecord {
  if (record.visibility !== 'unlisted') throw new RangeError('only unlisted streams are sealed')
  const body = encodeStreamBody(record)
  const padded = new Writer(SEALED_STREAM_BYTES)
    .put(body)
    .zeros(SEALED_STREAM_BYTES - body.length)
    .bytes()
  return { type: 'sealed', ...seal(crypto, cardScope(crypto, secret), CARD_KIND, NO_CONTEXT, padded) }
}

/** Opens an unlisted record: 'bad-seal' when it is of another secret. Its membership is not verified by this. */
export function openStreamRecord(
  crypto: Crypto,
  secret: Uint8Array,
  record: SealedStreamRecord,
): StreamRecord | Reason {
  const padded = open(crypto, cardScope(crypto, secret), CARD_KIND, NO_CONTEXT, record.id, record.sealed)
  if (typeof padded === 'string') return padded
  if (padded.length !== SEALED_STREAM_BYTES) return 'bad-length'
  const reader = new Reader(padded)
  const opened = readStream(reader)
  const padding = reader.rest()
  if (reader.failed !== undefined) return reader.failed
  if (opened.visibility !== 'unlisted') return 'bad-kind'
  return isZero(padding) ? opened : 'bad-padding'
}

/** The body of a record of type 1. Throws RangeError for a bad label. */
export function encodeStreamBody(record: StreamRecord): Uint8Array {
  const writer = new Writer(SEALED_STREAM_BYTES)
  writer
    .u64(record.timeMs)
    .lp8(encodeLabel(record.label))
    .put(key(record.log))
    .u8(VISIBILITIES.indexOf(record.visibility))
    .put(signatureField(record.signature))
  return writer.bytes()
}

/** Reads the body of a record of type 1 in clear: all of `bytes`, and public. */
export function decodeStreamBody(bytes: Uint8Array): StreamRecord | Reason {
  const reader = new Reader(bytes)
  const record = readStream(reader)
  if (reader.failed === undefined && record.visibility !== 'public') reader.fail('bad-kind')
  return reader.end() ?? record
}

/** Valid only while the reader has not failed. */
function readStream(reader: Reader): StreamRecord {
  const timeMs = reader.u64()
  const label = decodeLabel(reader.lp8(MAX_LABEL_CHARACTERS))
  if (label === undefined) reader.fail('bad-label')
  const log = reader.take(KEY_BYTES)
  const visibility = VISIBILITIES[reader.u8()]
  if (visibility === undefined) reader.fail('bad-kind')
  const signature = reader.take(SIGNATURE_BYTES)
  return { type: 'stream', timeMs, label: label ?? '', log, visibility: visibility ?? 'public', signature }
}

function encodeMembership(membership: Membership): Uint8Array {
  const { name, device, visibility, label } = membership
  return new Writer(160)
    .put(key(name))
    .put(key(device))
    .u8(VISIBILITIES.indexOf(visibility))
    .lp8(encodeLabel(label))
    .bytes()
}
