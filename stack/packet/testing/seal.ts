// Datagrams as native/tunnel's keys.rs and pieces.rs have them: sealed with a counter, opened once each, and in pieces where
// a way is narrower than every IPv6 way must be.

import { concat } from '../../bytes/index.js'
import { type Crypto, TAG_BYTES } from '../../crypto/index.js'
import type { DropReason } from './ip.js'
import { byteAt, u16At, u32At } from './ip.js'

export const headerBytes = 16
/** Bytes of a datagram beyond the packet that it carries: header, kind, tag. */
export const overheadBytes = headerBytes + 1 + TAG_BYTES
export const Kind = { probe: 0x00, packet: 0x08, piece: 0x09, partial: 0x0a } as const
/** Counters behind the highest one that are still told apart. */
const replayWindow = 8192
/** What is sent in pieces is at most a kind and a packet of 1280 bytes. */
const wholeBytes = 1281
const pieceHeaderBytes = 9
const maxGathered = 64
const maxPieces = 16

/** Seals with one key, counting. */
export class Sealer {
  readonly #crypto: Crypto
  readonly #key: Uint8Array
  #next = 0

  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto
    this.#key = key
  }

  seal(content: Uint8Array, to: number): Uint8Array {
    const header = new DataView(new ArrayBuffer(headerBytes))
    header.setUint8(0, 1)
    header.setUint32(4, to)
    header.setUint32(12, this.#next)
    return concat(new Uint8Array(header.buffer), this.#crypto.sealRecord(this.#key, this.#next++, content))
  }
}

/** Opens with one key, each counter once. */
export class Opener {
  readonly #crypto: Crypto
  readonly #key: Uint8Array
  readonly #seen = new Set<number>()
  #highest = -1

  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto
    this.#key = key
  }

  open(datagram: Uint8Array): Uint8Array | DropReason {
    const counter = u32At(datagram, 8) * 0x1_0000_0000 + u32At(datagram, 12)
    if (!Number.isSafeInteger(counter)) return 'seal'
    const content = this.#crypto.openRecord(this.#key, counter, datagram.subarray(headerBytes))
    if (content === undefined) return 'seal'
    if (this.#seen.has(counter) || counter < this.#highest + 1 - replayWindow) return 'replay'
    this.#seen.add(counter)
    this.#highest = Math.max(this.#highest, counter)
    return content
  }
}

/** The index or label of a datagram that has the form of a sealed one. */
export function indexOf(datagram: Uint8Array): number | undefined {
  const isPlausible = datagram.length > headerBytes + TAG_BYTES && u32At(datagram, 0) === 0x0100_0000
  return isPlausible ? u32At(datagram, 4) : undefined
}

/** The pieces of a content, for a way that bears packets of so many bytes. */
export function piecesOf(content: Uint8Array, id: number, packetBytes: number): Uint8Array[] {
  const pieceBytes = packetBytes + 1 - pieceHeaderBytes
  const pieces: Uint8Array[] = []
  for (let offset = 0; offset < content.length; offset += pieceBytes) {
    const header = new DataView(new ArrayBuffer(pieceHeaderBytes))
    header.setUint8(0, Kind.piece)
    header.setUint32(1, id)
    header.setUint16(5, offset)
    header.setUint16(7, content.length)
    pieces.push(concat(new Uint8Array(header.buffer), content.subarray(offset, offset + pieceBytes)))
  }
  return pieces
}

interface Gathered {
  readonly bytes: Uint8Array
  readonly covered: [number, number][]
  missing: number
}

/** Puts pieces together. */
export class Gathering {
  readonly #contents = new Map<string, Gathered>()

  /** The content that a piece completes; undefined while more is missing. */
  take(index: number, piece: Uint8Array): Uint8Array | DropReason | undefined {
    if (piece.length < pieceHeaderBytes) return 'truncated'
    const bytes = piece.subarray(pieceHeaderBytes)
    const [start, total] = [u16At(piece, 5), u16At(piece, 7)]
    const end = start + bytes.length
    if (bytes.length === 0 || end > total || total > wholeBytes) return 'fragment'
    const key = `${index} ${u32At(piece, 1)}`
    let content = this.#contents.get(key)
    if (content === undefined) {
      const [oldest] = this.#contents.keys()
      if (oldest !== undefined && this.#contents.size === maxGathered) this.#contents.delete(oldest)
      content = { bytes: new Uint8Array(total), covered: [], missing: total }
      this.#contents.set(key, content)
    }
    if (
      content.bytes.length !== total ||
      content.covered.some(([from, to]) => from < end && start < to) ||
      content.covered.length === maxPieces
    ) {
      this.#contents.delete(key)
      return 'fragment-overlap'
    }
    content.covered.push([start, end])
    content.bytes.set(bytes, start)
    content.missing -= bytes.length
    if (content.missing > 0) return undefined
    this.#contents.delete(key)
    return byteAt(content.bytes, 0) === Kind.packet ? content.bytes : 'kind'
  }
}
