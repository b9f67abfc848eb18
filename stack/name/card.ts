// Cards: what one device says for a name, as a chunk of records (protocol §6.6). Records of unknown types are kept as
// they are and otherwise skipped, so that a later version's card can be read, held and passed on.
//
//   CARD   = 06 | RECORD …              at most 1,024
//   RECORD = type u8 | LP16(body)       1 stream, 2 sealed stream, 3 inbox, 5 hint
//   hint   = timeMs u64 | LP8(petname, UTF-8, 1..63 bytes)

import type { Reason } from '../bytes/index.js'
import { decodeUtf8, encodeUtf8, Reader, Writer } from '../bytes/index.js'
import { exactly, key } from './field.js'
import { decodeInboxBody, encodeInboxBody, type InboxRecord } from './inbox-record.js'
import { KEY_BYTES, MAX_CARD_RECORDS, MAX_CHUNK_BYTES, MAX_PETNAME_BYTES, SEALED_STREAM_BYTES } from './limits.js'
import { decodeStreamBody, encodeStreamBody, type SealedStreamRecord, type StreamRecord } from './stream-record.js'

/** What the owner would like to be called; a reader is free to call it otherwise. May hold control characters. */
export interface HintRecord {
  type: 'hint'
  timeMs: number
  petname: string
}

/** A record of a type that this version does not read. */
export interface UnknownRecord {
  type: 'unknown'
  code: number
  body: Uint8Array
}

/** One record of a card. */
export type CardRecord = StreamRecord | SealedStreamRecord | InboxRecord | HintRecord | UnknownRecord

const CARD_KIND = 0x06
const CODE = { stream: 1, sealed: 2, inbox: 3, hint: 5 } as const
const KNOWN_CODES: ReadonlySet<number> = new Set(Object.values(CODE))

/** Writes a card. Throws RangeError for a record that cannot be, and where `cardFits` would say no. */
export function encodeCard(records: readonly CardRecord[]): Uint8Array {
  const chunk = writeCard(records)
  if (chunk === undefined) throw new RangeError(`a card of ${records.length} records does not fit a chunk`)
  return chunk
}

/** Whether these records are one card: at most 1,024 of them, and at most 61,440 bytes. */
export function cardFits(records: readonly CardRecord[]): boolean {
  return writeCard(records) !== undefined
}

/** Reads a card: all of `chunk`; byte strings are views. Signatures, seals and times are not checked. */
export function decodeCard(chunk: Uint8Array): CardRecord[] | Reason {
  if (chunk.length > MAX_CHUNK_BYTES) return 'too-long'
  const reader = new Reader(chunk)
  if (reader.u8() !== CARD_KIND) reader.fail('bad-kind')
  const records: CardRecord[] = []
  while (reader.remaining > 0) {
    if (records.length === MAX_CARD_RECORDS) return 'bad-count'
    const code = reader.u8()
    const body = reader.lp16()
    if (reader.failed !== undefined) break
    const record = decodeRecord(code, body)
    if (typeof record === 'string') return record
    records.push(record)
  }
  return reader.end() ?? records
}

function decodeRecord(code: number, body: Uint8Array): CardRecord | Reason {
  if (code === CODE.stream) return decodeStreamBody(body)
  if (code === CODE.sealed) return decodeSealed(body)
  if (code === CODE.inbox) return decodeInboxBody(body)
  if (code === CODE.hint) return decodeHint(body)
  return { type: 'unknown', code, body }
}

function decodeSealed(body: Uint8Array): SealedStreamRecord | Reason {
  const reader = new Reader(body)
  const id = reader.take(KEY_BYTES)
  const sealed = reader.take(SEALED_STREAM_BYTES)
  return reader.end() ?? { type: 'sealed', id, sealed }
}

function decodeHint(body: Uint8Array): HintRecord | Reason {
  const reader = new Reader(body)
  const timeMs = reader.u64()
  const petname = reader.lp8(MAX_PETNAME_BYTES)
  const refused = reader.end()
  if (refused !== undefined) return refused
  if (petname.length === 0) return 'bad-length'
  const text = decodeUtf8(petname)
  return text === undefined ? 'bad-text' : { type: 'hint', timeMs, petname: text }
}

/** Undefined when there are too many records or bytes. */
function writeCard(records: readonly CardRecord[]): Uint8Array | undefined {
  if (records.length > MAX_CARD_RECORDS) return undefined
  const writer = new Writer(1_024).u8(CARD_KIND)
  for (const record of records) writer.u8(codeOf(record)).lp16(encodeRecordBody(record))
  return writer.length > MAX_CHUNK_BYTES ? undefined : writer.bytes()
}

function codeOf(record: CardRecord): number {
  if (record.type !== 'unknown') return CODE[record.type]
  if (KNOWN_CODES.has(record.code)) throw new RangeError(`type ${record.code} of a record is known`)
  return record.code
}

function encodeRecordBody(record: CardRecord): Uint8Array {
  switch (record.type) {
    case 'stream':
      if (record.visibility !== 'public') throw new RangeError('an unlisted stream stands sealed in a card')
      return encodeStreamBody(record)
    case 'sealed':
      return new Writer(256).put(key(record.id)).put(exactly(record.sealed, SEALED_STREAM_BYTES)).bytes()
    case 'inbox':
      return encodeInboxBody(record)
    case 'hint': {
      const petname = encodeUtf8(record.petname)
      if (petname.length === 0) throw new RangeError('an empty petname')
      return new Writer(80).u64(record.timeMs).lp8(petname, MAX_PETNAME_BYTES).bytes()
    }
    case 'unknown':
      return record.body
  }
}
