// Our own logs: the newest head of each, and the runs of its open page, which are appended one by one and joined when the
// page is asked for. A page that closed is a chunk, and its runs count no longer.

import { equal, KeyMap } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { Head } from '../../stack/data/index.js'
import { type HeadItem, ITEM_HEADER_BYTES, type Item, type RunItem } from './item.js'
import { LOGS_MAX, RECORD_ITEMS_MAX } from './limits.js'
import { headFields } from './signed.js'
import { type Ledger, type ReadSpot, replaceSpot, type Spot, sameSpot } from './spot.js'

interface Run {
  readonly position: number
  readonly spot: Spot
}

interface OwnLog {
  readonly log: Uint8Array
  headBytes: Uint8Array
  fields: Head | undefined
  ageS: number
  seenMs: number
  spot: Spot | undefined
  runs: Run[]
  /** A record was lost behind its last head, which may have held a later one. */
  uncertain: boolean
}

export interface OwnHead {
  readonly log: Uint8Array
  readonly headBytes: Uint8Array
  /** Undefined when the runs that are left do not make the page of the head: damage. */
  readonly page: Uint8Array | undefined
  readonly ageS: number
  readonly seenMs: number
  /** There may have been a later head, lost to damage: whoever appends now could contradict what was signed. */
  readonly uncertain: boolean
}

/** Bytes of a run item before its content: header, log key, position. */
const RUN_PREFIX_BYTES = ITEM_HEADER_BYTES + 34

const EMPTY = new Uint8Array(0)

export class OwnLogs {
  readonly #logs: KeyMap<OwnLog>
  readonly #ledger: Ledger
  readonly #crypto: Crypto
  readonly #read: ReadSpot

  constructor(seed: Uint8Array, ledger: Ledger, crypto: Crypto, read: ReadSpot) {
    this.#logs = new KeyMap(seed, LOGS_MAX + RECORD_ITEMS_MAX)
    this.#ledger = ledger
    this.#crypto = crypto
    this.#read = read
  }

  /** Whether an item of this log would be one log too many. */
  refuses(log: Uint8Array): boolean {
    return this.#logs.size >= LOGS_MAX && !this.#logs.has(log)
  }

  applyRun(item: RunItem, spot: Spot): void {
    const entry = this.#entry(item.log)
    if (entry === undefined) return
    this.#dropRuns(entry, item.position)
    entry.runs.push({ position: item.position, spot })
    replaceSpot(this.#ledger, undefined, spot)
  }

  applyHead(item: HeadItem, spot: Spot): void {
    const headBytes = item.headBytes.slice()
    const fields = headFields(headBytes)
    const entry = fields === undefined ? undefined : this.#entry(fields.log)
    if (fields === undefined || entry === undefined) return
    replaceSpot(this.#ledger, entry.spot, spot)
    Object.assign(entry, { headBytes, fields, ageS: item.ageS, seenMs: item.seenMs, spot, uncertain: false })
    this.#dropRuns(entry, fields.openBytes)
  }

  /** A record was lost here: each head that came before it may not have been its log's last. */
  loseRecord(): void {
    for (const entry of this.#logs.values()) entry.uncertain = true
  }

  head(log: Uint8Array): OwnHead | undefined {
    const entry = this.#logs.get(log)
    return entry?.fields === undefined ? undefined : this.#held(entry)
  }

  *heads(): Generator<OwnHead, void, undefined> {
    for (const entry of this.#logs.values()) if (entry.fields !== undefined) yield this.#held(entry)
  }

  /** The log whose head or open page this item is a live part of. */
  logAt(item: RunItem | HeadItem, spot: Spot): Uint8Array | undefined {
    const log = item.type === 'run' ? item.log : headFields(item.headBytes)?.log
    const entry = log === undefined ? undefined : this.#logs.get(log)
    if (entry === undefined) return undefined
    const live = sameSpot(entry.spot, spot) || entry.runs.some((run) => sameSpot(run.spot, spot))
    return live ? entry.log : undefined
  }

  /** The items that say all there is of a log; undefined when a part of it is damaged. */
  copy(log: Uint8Array): Item[] | undefined {
    const entry = this.#logs.get(log)
    if (entry === undefined) return []
    const items: Item[] = []
    for (const { position, spot } of entry.runs) {
      const bytes = this.#readRun(spot)
      if (bytes === undefined) return undefined
      items.push({ type: 'run', log: entry.log, position, bytes })
    }
    if (entry.fields === undefined) return items
    if (this.#page(entry) === undefined) return undefined
    items.push({ type: 'head', ageS: entry.ageS, seenMs: entry.seenMs, headBytes: entry.headBytes, page: undefined })
    return items
  }

  #held(entry: OwnLog): OwnHead {
    const { log, headBytes, ageS, seenMs, uncertain } = entry
    return { log, headBytes, page: this.#page(entry), ageS, seenMs, uncertain }
  }

  /** The byte 01, then the runs, if that is what the head says. */
  #page(entry: OwnLog): Uint8Array | undefined {
    if (entry.fields === undefined) return undefined
    const page = new Uint8Array(entry.fields.openBytes)
    page[0] = 1
    let end = 1
    for (const { position, spot } of entry.runs) {
      const bytes = this.#readRun(spot)
      if (bytes === undefined || position !== end || position + bytes.length > page.length) return undefined
      page.set(bytes, position)
      end += bytes.length
    }
    return equal(this.#crypto.hash(page), entry.fields.openPage) ? page : undefined
  }

  #readRun(spot: Spot): Uint8Array | undefined {
    return this.#read(spot.segment, spot.offset + RUN_PREFIX_BYTES, spot.bytes - RUN_PREFIX_BYTES)
  }

  /** What begins at `position` or later belongs to a page that has closed, or was written anew. */
  #dropRuns(entry: OwnLog, position: number): void {
    let last = entry.runs.at(-1)
    while (last !== undefined && last.position >= position) {
      replaceSpot(this.#ledger, last.spot, undefined)
      entry.runs.pop()
      last = entry.runs.at(-1)
    }
  }

  #entry(log: Uint8Array): OwnLog | undefined {
    const known = this.#logs.get(log)
    if (known !== undefined || this.#logs.full) return known
    const entry: OwnLog = {
      log: log.slice(),
      headBytes: EMPTY,
      fields: undefined,
      ageS: 0,
      seenMs: 0,
      spot: undefined,
      runs: [],
      uncertain: false,
    }
    this.#logs.set(entry.log, entry)
    return entry
  }
}
