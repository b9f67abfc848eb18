// Heads of others' logs, the newest of each by (length, time), with the open page: on disk where it has been written, else in
// memory. In the cache the one that was used least lately goes when the table or the memory for pages is full.

import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { compareHeads, headBytes as HEAD_BYTES, type Head } from '../../stack/data/index.js'
import { type HeadItem, ITEM_HEADER_BYTES } from './item.js'
import { HEAD_PAGES_BYTES, HEAD_WRITE_EVERY_MS, LOGS_MAX } from './limits.js'
import { RecencyMap } from './recency-map.js'
import { headFields } from './signed.js'
import { type Ledger, type ReadSpot, replaceSpot, type Spot, sameSpot } from './spot.js'

export interface RememberedHead {
  readonly headBytes: Uint8Array
  readonly page: Uint8Array
  /** Its age when it was seen, in seconds. */
  readonly ageS: number
  readonly seenMs: number
}

interface Entry {
  readonly fields: Head
  readonly headBytes: Uint8Array
  /** In memory until it is on disk. */
  page: Uint8Array | undefined
  ageS: number
  seenMs: number
  spot: Spot | undefined
  writtenMs: number
}

/** Bytes of a head item before its page: header, age, time, head. */
const HEAD_PREFIX_BYTES = ITEM_HEADER_BYTES + 12 + HEAD_BYTES

export class RememberedHeads {
  readonly #heads: RecencyMap<Entry>
  readonly #unwritten = new Set<Entry>()
  #unwrittenBytes = 0
  #writtenBytes = 0
  readonly #ledger: Ledger
  readonly #crypto: Crypto
  readonly #read: ReadSpot

  constructor(seed: Uint8Array, max: number, ledger: Ledger, crypto: Crypto, read: ReadSpot) {
    this.#heads = new RecencyMap(seed, max)
    this.#ledger = ledger
    this.#crypto = crypto
    this.#read = read
  }

  get size(): number {
    return this.#heads.size
  }

  /** Bytes of the items that count, on disk and yet to be written. */
  get bytes(): number {
    return this.#writtenBytes + this.#unwrittenBytes
  }

  /** Forgets the one that was used least lately. */
  dropOldest(): void {
    const oldest = this.#heads.oldest()
    if (oldest !== undefined) this.delete(oldest)
  }

  /** Whether a head of this log would be one too many. */
  refuses(log: Uint8Array): boolean {
    return this.#heads.size >= LOGS_MAX && this.#heads.peek(log) === undefined
  }

  /** A head that is on disk. An older one than is known is left there as dead. */
  apply(item: HeadItem, spot: Spot): void {
    const known = this.#admit(item)
    if (known === undefined) return
    this.#move(known, spot)
    this.#settle(known)
  }

  /** A head to be written later. Copies what it keeps. */
  offer(item: HeadItem): void {
    const known = this.#admit(item)
    if (known === undefined || known.spot !== undefined || known.page !== undefined) return
    known.page = item.page?.slice()
    this.#unwritten.add(known)
    this.#unwrittenBytes += known.page?.length ?? 0
    for (const oldest of this.#unwritten) {
      if (this.#unwrittenBytes <= HEAD_PAGES_BYTES || oldest === known) break
      this.delete(oldest.fields.log)
    }
  }

  /** What is to be written now, at most `maxBytes` or one. */
  unwritten(nowMs: number, maxBytes: number, all: boolean): HeadItem[] {
    const items: HeadItem[] = []
    let bytes = 0
    for (const entry of this.#unwritten) {
      if (!all && nowMs - entry.writtenMs < HEAD_WRITE_EVERY_MS && nowMs >= entry.writtenMs) continue
      bytes += HEAD_PREFIX_BYTES + (entry.page?.length ?? 0)
      if (items.length > 0 && bytes > maxBytes) break
      entry.writtenMs = nowMs
      items.push(toItem(entry, entry.page))
    }
    return items
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0
  }

  /** The head and its page; forgotten, and undefined, when the page is damaged. */
  head(log: Uint8Array): RememberedHead | undefined {
    const entry = this.#heads.use(log)
    if (entry === undefined) return undefined
    const page = this.#page(entry)
    if (page === undefined) {
      if (entry.spot !== undefined) this.#ledger.unreadable(entry.spot.segment)
      this.delete(log)
      return undefined
    }
    return { headBytes: entry.headBytes, page, ageS: entry.ageS, seenMs: entry.seenMs }
  }

  /** The head without its page, which may turn out to be damaged. */
  headBytes(log: Uint8Array): Uint8Array | undefined {
    return this.#heads.use(log)?.headBytes
  }

  /** The order of what is known of a log, without reading its page. */
  fields(log: Uint8Array): Head | undefined {
    return this.#heads.peek(log)?.fields
  }

  delete(log: Uint8Array): void {
    const entry = this.#heads.delete(log)
    if (entry === undefined) return
    this.#move(entry, undefined)
    this.#settle(entry)
  }

  /** Forgets those that stand in a segment that goes. */
  dropSegment(segment: number): void {
    for (const [log, { spot }] of this.#heads.entries()) if (spot?.segment === segment) this.delete(log)
  }

  /** The item again if it counts at this spot; undefined where it does not, or is damaged. */
  copy(item: HeadItem, spot: Spot): HeadItem | undefined {
    const log = headFields(item.headBytes)?.log
    const entry = log === undefined ? undefined : this.#heads.peek(log)
    if (entry === undefined || !sameSpot(entry.spot, spot)) return undefined
    const page = this.#page(entry)
    return page === undefined ? undefined : toItem(entry, page)
  }

  /** The entry of this very head, made where it is newer than what is known; undefined when it is older. */
  #admit(item: HeadItem): Entry | undefined {
    const headBytes = item.headBytes.slice()
    const fields = headFields(headBytes)
    if (fields === undefined) return undefined
    const known = this.#heads.use(fields.log)
    const order = known === undefined ? 1 : compareHeads(fields, known.fields)
    if (order < 0 || (order === 0 && known !== undefined && !equal(known.headBytes, headBytes))) return undefined
    if (order === 0 && known !== undefined) {
      // The same head, confirmed again: the later confirmation counts.
      if (confirmedMs(item) > confirmedMs(known)) Object.assign(known, { ageS: item.ageS, seenMs: item.seenMs })
      return known
    }
    this.delete(fields.log)
    if (this.#heads.full) this.delete(this.#heads.oldest() ?? fields.log)
    const { ageS, seenMs } = item
    const writtenMs = known?.writtenMs ?? Number.NEGATIVE_INFINITY
    const entry: Entry = { fields, headBytes, page: undefined, ageS, seenMs, spot: undefined, writtenMs }
    this.#heads.set(fields.log, entry)
    return entry
  }

  #page(entry: Entry): Uint8Array | undefined {
    if (entry.page !== undefined || entry.spot === undefined) return entry.page
    const { segment, offset, bytes } = entry.spot
    const page = this.#read(segment, offset + HEAD_PREFIX_BYTES, bytes - HEAD_PREFIX_BYTES)
    if (page === undefined || page.length !== entry.fields.openBytes) return undefined
    return equal(this.#crypto.hash(page), entry.fields.openPage) ? page : undefined
  }

  #move(entry: Entry, spot: Spot | undefined): void {
    replaceSpot(this.#ledger, entry.spot, spot)
    this.#writtenBytes += (spot?.bytes ?? 0) - (entry.spot?.bytes ?? 0)
    entry.spot = spot
  }

  /** Lets go of the page in memory. */
  #settle(entry: Entry): void {
    if (!this.#unwritten.delete(entry)) return
    this.#unwrittenBytes -= entry.page?.length ?? 0
    entry.page = undefined
  }
}

function toItem(entry: Entry, page: Uint8Array | undefined): HeadItem {
  const { ageS, seenMs, headBytes } = entry
  return { type: 'head', ageS, seenMs, headBytes, page }
}

function confirmedMs({ ageS, seenMs }: { ageS: number; seenMs: number }): number {
  return seenMs - 1000 * ageS
}
