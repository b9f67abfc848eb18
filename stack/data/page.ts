// A page: runs without a gap, in clear what a carrier needs to count and to walk (protocol §6.1).
//
//   01 | run …

import { Reader, type Reason } from '../bytes/index.js'
import { ChunkKind } from './chunk.js'
import { maxChildren, maxChunkBytes } from './limits.js'
import { type Run, readRun, runBytes } from './run.js'

/** What the clear part of a page says. Arrays are views of the chunk. */
export interface Page {
  readonly runs: readonly Run[]
  /** Sequence of its first entry; 0 for the empty page. */
  readonly first: number
  /** Entries, and the sum of their own bytes. */
  readonly entries: number
  readonly bytes: number
  /** The page's own bytes and its runs' children's reachable bytes. */
  readonly reachable: number
  /** Children in clear over all runs. */
  readonly children: number
}

/** A place in a page where an earlier state of it may have ended. */
export interface PagePrefix {
  /** Bytes up to there. */
  readonly end: number
  /** Sequence that follows it; undefined for the empty page, which does not say where it stands. */
  readonly length: number | undefined
}

/** The page without a run: what is open when nothing is. */
export function emptyPage(): Uint8Array {
  return Uint8Array.of(ChunkKind.page)
}

/** Reads a whole page, closed or open. */
export function decodePage(chunk: Uint8Array): Page | Reason {
  if (chunk.length > maxChunkBytes) return 'too-long'
  const reader = new Reader(chunk)
  if (reader.u8() !== ChunkKind.page) return reader.failed ?? 'bad-kind'
  const runs: Run[] = []
  const page = { runs, first: 0, entries: 0, bytes: 0, reachable: chunk.length, children: 0 }
  while (reader.remaining > 0) {
    const run = readRun(reader)
    if (typeof run === 'string') return run
    if (runs.length === 0) page.first = run.first
    else if (run.first !== page.first + page.entries) return 'bad-order'
    page.entries += run.count
    page.bytes += run.entryBytes
    page.children += run.children.length
    for (const child of run.children) page.reachable += child.reachable
    runs.push(run)
  }
  if (page.children > maxChildren) return 'bad-count'
  if (!Number.isSafeInteger(page.reachable)) return 'too-large'
  return reader.end() ?? page
}

/** The ends of every earlier state of this page and of itself, the empty page first. */
export function pagePrefixes(chunk: Uint8Array): PagePrefix[] | Reason {
  const page = decodePage(chunk)
  if (typeof page === 'string') return page
  let end = 1
  const prefixes: PagePrefix[] = [{ end, length: undefined }]
  for (const run of page.runs) {
    end += runBytes(run)
    prefixes.push({ end, length: run.first + run.count })
  }
  return prefixes
}
