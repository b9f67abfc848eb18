// A log's newest state, signed by its key. Who verified a head and its open page knows how long the log is, how many
// bytes it reaches, and what every chunk of it must hash to (protocol §7).
//
//   01 | log key 32 | length u64 | bytes u64 | reachable u64 | closed length u64 | closed root 32 | open page 32
//      | open bytes u16 | timeMs u64 | maxAgeS u32 | sig 64

import { equal, Reader, type Reason, Writer } from '../bytes/index.js'
import { type Crypto, signTyped, verifyTyped } from '../crypto/index.js'
import { headBytes, maxChunkBytes, maxClockAheadMs } from './limits.js'
import { decodePage } from './page.js'
import { emptyRoot } from './tree.js'

const version = 1
const signatureBytes = 64

/** A head before it is signed. Counts are of the whole log; keys and hashes have 32 bytes. */
export interface UnsignedHead {
  readonly log: Uint8Array
  /** Entries. */
  readonly length: number
  /** Sum of the entries' own bytes. */
  readonly bytes: number
  /** Bytes of all chunks of the log, its open page and what its entries refer to, with multiplicity. */
  readonly reachable: number
  /** Entries in closed pages. */
  readonly closedLength: number
  /** Name of the log tree's top; `emptyRoot` when no page was closed. */
  readonly closedRoot: Uint8Array
  /** Hash of the open page, and its length. */
  readonly openPage: Uint8Array
  readonly openBytes: number
  readonly timeMs: number
  /** How old a copy the writer suggests to accept (s). */
  readonly maxAgeS: number
}

export interface Head extends UnsignedHead {
  readonly signature: Uint8Array
}

/** A head with its open page: all of a log that is not a closed chunk. Made by `openHeldHead` or a writer, so verified. */
export interface HeldHead {
  readonly head: Head
  readonly headBytes: Uint8Array
  readonly page: Uint8Array
}

/** The 207 bytes of a head. Throws RangeError for a field that does not fit. */
export function encodeHead(head: Head): Uint8Array {
  if (head.signature.length !== signatureBytes) throw new RangeError(`a signature of ${head.signature.length} bytes`)
  return writeBody(head).put(head.signature).bytes()
}

/** Reads exactly one head: its layout only. Its arrays are views. */
export function decodeHead(bytes: Uint8Array): Head | Reason {
  const reader = new Reader(bytes)
  if (reader.u8() !== version) reader.fail('bad-version')
  const head = {
    log: reader.take(32),
    length: reader.u64(),
    bytes: reader.u64(),
    reachable: reader.u64(),
    closedLength: reader.u64(),
    closedRoot: reader.take(32),
    openPage: reader.take(32),
    openBytes: reader.u16(),
    timeMs: reader.u64(),
    maxAgeS: reader.u32(),
    signature: reader.take(signatureBytes),
  }
  return reader.end() ?? head
}

/** Signs with the log's seed, whose public key must be `head.log`. */
export function signHead(crypto: Crypto, seed: Uint8Array, head: UnsignedHead): Head {
  return { ...head, signature: signTyped(crypto, 'head', seed, writeBody(head).bytes()) }
}

/** Checks all that needs no page: the counts, the signature, the time against `nowMs`. The first refusal, if any. */
export function verifyHead(crypto: Crypto, head: Head, nowMs: number): Reason | undefined {
  if (head.closedLength > head.length) return 'bad-count'
  if ((head.closedLength === 0) !== equal(head.closedRoot, emptyRoot)) return 'bad-count'
  if (head.openBytes < 1 || head.openBytes > maxChunkBytes) return 'bad-range'
  if ((head.openBytes === 1) !== (head.closedLength === head.length)) return 'bad-count'
  const body = writeBody(head).bytes()
  if (!verifyTyped(crypto, 'head', head.log, body, head.signature)) return 'bad-signature'
  // Last, so that it says of a signed head that one of two clocks is wrong, and nothing of who sent it.
  return head.timeMs > nowMs + maxClockAheadMs ? 'future-time' : undefined
}

/** Checks that `page` is the head's open page, and that it counts from the closed length to the length. */
export function checkHeadPage(crypto: Crypto, head: Head, page: Uint8Array): Reason | undefined {
  if (page.length !== head.openBytes) return 'bad-length'
  return equal(crypto.hash(page), head.openPage) ? checkPageCounts(head, page) : 'bad-hash'
}

function checkPageCounts(head: Head, page: Uint8Array): Reason | undefined {
  const counted = decodePage(page)
  if (typeof counted === 'string') return counted
  if (counted.entries !== head.length - head.closedLength) return 'bad-count'
  if (counted.entries > 0 && counted.first !== head.closedLength) return 'bad-count'
  // What is not in the open page is in closed ones: nothing, or at least a byte of a chunk for each entry.
  const closedBytes = head.bytes - counted.bytes
  const closedReachable = head.reachable - counted.reachable
  if (head.closedLength === 0) return closedBytes === 0 && closedReachable === 0 ? undefined : 'bad-count'
  return closedBytes >= 0 && closedReachable >= head.closedLength ? undefined : 'bad-count'
}

/** All checks of a head of `log` and its open page together. `headBytes` and `page` are kept as they are. */
export function openHeldHead(
  crypto: Crypto,
  nowMs: number,
  log: Uint8Array,
  headBytes: Uint8Array,
  page: Uint8Array,
): HeldHead | Reason {
  const head = decodeHead(headBytes)
  if (typeof head === 'string') return head
  if (!equal(head.log, log)) return 'bad-name'
  return verifyHead(crypto, head, nowMs) ?? checkHeadPage(crypto, head, page) ?? { head, headBytes, page }
}

/** The same for a head that was decoded, of a page that has its hash and length. */
export function openHashedHead(
  crypto: Crypto,
  nowMs: number,
  log: Uint8Array,
  { head, headBytes, page }: HeldHead,
): HeldHead | Reason {
  if (!equal(head.log, log)) return 'bad-name'
  return verifyHead(crypto, head, nowMs) ?? checkPageCounts(head, page) ?? { head, headBytes, page }
}

/** Which of two heads of a log supersedes: positive when `a` does, negative when `b` does, 0 when neither. */
export function compareHeads(a: Head, b: Head): number {
  return a.length - b.length || a.timeMs - b.timeMs
}

function writeBody(head: UnsignedHead): Writer {
  for (const key of [head.log, head.closedRoot, head.openPage]) {
    if (key.length !== 32) throw new RangeError(`a key or hash of ${key.length} bytes`)
  }
  return new Writer(headBytes)
    .u8(version)
    .put(head.log)
    .u64(head.length)
    .u64(head.bytes)
    .u64(head.reachable)
    .u64(head.closedLength)
    .put(head.closedRoot)
    .put(head.openPage)
    .u16(head.openBytes)
    .u64(head.timeMs)
    .u32(head.maxAgeS)
}
