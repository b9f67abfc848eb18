// The items of a store record (docs/protocol.md §11): what they hold, and their bytes.
//
//   ITEM = type u8 | length u32 | body
//
// Signed things (heads, certificates, card heads) are opaque here; the store reads a few of their fields in signed.ts.

import { decodeUtf8, encodeUtf8, Reader, type Reason, type Writer } from '../../stack/bytes/index.js'
import { headBytes as HEAD_BYTES, maxChunkBytes } from '../../stack/data/index.js'
import { CARD_HEAD_BYTES, MAX_CERTIFICATE_BYTES } from '../../stack/name/index.js'
import { VALUE_BYTES_MAX, VALUE_KEY_BYTES_MAX } from './limits.js'

/** The first hashed byte of a record's checksum, so that a file that lands in another place is refused there. */
export const placeCodes = { own: 1, kept: 2, cache: 3 } as const
export type PlaceName = keyof typeof placeCodes

/** A head (207 bytes) and its open page. */
export interface HeadWithPage {
  readonly headBytes: Uint8Array
  readonly page: Uint8Array
}

export type ChunkItem = { readonly type: 'chunk'; readonly name: Uint8Array; readonly bytes: Uint8Array }
export type RunItem = {
  readonly type: 'run'
  readonly log: Uint8Array
  /** Where it starts in the open page; at least 1. */
  readonly position: number
  readonly bytes: Uint8Array
}
export type HeadItem = {
  readonly type: 'head'
  readonly ageS: number
  readonly seenMs: number
  readonly headBytes: Uint8Array
  /** Undefined in own/, where the page is made of runs. */
  readonly page: Uint8Array | undefined
}
export type NameItem = {
  readonly type: 'name'
  readonly ageS: number
  readonly seenMs: number
  readonly certificateBytes: Uint8Array
}
export type CardItem = {
  readonly type: 'card'
  readonly ageS: number
  readonly seenMs: number
  readonly headBytes: Uint8Array
}
/** Empty bytes delete the key. */
export type ValueItem = { readonly type: 'value'; readonly key: string; readonly bytes: Uint8Array }
export type ForgetItem = { readonly type: 'forget'; readonly name: Uint8Array }
export type ForkItem = { readonly type: 'fork'; readonly first: HeadWithPage; readonly second: HeadWithPage }

/** What may stand in own/, and what in kept/. */
export type OwnItem = ChunkItem | RunItem | HeadItem | NameItem | CardItem | ValueItem | ForgetItem
export type KeptItem = ChunkItem | HeadItem | NameItem | CardItem | ValueItem | ForgetItem | ForkItem

export type Item = ChunkItem | RunItem | HeadItem | NameItem | CardItem | ValueItem | ForgetItem | ForkItem

/** Bytes of an item's type and length. */
export const ITEM_HEADER_BYTES = 5

/** Bytes before a chunk item's content: its type, length and name. */
export const CHUNK_PREFIX_BYTES = ITEM_HEADER_BYTES + 32

const typeCodes = { chunk: 1, run: 2, head: 3, name: 4, card: 5, value: 6, forget: 7, fork: 8 } as const

/** Bytes of the item in a record, its header included. */
export function itemBytes(item: Item): number {
  return ITEM_HEADER_BYTES + bodyBytes(item)
}

export function encodeItem(writer: Writer, item: Item): void {
  writer.u8(typeCodes[item.type]).u32(bodyBytes(item))
  switch (item.type) {
    case 'chunk':
      writer.put(item.name).put(item.bytes)
      break
    case 'run':
      writer.put(item.log).u16(item.position).put(item.bytes)
      break
    case 'head':
      writer.u32(item.ageS).u64(item.seenMs).put(item.headBytes)
      if (item.page !== undefined) writer.put(item.page)
      break
    case 'name':
      writer.u32(item.ageS).u64(item.seenMs).put(item.certificateBytes)
      break
    case 'card':
      writer.u32(item.ageS).u64(item.seenMs).put(item.headBytes)
      break
    case 'value':
      writer.lp16(encodeUtf8(item.key)).put(item.bytes)
      break
    case 'forget':
      writer.put(item.name)
      break
    case 'fork':
      for (const { headBytes, page } of [item.first, item.second]) writer.lp16(headBytes).lp16(page)
  }
}

/** Reads one item; its arrays are views. A failure is recorded in the reader, and then nothing is given. */
export function decodeItem(reader: Reader, place: PlaceName): Item | undefined {
  const type = reader.u8()
  const body = new Reader(reader.take(reader.u32()))
  if (reader.failed !== undefined) return undefined
  const item = decodeBody(body, type, place)
  const failed = body.end() ?? (item === undefined ? 'bad-type' : refusal(item, place))
  if (failed !== undefined) reader.fail(failed)
  return failed === undefined ? item : undefined
}

/** Why an item may not stand in this place, or breaks its own bounds. The same check for what is read and what is written. */
export function refusal(item: Item, place: PlaceName): Reason | undefined {
  switch (item.type) {
    case 'chunk':
      return outside(item.bytes.length, 1, maxChunkBytes) ?? wrongKey(item.name)
    case 'run':
      if (place !== 'own') return 'bad-type'
      if (item.position < 1) return 'bad-range'
      return outside(item.bytes.length, 1, maxChunkBytes - item.position) ?? wrongKey(item.log)
    case 'head':
      if ((item.page === undefined) !== (place === 'own')) return 'bad-length'
      return item.page === undefined ? wrongHead(item.headBytes) : wrongHeld(item.headBytes, item.page)
    case 'name':
      return outside(item.certificateBytes.length, 1, MAX_CERTIFICATE_BYTES)
    case 'card':
      return item.headBytes.length === CARD_HEAD_BYTES ? undefined : 'bad-length'
    case 'value':
      return outside(item.bytes.length, 0, VALUE_BYTES_MAX) ?? wrongText(item.key)
    case 'forget':
      return wrongKey(item.name)
    case 'fork':
      return wrongHeld(item.first.headBytes, item.first.page) ?? wrongHeld(item.second.headBytes, item.second.page)
  }
}

function bodyBytes(item: Item): number {
  switch (item.type) {
    case 'chunk':
      return 32 + item.bytes.length
    case 'run':
      return 34 + item.bytes.length
    case 'head':
      return 12 + item.headBytes.length + (item.page?.length ?? 0)
    case 'name':
      return 12 + item.certificateBytes.length
    case 'card':
      return 12 + item.headBytes.length
    case 'value':
      return 2 + encodeUtf8(item.key).length + item.bytes.length
    case 'forget':
      return 32
    case 'fork':
      return [item.first, item.second].reduce((sum, { headBytes, page }) => sum + 4 + headBytes.length + page.length, 0)
  }
}

function decodeBody(body: Reader, type: number, place: PlaceName): Item | undefined {
  switch (type) {
    case typeCodes.chunk:
      return { type: 'chunk', name: body.take(32), bytes: body.rest() }
    case typeCodes.run:
      return { type: 'run', log: body.take(32), position: body.u16(), bytes: body.rest() }
    case typeCodes.head: {
      const [ageS, seenMs, headBytes] = [body.u32(), body.u64(), body.take(HEAD_BYTES)]
      return { type: 'head', ageS, seenMs, headBytes, page: place === 'own' ? undefined : body.rest() }
    }
    case typeCodes.name:
      return { type: 'name', ageS: body.u32(), seenMs: body.u64(), certificateBytes: body.rest() }
    case typeCodes.card:
      return { type: 'card', ageS: body.u32(), seenMs: body.u64(), headBytes: body.rest() }
    case typeCodes.value: {
      const key = decodeUtf8(body.lp16(VALUE_KEY_BYTES_MAX))
      if (key === undefined) body.fail('bad-text')
      return { type: 'value', key: key ?? '', bytes: body.rest() }
    }
    case typeCodes.forget:
      return { type: 'forget', name: body.take(32) }
    case typeCodes.fork: {
      const first = { headBytes: body.lp16(), page: body.lp16() }
      return { type: 'fork', first, second: { headBytes: body.lp16(), page: body.lp16() } }
    }
    default:
      body.fail('bad-type')
      return undefined
  }
}

function refusalOfLength(length: number, bytes: Uint8Array): Reason | undefined {
  return bytes.length === length ? undefined : 'bad-length'
}

function wrongKey(key: Uint8Array): Reason | undefined {
  return refusalOfLength(32, key)
}

function wrongHead(headBytes: Uint8Array): Reason | undefined {
  return refusalOfLength(HEAD_BYTES, headBytes)
}

function wrongHeld(headBytes: Uint8Array, page: Uint8Array): Reason | undefined {
  return wrongHead(headBytes) ?? outside(page.length, 1, maxChunkBytes)
}

function wrongText(key: string): Reason | undefined {
  return outside(encodeUtf8(key).length, 1, VALUE_KEY_BYTES_MAX)
}

function outside(length: number, least: number, most: number): Reason | undefined {
  return length < least ? 'too-short' : length > most ? 'too-long' : undefined
}
