// Certificates: which devices speak for a name, signed by one rung of its ladder (protocol §4.2). Whoever knows the name
// can check one without any other state; of two valid ones everybody prefers the same.
//
//   CERT = LP16(I) | k u8 | serial u32 | rung key 32 | timeMs u64 | m u8 (1..32) | m × device key 32 | closings 32
//        | sig 64 (type cert, by the rung key)

import type { Reason } from '../bytes/index.js'
import { compare, equal, isZero, Reader, Writer } from '../bytes/index.js'
import { type Crypto, signTyped } from '../crypto/index.js'
import { key, signature as signatureField } from './field.js'
import { decodeLadder, encodeLadder, type Ladder, nameOf, rungOf } from './ladder.js'
import { KEY_BYTES, MAX_CERTIFICATE_BYTES, MAX_DEVICES, MAX_SERIAL, SIGNATURE_BYTES } from './limits.js'
import { checkSignature } from './signed.js'

/** What a certificate says; `timeMs` is its date for people and orders nothing. */
export interface CertificateBody {
  ladder: Ladder
  /** The rung that signs: an index into the ladder. */
  k: number
  serial: number
  timeMs: number
  /** Ed25519 keys, all different, in the order of cards in a name answer. */
  devices: readonly Uint8Array[]
  /** The name of a closings chunk; undefined (zeros in the layout) where no device was struck. */
  closings: Uint8Array | undefined
}

/** A certificate as it was read or signed. */
export interface Certificate extends CertificateBody {
  rungKey: Uint8Array
  signature: Uint8Array
}

/** Writes a certificate. Throws RangeError for what no certificate may hold. */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  return new Writer(MAX_CERTIFICATE_BYTES)
    .put(encodeBody(certificate))
    .put(signatureField(certificate.signature))
    .bytes()
}

/** Reads a certificate: all of `bytes`; keys and signature are views. Nothing but the layout is checked. */
export function decodeCertificate(bytes: Uint8Array): Certificate | Reason {
  const reader = new Reader(bytes)
  const ladderBytes = reader.lp16(MAX_CERTIFICATE_BYTES)
  const k = reader.u8()
  const serial = reader.u32()
  const rungKey = reader.take(KEY_BYTES)
  const timeMs = reader.u64()
  const count = reader.u8()
  if (count > MAX_DEVICES || (reader.failed === undefined && count < 1)) reader.fail('bad-count')
  const devices: Uint8Array[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) devices.push(reader.take(KEY_BYTES))
  const closings = reader.take(KEY_BYTES)
  const signature = reader.take(SIGNATURE_BYTES)
  const refused = reader.end()
  if (refused !== undefined) return refused
  const ladder = decodeLadder(ladderBytes)
  if (typeof ladder === 'string') return ladder
  if (k >= ladder.length) return 'bad-rank'
  if (!areDistinct(devices)) return 'bad-order'
  return {
    ladder,
    k,
    serial,
    rungKey,
    timeMs,
    devices,
    closings: isZero(closings) ? undefined : closings,
    signature,
  }
}

/** Signs with the seed of rung `k`. Throws RangeError when that seed is not of this rung, or for a body that cannot be. */
export function signCertificate(crypto: Crypto, rungSeed: Uint8Array, body: CertificateBody): Certificate {
  const rungKey = crypto.ed25519.publicKeyFromSeed(rungSeed)
  const rung = body.ladder[body.k]
  if (rung === undefined || !equal(rungOf(crypto, rungKey), rung))
    throw new RangeError(`not the seed of rung ${body.k}`)
  return { ...body, rungKey, signature: signTyped(crypto, 'cert', rungSeed, encodeBody({ ...body, rungKey })) }
}

/**
 * Why a certificate does not speak for a name; undefined when it does.
 * 'bad-name': another name's ladder; 'bad-rank': the key is not that rung of it; 'bad-key', 'bad-signature'.
 */
export function verifyCertificate(crypto: Crypto, name: Uint8Array, certificate: Certificate): Reason | undefined {
  if (!equal(nameOf(crypto, certificate.ladder), name)) return 'bad-name'
  const rung = certificate.ladder[certificate.k]
  if (rung === undefined || !equal(rungOf(crypto, certificate.rungKey), rung)) return 'bad-rank'
  return checkSignature(crypto, 'cert', certificate.rungKey, encodeBody(certificate), certificate.signature)
}

/**
 * Above 0 when `a` supersedes `b`, below 0 when `b` supersedes `a`, 0 when they say the same: by k, then by serial, and
 * at the same order the smaller hash of the body counts. Both are verified certificates of one name.
 */
export function compareCertificates(crypto: Crypto, a: Certificate, b: Certificate): number {
  if (a.k !== b.k) return a.k - b.k
  if (a.serial !== b.serial) return a.serial - b.serial
  const bodyA = encodeBody(a)
  const bodyB = encodeBody(b)
  return equal(bodyA, bodyB) ? 0 : compare(crypto.hash(bodyB), crypto.hash(bodyA))
}

/** Whether two verified certificates of one name have the same order and say different things, which is to be shown. */
export function conflict(a: Certificate, b: Certificate): boolean {
  return a.k === b.k && a.serial === b.serial && !equal(encodeBody(a), encodeBody(b))
}

/**
 * The serial of a new certificate: more than the highest known one of its rung, and at least the seconds since 1970.
 * 'too-large' when the known one is the greatest u32: then only a higher rung can supersede it.
 */
export function nextSerial(known: number | undefined, nowMs: number): number | Reason {
  const serial = Math.max((known ?? -1) + 1, Math.floor(nowMs / 1000))
  return serial > MAX_SERIAL ? 'too-large' : serial
}

/** Where a device key stands in a certificate, or −1. */
export function deviceIndex(certificate: CertificateBody, device: Uint8Array): number {
  return certificate.devices.findIndex((listed) => equal(listed, device))
}

/** All fields before the signature. */
function encodeBody(certificate: Omit<Certificate, 'signature'>): Uint8Array {
  const { ladder, k, devices } = certificate
  if (k >= ladder.length) throw new RangeError(`rung ${k} of a ladder of ${ladder.length}`)
  if (devices.length < 1 || devices.length > MAX_DEVICES) throw new RangeError(`${devices.length} devices`)
  if (!areDistinct(devices)) throw new RangeError('a device is listed twice')
  const writer = new Writer(MAX_CERTIFICATE_BYTES)
  writer.lp16(encodeLadder(ladder)).u8(k).u32(certificate.serial).put(key(certificate.rungKey)).u64(certificate.timeMs)
  writer.u8(devices.length)
  for (const device of devices) writer.put(key(device))
  return writer.put(key(certificate.closings ?? new Uint8Array(KEY_BYTES))).bytes()
}

// At most 32 devices: comparing each pair is cheaper than a table.
function areDistinct(keys: readonly Uint8Array[]): boolean {
  return keys.every((later, index) => !keys.slice(0, index).some((earlier) => equal(earlier, later)))
}
