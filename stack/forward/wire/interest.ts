// The body of an INTEREST, docs/protocol.md §10.1. What decodes here is canonical: encoding it again gives the same bytes.
//
//   token u32 | lifetimeMs u16 | hops u8 | rank u8 | kind u8 | answerBytes u24 | key 32 | question
//   question  name   have k u8 | have serial u32 | m u8 (≤ 32) | m × card version u64 | maxAgeS u32
//             head   have length u64 | have open page 32 | maxAgeS u32
//             chunk  via 32 | from u32 | bytes u32                  both 0 but in a packet (§22)

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { MAX_HOPS, MAX_RANK, QuestionKind } from './numbers.js'

/** Devices of a certificate, at most (§13), and so card versions in a question. */
const MAX_CARDS = 32

/** Rungs of a ladder, at most (§13). */
const MAX_RUNGS = 16

/** What of a name the asker holds: its certificate's order, and its cards' versions in that certificate's order of devices. */
export interface NameHave {
  readonly k: number
  readonly serial: number
  readonly versions: readonly number[]
}

/** What of a log the asker holds. */
export interface HeadHave {
  readonly length: number
  readonly openPage: Uint8Array
}

export type Question =
  | { readonly kind: 'name'; readonly have: NameHave; readonly maxAgeS: number }
  | { readonly kind: 'head'; readonly have: HeadHave; readonly maxAgeS: number }
  | { readonly kind: 'chunk'; readonly via: Uint8Array; readonly part?: Part }

/** Bytes of a chunk, asked for by packets alone. */
export interface Part {
  readonly from: number
  /** 0: up to the end. */
  readonly bytes: number
}

export interface Interest {
  /** Chosen by the sender for this link, never 0. */
  readonly token: number
  readonly lifetimeMs: number
  /** How many more nodes may forward it. */
  readonly hops: number
  /** The sender's. */
  readonly rank: number
  /** Bytes of payload that the answer may have; of a live question all its answers together. */
  readonly answerBytes: number
  /** 32 bytes: name, log key or chunk name. */
  readonly key: Uint8Array
  readonly question: Question
}

/** The body of an INTEREST. Throws RangeError for a field that does not fit. */
export function encodeInterest(interest: Interest): Uint8Array {
  const writer = new Writer(128)
    .u32(interest.token)
    .u16(interest.lifetimeMs)
    .u8(interest.hops)
    .u8(interest.rank)
    .u8(QuestionKind[interest.question.kind])
    .u24(interest.answerBytes)
    .put(interest.key)
  writeQuestion(writer, interest.question)
  return writer.bytes()
}

/** Reads the body of an INTEREST; its byte strings are views of `body`. A part of a chunk is refused unless `parts` is set. */
export function decodeInterest(body: Uint8Array, { parts = false } = {}): Interest | Reason {
  const reader = new Reader(body)
  const token = reader.u32()
  const lifetimeMs = reader.u16()
  const hops = reader.u8()
  const rank = reader.u8()
  const kind = reader.u8()
  const answerBytes = reader.u24()
  const key = reader.take(32)
  if (reader.failed !== undefined) return reader.failed
  if (token === 0) return 'bad-token'
  if (hops > MAX_HOPS) return 'bad-range'
  if (rank > MAX_RANK) return 'bad-rank'
  const question = readQuestion(reader, kind, parts)
  if (typeof question === 'string') return question
  return reader.end() ?? { token, lifetimeMs, hops, rank, answerBytes, key, question }
}

function writeQuestion(writer: Writer, question: Question): void {
  switch (question.kind) {
    case 'name': {
      const { k, serial, versions } = question.have
      writer.u8(k).u32(serial).u8(versions.length)
      for (const version of versions) writer.u64(version)
      writer.u32(question.maxAgeS)
      return
    }
    case 'head':
      writer.u64(question.have.length).put(question.have.openPage).u32(question.maxAgeS)
      return
    case 'chunk':
      writer
        .put(question.via)
        .u32(question.part?.from ?? 0)
        .u32(question.part?.bytes ?? 0)
  }
}

function readQuestion(reader: Reader, kind: number, parts: boolean): Question | Reason {
  switch (kind) {
    case QuestionKind.name: {
      const k = reader.u8()
      const serial = reader.u32()
      const count = reader.u8()
      if (k >= MAX_RUNGS) reader.fail('bad-range')
      if (count > MAX_CARDS) reader.fail('bad-count')
      const versions: number[] = []
      while (versions.length < count && reader.remaining > 0) versions.push(reader.u64())
      const maxAgeS = reader.u32()
      return reader.failed ?? { kind: 'name', have: { k, serial, versions }, maxAgeS }
    }
    case QuestionKind.head: {
      const have = { length: reader.u64(), openPage: reader.take(32) }
      const maxAgeS = reader.u32()
      return reader.failed ?? { kind: 'head', have, maxAgeS }
    }
    case QuestionKind.chunk: {
      const via = reader.take(32)
      const [from, bytes] = [reader.u32(), reader.u32()]
      if (from === 0 && bytes === 0) return reader.failed ?? { kind: 'chunk', via }
      if (!parts) reader.fail('bad-range')
      return reader.failed ?? { kind: 'chunk', via, part: { from, bytes } }
    }
    default:
      return 'bad-kind'
  }
}
