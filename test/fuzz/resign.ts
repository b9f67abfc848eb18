// Makes changed bytes valid again, so that what they say gets past names, hashes and signatures and meets the code behind:
// as a hostile owner of the keys would. What does not even have the layout is left as it is.

import { isZero, Reader, Writer } from '../../stack/bytes/index.js'
import { decodeHead, decodePage, emptyRoot, encodeHead, maxChunkBytes, signHead } from '../../stack/data/index.js'
import {
  type CardRecord,
  decodeCard,
  decodeCardHead,
  decodeCertificate,
  encodeCard,
  encodeCardHead,
  encodeCertificate,
  isLabel,
  nameOf,
  rungOf,
  signCardHead,
  signCertificate,
  signStreamRecord,
} from '../../stack/name/index.js'
import { sampleSeeds } from '../samples/name.js'
import { crypto, deviceSeeds, devices, sampleLog } from './samples.js'

/** A certificate by the sample's rungs for its devices, and the name that it then speaks for. */
export function resignCertificate(bytes: Uint8Array): { name: Uint8Array; certificate: Uint8Array } | undefined {
  const read = decodeCertificate(bytes)
  if (typeof read === 'string') return undefined
  const seed = sampleSeeds.rungs[read.k % sampleSeeds.rungs.length] as Uint8Array
  const ladder = [...read.ladder]
  ladder[read.k] = rungOf(crypto, crypto.ed25519.publicKeyFromSeed(seed))
  const listed = read.devices.map((device, index) => devices[index] ?? device)
  const certificate = signCertificate(crypto, seed, { ...read, ladder, devices: listed })
  return { name: nameOf(crypto, ladder), certificate: encodeCertificate(certificate) }
}

/** A name answer in which certificate, card heads and cards belong together. */
export function resignNameAnswer(payload: Uint8Array): { name: Uint8Array; payload: Uint8Array } | undefined {
  const reader = new Reader(payload)
  const signed = resignCertificate(reader.lp16())
  if (signed === undefined) return undefined
  const writer = new Writer(payload.length + 64).lp16(signed.certificate)
  for (let index = 0; reader.remaining > 0; index++) {
    const [headBytes, chunk] = [reader.lp16(), reader.lp16()]
    if (reader.failed !== undefined) break
    const card = resignCard(chunk, signed.name, index)
    writer.lp16(resignCardHead(headBytes, signed.name, index, card)).lp16(card)
  }
  return { name: signed.name, payload: writer.bytes() }
}

function resignCardHead(bytes: Uint8Array, name: Uint8Array, index: number, chunk: Uint8Array): Uint8Array {
  const read = decodeCardHead(bytes)
  const seed = deviceSeeds[index]
  if (typeof read === 'string' || seed === undefined) return bytes
  const device = devices[index] as Uint8Array
  const hash = chunk.length === 0 ? read.chunk : crypto.hash(chunk)
  return encodeCardHead(signCardHead(crypto, seed, { ...read, name, device, chunk: hash }))
}

/** A card whose streams in clear the sample's log has agreed to. */
function resignCard(chunk: Uint8Array, name: Uint8Array, index: number): Uint8Array {
  const records = decodeCard(chunk)
  const device = devices[index]
  if (typeof records === 'string' || device === undefined) return chunk
  return encodeCard(records.map((record) => resignRecord(record, name, device)))
}

function resignRecord(record: CardRecord, name: Uint8Array, device: Uint8Array): CardRecord {
  if (record.type !== 'stream' || !isLabel(record.label)) return record
  const { label, visibility, timeMs } = record
  return signStreamRecord(crypto, sampleLog.seed, { name, device, visibility, label }, timeMs)
}

/**
 * A head of the sample's log with this page as its open page. With `counts` the page's own counts stand in it, so that it
 * is verified where the page is one; otherwise the counts stay as they were.
 */
export function resignHead(headBytes: Uint8Array, page: Uint8Array, counts: boolean): Uint8Array {
  const read = decodeHead(headBytes)
  if (typeof read === 'string' || page.length > maxChunkBytes) return headBytes
  const head = { ...read, log: sampleLog.log, openPage: crypto.hash(page), openBytes: page.length }
  const counted = counts ? decodePage(page) : 'as it was'
  if (typeof counted === 'string') return encodeHead(signHead(crypto, sampleLog.seed, head))
  const closedLength = counted.entries > 0 ? counted.first : head.closedLength
  const closed = closedLength > 0
  const length = closedLength + counted.entries
  const [bytes, reachable] = [counted.bytes, counted.reachable + closedLength]
  if (!Number.isSafeInteger(length) || !Number.isSafeInteger(reachable)) return headBytes
  const closedRoot = closed ? (isZero(head.closedRoot) ? head.openPage : head.closedRoot) : emptyRoot
  const whole = { ...head, length, closedLength, bytes, reachable, closedRoot }
  return encodeHead(signHead(crypto, sampleLog.seed, whole))
}

/** A head answer whose heads belong to their pages. */
export function resignHeadAnswer(payload: Uint8Array, counts: boolean): Uint8Array {
  const reader = new Reader(payload)
  const [headBytes, otherBytes, otherPage, rest] = [reader.lp16(), reader.lp16(), reader.lp16(), reader.rest()]
  if (reader.failed !== undefined) return payload
  const writer = new Writer(payload.length + 16).lp16(resignHead(headBytes, rest, counts))
  return writer
    .lp16(resignHead(otherBytes, otherPage, counts))
    .lp16(otherPage)
    .put(rest)
    .bytes()
}
