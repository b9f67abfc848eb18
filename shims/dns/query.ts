// What came over DNS, as one question or as a reason to give none an answer. Total: any bytes give one of the three.

import { decode } from 'dns-packet'
import { maxQueryBytes } from './limits.js'

export interface Query {
  readonly id: number
  /** Recursion desired, which an answer repeats. */
  readonly recursion: boolean
  /** In the case that it came in, which an answer repeats. */
  readonly name: string
  readonly type: string
  readonly class: string
  /** EDNS (RFC 6891), where the asker has it. */
  readonly edns: { readonly version: number; readonly payloadBytes: number } | undefined
}

/** A question that cannot be answered, to be said so. */
export interface BadQuery {
  readonly id: number
  readonly recursion: boolean
  readonly code: 'formerr' | 'notimp'
}

const headerBytes = 12

/** Undefined for what gets no answer at all: too short, too long, or an answer itself, which could go on for ever. */
export function readQuery(bytes: Uint8Array): Query | BadQuery | undefined {
  if (bytes.length < headerBytes || bytes.length > maxQueryBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [id, flags] = [view.getUint16(0), view.getUint16(2)]
  if ((flags & 0x8000) !== 0) return undefined
  const recursion = (flags & 0x0100) !== 0
  if ((flags & 0x7800) !== 0) return { id, recursion, code: 'notimp' }
  // Counted before anything is decoded: one question, and nothing but EDNS beside it.
  const counts = [4, 6, 8, 10].map((offset) => view.getUint16(offset))
  if (counts[0] !== 1 || counts[1] !== 0 || counts[2] !== 0 || (counts[3] ?? 0) > 1) {
    return { id, recursion, code: 'formerr' }
  }
  try {
    const { questions, additionals } = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    const [question] = questions ?? []
    const [extra] = additionals ?? []
    // What is no text of ASCII could not be repeated as it came.
    if (question === undefined || !/^[\x21-\x7e]{1,254}$/.test(question.name)) return { id, recursion, code: 'formerr' }
    if (extra !== undefined && (extra.type !== 'OPT' || extra.name !== '.')) return { id, recursion, code: 'formerr' }
    const edns = extra?.type === 'OPT' ? { version: extra.ednsVersion, payloadBytes: extra.udpPayloadSize } : undefined
    const { name, type, class: of = 'IN' } = question
    return { id, recursion, name, type, class: of, edns }
  } catch {
    return { id, recursion, code: 'formerr' }
  }
}
