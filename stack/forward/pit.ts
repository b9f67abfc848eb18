// The table of pending Interests: one entry for each (kind, key), with a row for each who waits. It keeps its bounds; what
// to answer or ask is decided elsewhere.

import { equal, KeyMap } from '../bytes/index.js'
import { MAX_VIAS } from './limits.js'
import type { Entry, Face, Row } from './state.js'
import type { QuestionName } from './wire/index.js'

export class Pit {
  readonly #entries: { readonly [kind in QuestionName]: KeyMap<Entry> }
  #rows = 0

  constructor(seed: Uint8Array) {
    this.#entries = { name: new KeyMap(seed), head: new KeyMap(seed), chunk: new KeyMap(seed) }
  }

  /** Rows of all entries. */
  get rows(): number {
    return this.#rows
  }

  /** Questions that somebody waits for, or that are still in flight. */
  get entries(): number {
    return this.#entries.name.size + this.#entries.head.size + this.#entries.chunk.size
  }

  find(kind: QuestionName, key: Uint8Array): Entry | undefined {
    return this.#entries[kind].get(key)
  }

  /** A new entry without rows. `key` is kept. */
  create(kind: QuestionName, key: Uint8Array): Entry {
    const entry: Entry = {
      kind,
      key,
      firstRow: undefined,
      lastRow: undefined,
      rowCount: 0,
      downRows: 0,
      vias: [],
      asks: [],
      attempts: [],
      untilUs: 0,
      hops: 0,
      answerBytes: 0,
      maxAgeS: 0xffffffff,
      readId: 0,
      large: false,
      missed: false,
      refreshing: false,
      best: undefined,
      lastReason: undefined,
    }
    this.#entries[kind].set(key, entry)
    return entry
  }

  /** Forgets an entry; nothing happens when it was forgotten already. */
  delete(entry: Entry): void {
    if (this.find(entry.kind, entry.key) === entry) this.#entries[entry.kind].delete(entry.key)
  }

  /** Adds a row to its entry and its face. A first row begins a new round: what was tried before is forgotten. */
  add(entry: Entry, row: Row): void {
    if (entry.rowCount === 0) beginRound(entry)
    row.entry = entry
    row.before = entry.lastRow
    if (entry.lastRow === undefined) entry.firstRow = row
    else entry.lastRow.after = row
    entry.lastRow = row
    entry.rowCount++
    if (row.down) entry.downRows++
    row.face.rows.set(row.token, row)
    row.face.outstandingBytes += row.answerBytes
    this.#rows++
    widen(entry, row)
  }

  /** Takes a row out of its entry and its face; its bytes stay outstanding until `answerBytes` are given back. */
  remove(row: Row): void {
    const entry = row.entry
    if (entry === undefined) return
    if (row.before === undefined) entry.firstRow = row.after
    else row.before.after = row.after
    if (row.after === undefined) entry.lastRow = row.before
    else row.after.before = row.before
    row.before = undefined
    row.after = undefined
    row.entry = undefined
    entry.rowCount--
    if (row.down) entry.downRows--
    row.face.rows.delete(row.token)
    this.#rows--
  }
}

/** The rows of an entry as they are now: rows may be removed while the list is walked. */
export function rowsOf(entry: Entry): Row[] {
  const rows: Row[] = []
  for (let row = entry.firstRow; row !== undefined; row = row.after) rows.push(row)
  return rows
}

/** The oldest row of the face that has the most; undefined when that is the asker itself, or nobody has one. */
export function rowToEvict(faces: Iterable<Face>, asker: Face): Row | undefined {
  let largest = asker
  for (const face of faces) if (face.rows.size > largest.rows.size) largest = face
  if (largest === asker) return undefined
  for (const row of largest.rows.values()) return row
  return undefined
}

function beginRound(entry: Entry): void {
  entry.vias = []
  entry.attempts = []
  entry.untilUs = 0
  entry.hops = 0
  entry.answerBytes = 0
  entry.maxAgeS = 0xffffffff
  entry.large = false
  entry.missed = false
  entry.best = undefined
  entry.lastReason = undefined
}

function widen(entry: Entry, row: Row): void {
  entry.untilUs = Math.max(entry.untilUs, row.untilUs)
  entry.hops = Math.max(entry.hops, row.hops)
  entry.answerBytes = Math.max(entry.answerBytes, row.answerBytes)
  const { question } = row
  if (question.kind !== 'chunk') {
    entry.maxAgeS = Math.min(entry.maxAgeS, question.maxAgeS)
    return
  }
  if (entry.vias.length >= MAX_VIAS || entry.vias.some((via) => equal(via, question.via))) return
  entry.vias.push(question.via)
}
