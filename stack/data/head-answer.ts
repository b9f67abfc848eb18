// The answer to an Interest for a head: the head, the runs of its open page that the asker lacks, and another head where
// the writer forked its log (protocol §10.2, §10.3). Checked as a whole before any of it is kept, passed on or shown.
//
//   LP16(HEAD) | LP16(other HEAD) | LP16(its open page) | the open page's runs that follow the asker's, or the whole page

import { concat, equal, Reader, type Reason, Writer } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { type Continuity, forkOf } from './fork.js'
import { type ForkProof, forkingHead } from './fork-proof.js'
import { compareHeads, decodeHead, type Head, type HeldHead, openHashedHead, openHeldHead } from './head.js'
import { headBytes, maxChunkBytes, maxHeadAnswerBytes } from './limits.js'
import { pagePrefixes } from './page.js'

/** What an asker says that it has. */
export interface HaveHead {
  readonly length: number
  /** Hash of its open page; zeros for who has nothing. */
  readonly openPage: Uint8Array
}

/** What came of an answer. */
export interface HeadAnswer {
  /** What to hold from now on: what came, or what was held where that does not supersede it or forks from it. */
  readonly held: HeldHead
  /** Whether `held` is another than before. */
  readonly newer: boolean
  /**
   * Whether what came is lower than what was held, so that it does not even confirm it. The same entries with an earlier
   * time confirm: the clock of their writer was set back.
   */
  readonly lower: boolean
  /** How what came and what was held go together; 'continues' where nothing was held. */
  readonly continuity: Continuity
  /** A fork that the answer shows, or that it makes with what was held. */
  readonly fork: ForkProof | undefined
  /** Why the other head of the answer proves nothing, to be counted; undefined where there is none or it proves a fork. */
  readonly refusedFork: Reason | undefined
}

/** The question of who holds this. */
export function haveOfHead(held: HeldHead | undefined): HaveHead {
  return held === undefined
    ? { length: 0, openPage: new Uint8Array(32) }
    : { length: held.head.length, openPage: held.head.openPage }
}

/** Whether an answer that carries this proof shows the fork, so that it has to say CONFLICT. */
export function showsFork(held: HeldHead, fork: ForkProof | undefined): boolean {
  return fork !== undefined && forkingHead(held, fork) !== undefined
}

/** The payload for an asker that has `have`. A proof that does not fork from `held` is left out. */
export function encodeHeadAnswer(crypto: Crypto, held: HeldHead, have: HaveHead, fork?: ForkProof): Uint8Array {
  const other = fork === undefined ? undefined : forkingHead(held, fork)
  const rest = held.page.subarray(knownBytes(crypto, held, have))
  const otherBytes = other === undefined ? 0 : other.headBytes.length + other.page.length
  const writer = new Writer(6 + headBytes + otherBytes + rest.length).lp16(held.headBytes)
  writer.lp16(other?.headBytes ?? new Uint8Array(0)).lp16(other?.page ?? new Uint8Array(0))
  return writer.put(rest).bytes()
}

/**
 * Checks a whole answer for a head of `log` against what is held, which must be verified. The result shares no memory
 * with `payload`. A Reason is the fault of who sent it.
 */
export function verifyHeadAnswer(
  crypto: Crypto,
  nowMs: number,
  log: Uint8Array,
  held: HeldHead | undefined,
  payload: Uint8Array,
): HeadAnswer | Reason {
  if (payload.length > maxHeadAnswerBytes) return 'too-long'
  const reader = new Reader(payload)
  const headCopy = reader.lp16(headBytes).slice()
  const otherHead = reader.lp16(headBytes).slice()
  const otherPage = reader.lp16(maxChunkBytes).slice()
  const rest = reader.rest()
  if (reader.failed !== undefined) return reader.failed
  if ((otherHead.length === 0) !== (otherPage.length === 0)) return 'bad-length'
  const head = decodeHead(headCopy)
  if (typeof head === 'string') return head
  const page = pageOf(crypto, head, held?.page ?? new Uint8Array(0), rest)
  if (page === undefined) return 'bad-hash'
  const came = openHashedHead(crypto, nowMs, log, { head, headBytes: headCopy, page })
  if (typeof came === 'string') return came
  const continuity = held === undefined ? 'continues' : forkOf(held, came)
  const order = held === undefined ? 1 : compareHeads(came.head, held.head)
  const newer = order > 0 && continuity !== 'fork'
  const shown = otherHead.length === 0 ? undefined : provenFork(crypto, nowMs, came, otherHead, otherPage)
  const own = held !== undefined && continuity === 'fork' ? { log: head.log, first: held, second: came } : undefined
  return {
    held: newer || held === undefined ? came : held,
    newer,
    lower: order < 0 && (continuity === 'fork' || came.head.length !== held?.head.length),
    continuity,
    fork: own ?? (typeof shown === 'object' ? shown : undefined),
    refusedFork: typeof shown === 'string' ? shown : undefined,
  }
}

/** How many bytes of the page the asker has: up to the end of its own page where that is a prefix of it, else none. */
function knownBytes(crypto: Crypto, { head, page }: HeldHead, have: HaveHead): number {
  if (equal(have.openPage, head.openPage)) return page.length
  const prefixes = pagePrefixes(page)
  if (typeof prefixes === 'string') return 0
  // The asker's page ends where its log did, so one prefix and the empty page are all that can match.
  for (const { end, length } of prefixes) {
    if (length !== undefined && length !== have.length) continue
    if (equal(crypto.hash(page.subarray(0, end)), have.openPage)) return end
  }
  return 0
}

/** The open page: what is held (nothing is empty) and what came, or what came alone. */
function pageOf(crypto: Crypto, head: Head, own: Uint8Array, rest: Uint8Array): Uint8Array | undefined {
  if (own.length + rest.length === head.openBytes && equal(crypto.hashParts(own, rest), head.openPage)) {
    return concat(own, rest)
  }
  return rest.length === head.openBytes && equal(crypto.hash(rest), head.openPage) ? rest.slice() : undefined
}

/** The proof that another head makes with the one that came; a head that proves nothing is the reason why. */
function provenFork(
  crypto: Crypto,
  nowMs: number,
  came: HeldHead,
  otherHead: Uint8Array,
  otherPage: Uint8Array,
): ForkProof | Reason {
  const other = openHeldHead(crypto, nowMs, came.head.log, otherHead, otherPage)
  if (typeof other === 'string') return other
  return forkOf(came, other) === 'fork' ? { log: came.head.log, first: came, second: other } : 'not-proven'
}
