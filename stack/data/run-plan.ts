// Cuts what is appended into runs: each as large as the rest of the open page takes, none larger than a page.

import { concat, equal } from '../bytes/index.js'
import { type Entry, EntryFlag, entryOverhead } from './entry.js'
import { maxChildren, maxChunkBytes, maxEntryBytes, maxRunChildren } from './limits.js'
import { encodeReference, type ReferenceKind, referenceBytes } from './reference.js'
import { type RunChild, runChildBytes, runOverhead } from './run.js'

/** What an entry points to: what FileBuilder or buildDirectory gave, and which of them. */
export interface NewReference {
  /** Name of the root chunk. */
  readonly child: Uint8Array
  /** Its seal's id. */
  readonly id: Uint8Array
  readonly kind: ReferenceKind
  /** Bytes of the file, or of all files of the folder. */
  readonly bytes: number
  /** Bytes of all chunks below and including the root, with multiplicity. */
  readonly reachable: number
}

/** An entry to append. */
export interface NewEntry {
  /** Its bytes, or those after the reference; at most 32,768 with it. */
  readonly bytes: Uint8Array
  readonly reference?: NewReference | undefined
  /** Whether `bytes` are a note, so that the reference is what the site holds from now on. */
  readonly site?: boolean | undefined
  /** When it came to be, where that was before the append; later than that, or before what the log holds, is corrected. */
  readonly timeMs?: number | undefined
}

/** A run to encode, and how many entries it takes. */
export interface RunPlan {
  readonly entries: readonly Entry[]
  readonly children: readonly RunChild[]
}

/**
 * The longest run of entries from index `from` on that fits a page with `pageBytes` bytes and `pageChildren` children.
 * No entries when the first does not fit; it always fits an empty page.
 */
export function planRun(
  entries: readonly NewEntry[],
  from: number,
  timesMs: readonly number[],
  pageBytes: number,
  pageChildren: number,
): RunPlan {
  const planned: Entry[] = []
  const children: RunChild[] = []
  const childLimit = Math.min(maxRunChildren, maxChildren - pageChildren)
  let left = maxChunkBytes - pageBytes - runOverhead
  for (let index = from; index < entries.length; index++) {
    const entry = entries[index] as NewEntry
    const { reference } = entry
    let child = reference === undefined ? -1 : children.findIndex(({ name }) => equal(name, reference.child))
    const isNew = reference !== undefined && child < 0
    if (isNew) child = children.length
    left -= entryOverhead + newEntryBytes(entry) + (isNew ? runChildBytes : 0)
    if (left < 0 || child >= childLimit) break
    if (isNew) children.push({ name: reference.child, reachable: reference.reachable })
    planned.push(encodeNew(entry, timesMs[index] ?? 0, child))
  }
  return { entries: planned, children }
}

/** Bytes of an entry with its reference. */
export function newEntryBytes(entry: NewEntry): number {
  return entry.bytes.length + (entry.reference === undefined ? 0 : referenceBytes)
}

/** Throws RangeError for an entry that no run can hold. */
export function checkNewEntry(entry: NewEntry): void {
  const bytes = newEntryBytes(entry)
  if (bytes > maxEntryBytes) throw new RangeError(`an entry of ${bytes} bytes where ${maxEntryBytes} are allowed`)
  if (entry.site === true && entry.reference === undefined) throw new RangeError('a note without a reference')
}

function encodeNew(entry: NewEntry, timeMs: number, child: number): Entry {
  const { reference } = entry
  if (reference === undefined) return { timeMs, flags: 0, bytes: entry.bytes }
  const { id, kind, bytes } = reference
  return {
    timeMs,
    flags: EntryFlag.reference | (entry.site === true ? EntryFlag.site : 0),
    bytes: concat(encodeReference({ id, child, kind, bytes }), entry.bytes),
  }
}
