// A run: the entries of one commit, sealed together, with the roots that they refer to in clear (protocol §6.1).
//
//   length u16 | c u8 | c × { child 32 | reachable u64 } | first u64 | count u16 | id 32 | sealed

import { Reader, type Reason, Writer } from '../bytes/index.js'
import { type Crypto, open, seal } from '../crypto/index.js'
import { ChunkKind } from './chunk.js'
import { decodeEntries, type Entry, encodeEntries, entryOverhead } from './entry.js'
import { maxEntryBytes, maxRunBodyBytes, maxRunChildren, maxRunEntries } from './limits.js'

/** Bytes of a run besides its children and what is sealed. */
export const runOverhead = 2 + 1 + 8 + 2 + 32

/** Bytes of one child in clear. */
export const runChildBytes = 32 + 8

/** The root of a file or folder that an entry of the run refers to. */
export interface RunChild {
  readonly name: Uint8Array
  /** Bytes of all chunks below and including it, with multiplicity. */
  readonly reachable: number
}

/** A run as anyone can read it, without its secret. Arrays are views of what it was decoded from. */
export interface Run {
  readonly children: readonly RunChild[]
  /** Sequence of its first entry. */
  readonly first: number
  /** Number of its entries, at least 1. */
  readonly count: number
  readonly id: Uint8Array
  readonly sealed: Uint8Array
  /** Sum of its entries' own bytes. */
  readonly entryBytes: number
}

/**
 * The bytes of a run. `scopeKey` is the log's `runScope`.
 * @throws RangeError for no entry, for more than fits a page, for a reference to no child
 */
export function encodeRun(
  crypto: Crypto,
  scopeKey: Uint8Array,
  first: number,
  entries: readonly Entry[],
  children: readonly RunChild[],
): Uint8Array {
  if (entries.length < 1 || entries.length > maxRunEntries) throw new RangeError(`a run of ${entries.length} entries`)
  if (children.length > maxRunChildren) throw new RangeError(`a run of ${children.length} children`)
  if (!Number.isSafeInteger(first + entries.length)) throw new RangeError(`a sequence of ${first}`)
  const plaintext = encodeEntries(entries, children.length)
  const length = runOverhead + children.length * runChildBytes + plaintext.length
  if (length - 2 > maxRunBodyBytes) throw new RangeError(`a run of ${length} bytes`)
  const { id, sealed } = seal(crypto, scopeKey, ChunkKind.page, runContext(first), plaintext)
  const writer = new Writer(length).u16(length - 2).u8(children.length)
  for (const child of children) {
    if (child.name.length !== 32) throw new RangeError(`a name of ${child.name.length} bytes`)
    writer.put(child.name).u64(child.reachable)
  }
  return writer.u64(first).u16(entries.length).put(id).put(sealed).bytes()
}

/** Reads exactly one run, with the length that stands before it. */
export function decodeRun(bytes: Uint8Array): Run | Reason {
  const reader = new Reader(bytes)
  const run = readRun(reader)
  return reader.end() ?? run
}

/** Reads the run that comes next; what it refuses may be refused by the reader too. */
export function readRun(reader: Reader): Run | Reason {
  const body = new Reader(reader.lp16(maxRunBodyBytes))
  if (reader.failed !== undefined) return reader.failed
  const childCount = body.u8()
  const children: RunChild[] = []
  for (let index = 0; index < childCount && body.failed === undefined; index++) {
    children.push({ name: body.take(32), reachable: body.u64() })
  }
  const first = body.u64()
  const count = body.u16()
  const id = body.take(32)
  const sealed = body.rest()
  if (body.failed !== undefined) return body.failed
  if (count < 1) return 'bad-count'
  if (!Number.isSafeInteger(first + count)) return 'too-large'
  const entryBytes = sealed.length - count * entryOverhead
  if (entryBytes < 0 || entryBytes > count * maxEntryBytes) return 'bad-length'
  return { children, first, count, id, sealed, entryBytes }
}

/** Bytes of a run in its page, with the length that stands before it. */
export function runBytes(run: Run): number {
  return runOverhead + run.children.length * runChildBytes + run.sealed.length
}

/** Opens a run: its entries in order, the first with sequence `run.first`. 'bad-seal' with another scope key. */
export function openRun(crypto: Crypto, scopeKey: Uint8Array, run: Run): Entry[] | Reason {
  const plaintext = open(crypto, scopeKey, ChunkKind.page, runContext(run.first), run.id, run.sealed)
  return typeof plaintext === 'string' ? plaintext : decodeEntries(plaintext, run.count, run.children.length)
}

/** The seal's context: an equal run at another place is sealed under another key. */
function runContext(first: number): Uint8Array {
  return new Writer(8).u64(first).bytes()
}
