// One inbox at its custodian: what waits in it, what it counts, which tickets were spent, and who goes when strangers'
// share is full. Nothing here checks a signature.

import { equal, toHex } from '../bytes/index.js'
import type { Certificate } from '../name/index.js'
import { type EntryRecord, REVOKED_BYTES, recordBytes } from './entry.js'
import {
  CLASSES,
  CLOCK_MS,
  ENTRY_BYTES,
  ENVELOPE_LIFE_MS,
  MAX_PUZZLE_BITS,
  PUZZLE_BITS,
  PUZZLE_GROWTH_FROM,
  SHELF_ENTRIES,
  STRANGERS_SHARE,
} from './limits.js'
import type { Listed } from './message.js'

/** An entry and where it is written. */
export interface Entry extends EntryRecord {
  readonly box: Box
  readonly shelf: number
  /** Not on disk yet: nobody is shown it. */
  pending: boolean
}

/** What a puzzle may be worth, class and growth included. */
const STRENGTHS = 256

export class Box {
  readonly inbox: Uint8Array
  certificate: Certificate
  certificateBytes: Uint8Array
  untilMs: number
  quotaBytes: number
  displaced = 0
  /** By serial in hex: when the ticket ends. */
  readonly spent = new Map<string, number>()
  readonly revoked = new Map<string, number>()
  readonly #contacts = new Set<Entry>()
  readonly #strangers: Set<Entry>[] = Array.from({ length: STRENGTHS }, () => new Set())
  readonly #gone = new Set<Entry>()
  readonly #shelves = new Map<number, Set<Entry>>()
  #size = 0
  #lastShelf = 0
  #entryBytes = 0
  #contactBytes = 0
  #strangerBytes = 0

  constructor(
    inbox: Uint8Array,
    init: { certificate: Certificate; certificateBytes: Uint8Array; untilMs: number; quotaBytes: number },
  ) {
    this.inbox = inbox
    this.certificate = init.certificate
    this.certificateBytes = init.certificateBytes
    this.untilMs = init.untilMs
    this.quotaBytes = init.quotaBytes
  }

  get usedBytes(): number {
    return this.#contactBytes + this.#strangerBytes
  }

  get strangerBytes(): number {
    return this.#strangerBytes
  }

  /** What strangers may take. */
  get strangersQuota(): number {
    return Math.floor(this.quotaBytes * STRANGERS_SHARE)
  }

  /** All that is written down, collected ones included. */
  get size(): number {
    return this.#size
  }

  /** Bytes of what is written down of its envelopes and revocations, at most. */
  get recordBytes(): number {
    return this.#entryBytes + this.revoked.size * REVOKED_BYTES
  }

  /** Of those that are only remembered, the one that has been so the longest. */
  get oldestMemory(): Entry | undefined {
    for (const entry of this.#gone) return entry
    return undefined
  }

  get shelves(): ReadonlyMap<number, ReadonlySet<Entry>> {
    return this.#shelves
  }

  /** A shelf with room for one more. */
  openShelf(): number {
    const last = this.#shelves.get(this.#lastShelf)
    if (last !== undefined && last.size >= SHELF_ENTRIES) this.#lastShelf = this.#freeShelf()
    return this.#lastShelf
  }

  /** Zero bits that a stranger's envelope of a class must have now. */
  bitsFor(sizeClass: number, bytes: number): number {
    const share = this.#strangerBytes / Math.max(1, this.strangersQuota)
    const growth = share <= PUZZLE_GROWTH_FROM ? 0 : Math.ceil(Math.log2(share / PUZZLE_GROWTH_FROM))
    let strength = PUZZLE_BITS + growth
    if (this.#missing(bytes) > 0) strength = Math.max(strength, this.#weakest() + 1)
    return Math.min(MAX_PUZZLE_BITS, strength + sizeClass)
  }

  /** The bits for each class; 255 where strangers could not fit even into an empty inbox. */
  welcome(): number[] {
    return Array.from({ length: CLASSES }, (_, sizeClass) => {
      const bytes = 1024 << sizeClass
      return bytes + ENTRY_BYTES > this.strangersQuota ? 255 : this.bitsFor(sizeClass, bytes)
    })
  }

  /** Those strangers who would have to go for a further envelope, the easiest first; undefined when even that is no room. */
  roomFor(bytes: number, strength: number | undefined): Entry[] | undefined {
    let missing = strength === undefined ? this.usedBytes + bytes + ENTRY_BYTES - this.quotaBytes : this.#missing(bytes)
    const leaving: Entry[] = []
    for (let rank = 0; missing > 0 && rank < (strength ?? STRENGTHS); rank++) {
      for (const entry of this.#strangers[rank] ?? []) {
        if (missing <= 0) break
        leaving.push(entry)
        missing -= entry.bytes + ENTRY_BYTES
      }
    }
    return missing > 0 ? undefined : leaving
  }

  /** Files an entry, also one that was read from disk. */
  add(entry: Entry): void {
    const shelf = this.#shelves.get(entry.shelf)
    if (shelf === undefined) this.#shelves.set(entry.shelf, new Set([entry]))
    else shelf.add(entry)
    this.#size++
    this.#entryBytes += recordBytes(entry)
    const { admission } = entry
    if (admission.kind === 'ticket') this.spent.set(toHex(admission.serial), admission.untilMs)
    if (entry.gone) {
      this.#gone.add(entry)
      return
    }
    if (admission.kind === 'ticket') {
      this.#contacts.add(entry)
      this.#contactBytes += entry.bytes + ENTRY_BYTES
    } else {
      this.#strangers[admission.strength]?.add(entry)
      this.#strangerBytes += entry.bytes + ENTRY_BYTES
    }
  }

  /** Its bytes go, and what let it in is remembered. */
  retire(entry: Entry): void {
    if (entry.gone) return
    entry.gone = true
    this.#unfile(entry)
    this.#gone.add(entry)
  }

  /** Nothing of it is remembered. */
  remove(entry: Entry): void {
    if (!entry.gone) this.#unfile(entry)
    this.#gone.delete(entry)
    const shelf = this.#shelves.get(entry.shelf)
    if (shelf?.delete(entry) === true) {
      this.#size--
      this.#entryBytes -= recordBytes(entry)
    }
    if (shelf?.size === 0) this.#shelves.delete(entry.shelf)
    if (entry.admission.kind === 'ticket') this.spent.delete(toHex(entry.admission.serial))
  }

  /** What waits for a device: contacts in the order of their coming, strangers the hardest first. */
  list(device: Uint8Array, contacts: number, strangers: number): { envelopes: Listed[]; more: number } {
    const envelopes: Listed[] = []
    let more = 0
    for (const entry of this.#contacts) {
      if (!waitsFor(entry, device)) continue
      if (envelopes.length < contacts) envelopes.push(listedOf(entry))
      else more++
    }
    let left = strangers
    for (let rank = STRENGTHS - 1; rank >= 0 && left > 0; rank--) {
      for (const entry of this.#strangers[rank] ?? []) {
        if (left === 0) break
        if (!waitsFor(entry, device)) continue
        envelopes.push(listedOf(entry))
        left--
      }
    }
    return { envelopes, more }
  }

  /** Whether every device that it is for, and that still counts, has it. */
  isCollected(entry: Entry): boolean {
    const { devices } = this.certificate
    return entry.devices.every(
      ({ device, acknowledged }) => acknowledged || !devices.some((listed) => equal(listed, device)),
    )
  }

  /** What is over at a time: envelopes that nobody came for, and memories that are not needed any more. */
  *over(nowMs: number): Generator<Entry, void, undefined> {
    for (const shelf of this.#shelves.values()) {
      for (const entry of shelf) {
        if (nowMs >= endOf(entry)) yield entry
      }
    }
  }

  #freeShelf(): number {
    let free = 0
    for (const [shelf, entries] of this.#shelves) {
      if (entries.size < SHELF_ENTRIES / 2) return shelf
      free = Math.max(free, shelf + 1)
    }
    return free
  }

  #unfile(entry: Entry): void {
    if (entry.admission.kind === 'ticket') {
      if (this.#contacts.delete(entry)) this.#contactBytes -= entry.bytes + ENTRY_BYTES
    } else if (this.#strangers[entry.admission.strength]?.delete(entry) === true) {
      this.#strangerBytes -= entry.bytes + ENTRY_BYTES
    }
  }

  /** Bytes that a stranger's envelope lacks: of the strangers' share, or of the whole. */
  #missing(bytes: number): number {
    const needed = bytes + ENTRY_BYTES
    return Math.max(this.#strangerBytes + needed - this.strangersQuota, this.usedBytes + needed - this.quotaBytes)
  }

  #weakest(): number {
    return this.#strangers.findIndex(({ size }) => size > 0)
  }
}

/** How long an entry is kept: its envelope as promised, and for a day more; its memory until what let it in counts no more. */
function endOf(entry: Entry): number {
  const { admission, gone } = entry
  if (!gone) return entry.atMs + ENVELOPE_LIFE_MS + CLOCK_MS
  return CLOCK_MS + (admission.kind === 'ticket' ? admission.untilMs : (admission.day + 2) * CLOCK_MS)
}

function waitsFor({ devices, pending }: Entry, device: Uint8Array): boolean {
  return !pending && devices.some((one) => !one.acknowledged && equal(one.device, device))
}

function listedOf({ id, bytes, admission }: Entry): Listed {
  return admission.kind === 'ticket'
    ? { id, bytes, serial: admission.serial, strength: undefined }
    : { id, bytes, serial: undefined, strength: admission.strength }
}
