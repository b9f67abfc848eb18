// Entries as they stand inside a run, under its seal (protocol §6.1).
//
//   timeMs u64 | flags u8 | length u16 | bytes

import { Reader, type Reason, Writer } from '../bytes/index.js'
import { maxEntryBytes } from './limits.js'
import { decodeReference, referenceBytes } from './reference.js'

/** Bits of an entry's flags. `site` comes only with `reference`. */
export const EntryFlag = { reference: 1, site: 2 } as const

/** Bytes of an entry besides its own. */
export const entryOverhead = 8 + 1 + 2

export interface Entry {
  readonly timeMs: number
  readonly flags: number
  /** At most 32,768 bytes: a reference first where the flags say so, then a note where they say so. */
  readonly bytes: Uint8Array
}

/** The entries of a run one after the other. Throws RangeError for one that `decodeEntries` would refuse. */
export function encodeEntries(entries: readonly Entry[], childCount: number): Uint8Array {
  let size = 0
  for (const entry of entries) size += entryOverhead + entry.bytes.length
  const writer = new Writer(size)
  for (const entry of entries) {
    const refusal = checkEntry(entry, childCount)
    if (refusal !== undefined) throw new RangeError(`an entry that cannot be: ${refusal}`)
    writer.u64(entry.timeMs).u8(entry.flags).lp16(entry.bytes, maxEntryBytes)
  }
  return writer.bytes()
}

/** Reads exactly `count` entries of a run with `childCount` children. Their bytes are views. */
export function decodeEntries(bytes: Uint8Array, count: number, childCount: number): Entry[] | Reason {
  const reader = new Reader(bytes)
  const entries: Entry[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) {
    const entry = { timeMs: reader.u64(), flags: reader.u8(), bytes: reader.lp16(maxEntryBytes) }
    const refusal = reader.failed ?? checkEntry(entry, childCount)
    if (refusal !== undefined) return refusal
    entries.push(entry)
  }
  return reader.end() ?? entries
}

function checkEntry(entry: Entry, childCount: number): Reason | undefined {
  if (entry.flags > (EntryFlag.reference | EntryFlag.site) || entry.flags === EntryFlag.site) return 'bad-flags'
  if ((entry.flags & EntryFlag.reference) === 0) return undefined
  const reference = decodeReference(entry.bytes.subarray(0, referenceBytes))
  if (typeof reference === 'string') return reference
  return reference.child < childCount ? undefined : 'bad-index'
}
