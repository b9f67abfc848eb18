// All inboxes of a custodian, their entries by id, and what of them is not on disk yet. The bytes of envelopes pass through
// to the store once and are not held.

import { fromHex, KeyMap, toHex } from '../bytes/index.js'
import { decodeCertificate, deviceIndex } from '../name/index.js'
import { Box, type Entry } from './box.js'
import { type BoxRecord, decodeBox, decodeShelf, encodeBox, encodeShelf } from './entry.js'
import {
  MAX_BOX_ENTRIES,
  MAX_BOX_RECORD_BYTES,
  MAX_BOXES,
  MAX_ENTRIES,
  MAX_RECIPIENTS,
  MAX_RECORD_BYTES,
} from './limits.js'

/** What is kept of inboxes in the store besides the envelopes: all keys begin with this. */
export const custodianPrefix = 'inbox/'

/** A value of the store; an empty one is deleted. */
export interface StoredValue {
  readonly key: string
  readonly bytes: Uint8Array
}

/** What is to be stored together, before any answer that came of it is given. */
export interface Changes {
  readonly values: readonly StoredValue[]
  readonly envelopes: readonly { readonly id: Uint8Array; readonly bytes: Uint8Array }[]
  /** Envelopes that nobody needs any more, to be forgotten afterwards. */
  readonly gone: readonly Uint8Array[]
}

export class Ledger {
  readonly #boxes: KeyMap<Box>
  readonly #entries: KeyMap<Entry>
  /** By device: the box that it has registered itself, since this process began. */
  readonly #registered: KeyMap<Box>
  readonly #dirtyBoxes = new Set<Box>()
  readonly #dirtyShelves = new Map<string, { readonly box: Box; readonly shelf: number }>()
  readonly #pending = new Map<Entry, Uint8Array>()
  #committing: Entry[] = []
  #gone: Uint8Array[] = []
  #removed: Box[] = []
  #arrived: Box[] = []

  /** `seed`: 8 random bytes. `stored`: the values as an earlier process left them; what does not decode is skipped. */
  constructor(seed: Uint8Array, stored: readonly StoredValue[]) {
    this.#boxes = new KeyMap(seed, MAX_BOXES)
    this.#entries = new KeyMap(seed, MAX_ENTRIES)
    this.#registered = new KeyMap(seed, MAX_BOXES * MAX_RECIPIENTS)
    for (const { key, bytes } of stored) this.#restoreBox(key, bytes)
    for (const { key, bytes } of stored) this.#restoreShelf(key, bytes)
  }

  get boxes(): readonly Box[] {
    return [...this.#boxes.values()]
  }

  get boxesFull(): boolean {
    return this.#boxes.full
  }

  box(inbox: Uint8Array): Box | undefined {
    return this.#boxes.get(inbox)
  }

  /**
   * A device speaks for one inbox at most: the one that it has registered itself. Any name may list any device, so of one
   * that has registered nothing since the start only a box that no other contradicts counts.
   */
  boxOfDevice(device: Uint8Array): Box | undefined {
    const registered = this.#registered.get(device)
    if (registered !== undefined && this.#speaksFor(device, registered)) return registered
    const listing = this.boxes.filter((box) => lists(box, device))
    return listing.length === 1 ? listing[0] : undefined
  }

  /** A device has registered this box: it speaks for it from now on. */
  setRegistered(device: Uint8Array, box: Box): void {
    if (this.#registered.full && !this.#registered.has(device)) {
      // There is room for all that boxes list, so some are not listed any more.
      for (const [key, value] of this.#registered) if (!this.#speaksFor(key, value)) this.#registered.delete(key)
    }
    this.#registered.set(device, box)
  }

  /** Whether one box may have so many more bytes written down, and entries. What is only remembered makes room for it. */
  makeRoom(box: Box, bytes: number, entries: number): boolean {
    while (box.size + entries > MAX_BOX_ENTRIES || box.recordBytes + bytes > MAX_BOX_RECORD_BYTES) {
      if (!this.#forgetOldest(box)) return false
    }
    while (this.#entries.size + entries > MAX_ENTRIES || this.#recordBytes + bytes > MAX_RECORD_BYTES) {
      let most: Box | undefined
      for (const other of this.#boxes.values()) {
        const hasMore = most === undefined || other.recordBytes > most.recordBytes
        if (hasMore && other.oldestMemory !== undefined) most = other
      }
      if (most === undefined || !this.#forgetOldest(most)) return false
    }
    return true
  }

  entry(id: Uint8Array): Entry | undefined {
    return this.#entries.get(id)
  }

  /** Adds a box, or notes that it has changed. */
  putBox(box: Box): void {
    this.#boxes.set(box.inbox, box)
    this.#dirtyBoxes.add(box)
  }

  /** Everything in it goes. */
  removeBox(box: Box): void {
    for (const shelf of [...box.shelves.values()]) for (const entry of [...shelf]) this.remove(entry)
    this.#boxes.delete(box.inbox)
    this.#dirtyBoxes.delete(box)
    this.#removed.push(box)
  }

  /** Files a new entry; there is room for it. */
  add(entry: Entry, bytes: Uint8Array): void {
    entry.box.add(entry)
    this.#entries.set(entry.id, entry)
    this.#pending.set(entry, bytes)
    this.touch(entry)
  }

  /** An entry has changed. */
  touch({ box, shelf }: Entry): void {
    this.#dirtyShelves.set(`${custodianPrefix}shelf/${toHex(box.inbox)}/${shelf}`, { box, shelf })
  }

  /** Its bytes go; what let it in is remembered. */
  retire(entry: Entry): void {
    entry.box.retire(entry)
    this.#letGo(entry)
    this.touch(entry)
  }

  /** Nothing of it is remembered. */
  remove(entry: Entry): void {
    if (!entry.gone) this.#letGo(entry)
    entry.box.remove(entry)
    this.#entries.delete(entry.id)
    this.touch(entry)
  }

  takeChanges(): Changes | undefined {
    const values: StoredValue[] = []
    for (const box of this.#removed.splice(0)) values.push({ key: boxKey(box), bytes: new Uint8Array(0) })
    for (const box of this.#dirtyBoxes) values.push({ key: boxKey(box), bytes: encodeBox(recordOf(box)) })
    for (const [key, { box, shelf }] of this.#dirtyShelves) {
      const entries = [...(box.shelves.get(shelf) ?? [])]
      values.push({ key, bytes: entries.length === 0 ? new Uint8Array(0) : encodeShelf(entries) })
    }
    const envelopes = [...this.#pending].map(([{ id }, bytes]) => ({ id, bytes }))
    const gone = this.#gone.splice(0)
    this.#committing.push(...this.#pending.keys())
    this.#dirtyBoxes.clear()
    this.#dirtyShelves.clear()
    this.#pending.clear()
    return values.length + envelopes.length + gone.length === 0 ? undefined : { values, envelopes, gone }
  }

  handleCommitted(): void {
    for (const entry of this.#committing.splice(0)) {
      entry.pending = false
      if (!entry.gone) this.#arrived.push(entry.box)
    }
  }

  handleFailed(): void {
    for (const entry of this.#committing.splice(0)) this.remove(entry)
  }

  takeArrived(): Uint8Array[] {
    return [...new Set(this.#arrived.splice(0))].map(({ inbox }) => inbox)
  }

  get #recordBytes(): number {
    let bytes = 0
    for (const { recordBytes } of this.#boxes.values()) bytes += recordBytes
    return bytes
  }

  #speaksFor(device: Uint8Array, box: Box): boolean {
    return this.#boxes.get(box.inbox) === box && lists(box, device)
  }

  #forgetOldest(box: Box): boolean {
    const { oldestMemory } = box
    if (oldestMemory === undefined) return false
    this.remove(oldestMemory)
    return true
  }

  #letGo(entry: Entry): void {
    if (!this.#pending.delete(entry)) this.#gone.push(entry.id)
  }

  #restoreBox(key: string, bytes: Uint8Array): void {
    const inbox = keyOf(key, 'box')
    const record = inbox === undefined ? undefined : decodeBox(bytes.slice())
    if (inbox === undefined || record === undefined || typeof record === 'string' || this.#boxes.full) return
    const certificate = decodeCertificate(record.certificate)
    if (typeof certificate === 'string') return
    const box = new Box(inbox, { ...record, certificate, certificateBytes: record.certificate })
    box.displaced = record.displaced
    for (const { serial, untilMs } of record.revoked) box.revoked.set(toHex(serial), untilMs)
    this.#boxes.set(inbox, box)
  }

  #restoreShelf(key: string, bytes: Uint8Array): void {
    const inbox = keyOf(key, 'shelf')
    const box = inbox === undefined ? undefined : this.#boxes.get(inbox)
    const records = box === undefined ? undefined : decodeShelf(bytes.slice())
    const shelf = Number(key.split('/')[3])
    if (box === undefined || records === undefined || typeof records === 'string' || !Number.isInteger(shelf)) return
    for (const record of records) {
      if (this.#entries.full || this.#entries.has(record.id)) continue
      const entry: Entry = { ...record, box, shelf, pending: false }
      box.add(entry)
      this.#entries.set(entry.id, entry)
    }
  }
}

function lists({ certificate }: Box, device: Uint8Array): boolean {
  return deviceIndex(certificate, device) >= 0
}

function boxKey(box: Box): string {
  return `${custodianPrefix}box/${toHex(box.inbox)}`
}

/** The inbox that a key is of. */
function keyOf(key: string, kind: 'box' | 'shelf'): Uint8Array | undefined {
  const [, kindText, inboxText = ''] = key.split('/')
  const inbox = kindText === kind ? fromHex(inboxText) : undefined
  return inbox?.length === 32 ? inbox : undefined
}

function recordOf(box: Box): BoxRecord {
  const revoked = [...box.revoked].flatMap(([text, untilMs]) => {
    const serial = fromHex(text)
    return serial === undefined ? [] : { serial, untilMs }
  })
  const { untilMs, quotaBytes, displaced } = box
  return { untilMs, quotaBytes, displaced, certificate: box.certificateBytes, revoked }
}
