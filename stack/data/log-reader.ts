// Reads a range of a log, or the page of one entry or byte, from a verified head: pages in order, fetching O(log n) trees
// besides the pages themselves. It holds one path of the tree and the pages that it was allowed to look ahead, never the
// log. Who drives it asks for `wanted`, brings what comes to `handleChunk` in any order, and drains `pollPage`.

import { equal, type Reason } from '../bytes/index.js'
import type { HeldHead } from './head.js'
import { maxReadAhead } from './limits.js'
import { type LogPlace, openClosedPage, openPageOf, openTree, rootPlace } from './log-place.js'
import type { Page } from './page.js'

/** What to read: from `from` on and before `to`, counted in entries or in bytes of entries. Beyond the log is nothing. */
export interface LogRange {
  readonly unit: 'sequence' | 'byte'
  readonly from: number
  readonly to: number
}

/** A page with something of the range. It may begin before it and end after it. */
export interface LogPage {
  readonly chunk: Uint8Array
  readonly page: Page
  /** Bytes of entries before the page; `page.first` is the number of entries before it. */
  readonly firstByte: number
  /** Whether it is the head's open page, which may still grow. */
  readonly isOpen: boolean
}

interface Slot {
  readonly place: LogPlace | undefined
  readonly page: LogPage | undefined
}

export class LogReader {
  readonly #range: LogRange
  // What is left of the range in order: pages that are here, and trees and pages that are not.
  #slots: Slot[] = []
  #refusal: Reason | undefined

  /** `held` must be verified. Throws RangeError otherwise. */
  constructor(held: HeldHead, range: LogRange) {
    this.#range = range
    const root = rootPlace(held)
    if (root !== undefined && this.#covers(root)) this.#slots.push({ place: root, page: undefined })
    const page = openPageOf(held)
    const firstByte = held.head.bytes - page.bytes
    if (this.#covers({ first: page.first, firstByte, entries: page.entries, bytes: page.bytes })) {
      this.#slots.push({ place: undefined, page: { chunk: held.page, page, firstByte, isOpen: true } })
    }
  }

  /** Names of chunks to fetch, nearest first, among the next `limit` (1 to 256) things to read, until they have come. */
  wanted(limit = 1): Uint8Array[] {
    const names: Uint8Array[] = []
    for (const { place } of this.#slots.slice(0, Math.max(1, Math.min(limit, maxReadAhead)))) {
      if (place !== undefined && !names.some((name) => equal(name, place.name))) names.push(place.name)
    }
    return names
  }

  /**
   * Takes a wanted chunk, whose hash has been checked, and keeps it where it is a page; others are ignored.
   * @returns why the chunk is not what the head declared: the fault is the writer's, not of who brought it. What comes
   * before it can still be read.
   */
  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    for (let index = 0; index < Math.min(this.#slots.length, maxReadAhead); index++) {
      const place = this.#slots[index]?.place
      if (place === undefined || !equal(place.name, name)) continue
      const slots = this.#open(place, chunk)
      if (typeof slots === 'string') {
        this.#refusal = slots
        this.#slots = this.#slots.slice(0, index)
        return slots
      }
      this.#slots.splice(index, 1, ...slots)
    }
    return undefined
  }

  /** The next page in order; undefined while it is missing, and at the end. */
  pollPage(): LogPage | undefined {
    const page = this.#slots[0]?.page
    if (page !== undefined) this.#slots.shift()
    return page
  }

  /** 'done' when every page was polled, a Reason when all pages before a bad chunk were; undefined before that. */
  result(): 'done' | Reason | undefined {
    return this.#slots.length > 0 ? undefined : (this.#refusal ?? 'done')
  }

  #open(place: LogPlace, chunk: Uint8Array): Slot[] | Reason {
    if (place.level === -1) {
      const page = openClosedPage(place, chunk)
      if (typeof page === 'string') return page
      return [{ place: undefined, page: { chunk, page, firstByte: place.firstByte, isOpen: false } }]
    }
    const tree = openTree(place, chunk)
    if (typeof tree === 'string') return tree
    return tree.places.filter((below) => this.#covers(below)).map((below) => ({ place: below, page: undefined }))
  }

  #covers(place: Pick<LogPlace, 'first' | 'firstByte' | 'entries' | 'bytes'>): boolean {
    const { unit, from, to } = this.#range
    const start = unit === 'sequence' ? place.first : place.firstByte
    const end = start + (unit === 'sequence' ? place.entries : place.bytes)
    return start < to && end > from && start < end && from < to
  }
}

/** The way to the one page that holds an entry. */
export function pathTo(held: HeldHead, sequence: number): LogReader {
  return new LogReader(held, { unit: 'sequence', from: sequence, to: sequence + 1 })
}
