// Reads entries of a stream's logs in order: pages by the walk of stack/data, runs opened with the stream's secret, and
// several logs merged by (time, log key, sequence).

import { RunnelError } from '../../errors/index.js'
import { compare, equal, type Reason } from '../../stack/bytes/index.js'
import { runScope } from '../../stack/crypto/index.js'
import { type Entry, type LogPage, type LogRange, LogReader, openRun, type RunChild } from '../../stack/data/index.js'
import { drive, refused, type Walk } from './drive.js'
import type { ReadSession } from './session.js'
import type { Target, TargetLog } from './target.js'

/** An entry, where it stands, and the roots that its run's references point to. */
export interface PlacedEntry {
  readonly log: Uint8Array
  readonly sequence: number
  /** Bytes of the log's entries before it. */
  readonly firstByte: number
  readonly entry: Entry
  readonly children: readonly RunChild[]
}

/**
 * The entries of one log within a range, counted in sequences or in bytes of entries: those of a run at a time, because a
 * promise for each would cost more than the entry. Throws FORKED behind the last one before a fork when the range goes on.
 */
export async function* readLogRuns(
  session: ReadSession,
  log: TargetLog,
  range: LogRange,
): AsyncGenerator<readonly PlacedEntry[], void, undefined> {
  const reader = new LogReader(log.held, range)
  for await (const { page, firstByte } of drive(session, new LogWalk(reader), log.log, 'the log')) {
    let at = firstByte
    for (const run of page.runs) {
      const end = at + run.entryBytes
      const [from, to] = range.unit === 'sequence' ? [run.first, run.first + run.count] : [at, end]
      if (from < range.to && to > range.from) {
        const entries = openEntries(session, log, run, at, range)
        const readable = entries.filter(({ sequence }) => sequence < log.readable)
        if (readable.length > 0) yield readable
        if (readable.length < entries.length) throw forkedBehind(log)
      }
      at = end
    }
  }
}

/** The same, one by one. */
export async function* readLogEntries(
  session: ReadSession,
  log: TargetLog,
  range: LogRange,
): AsyncGenerator<PlacedEntry, void, undefined> {
  for await (const entries of readLogRuns(session, log, range)) yield* entries
}

function forkedBehind({ readable }: TargetLog): RunnelError {
  return new RunnelError('FORKED', `the writer has signed two states of this log that differ from entry ${readable} on`)
}

function openEntries(
  session: ReadSession,
  log: TargetLog,
  run: LogPage['page']['runs'][number],
  firstByte: number,
  range: LogRange,
): PlacedEntry[] {
  const entries = openRun(session.crypto, log.runScope, run)
  if (typeof entries === 'string') throw openFailure(session, log, entries)
  const placed: PlacedEntry[] = []
  let at = firstByte
  let sequence = run.first
  for (const entry of entries) {
    const [from, to] = range.unit === 'sequence' ? [sequence, sequence + 1] : [at, at + entry.bytes.length]
    if (from < range.to && to > range.from) {
      placed.push({ log: log.log, sequence, firstByte: at, entry, children: run.children })
    }
    at += entry.bytes.length
    sequence += 1
  }
  return placed
}

/** Entries `from` (of all logs, or of each) to before `to` of each log of a stream, merged: as many at a time as are there. */
export async function* readEntries(
  session: ReadSession,
  target: Pick<Target, 'logs'>,
  from: number | ((log: TargetLog) => number),
  to: number,
): AsyncGenerator<readonly PlacedEntry[], void, undefined> {
  const sources = target.logs.map((log) => {
    const range: LogRange = { unit: 'sequence', from: typeof from === 'number' ? from : from(log), to }
    return readLogRuns(session, log, range)
  })
  const [only] = sources
  if (sources.length === 1 && only !== undefined) yield* only
  else yield* mergedEntries(sources)
}

/** What one log has ready for the merge, and where more comes from. */
interface Merging {
  readonly source: AsyncGenerator<readonly PlacedEntry[], void, undefined>
  ready: readonly PlacedEntry[]
  next: number
}

async function* mergedEntries(
  sources: readonly Merging['source'][],
): AsyncGenerator<readonly PlacedEntry[], void, undefined> {
  try {
    const all = sources.map((source): Merging => ({ source, ready: [], next: 0 }))
    const filled = await Promise.all(all.map(async (merging) => ((await refill(merging)) ? [merging] : [])))
    let open = filled.flat()
    while (open.length > 0) {
      const merged: PlacedEntry[] = []
      const empty = mergeUntilEmpty(open, merged)
      if (merged.length > 0) yield merged
      if (!(await refill(empty))) open = open.filter((merging) => merging !== empty)
    }
  } finally {
    // Not awaited: one that failed must not wait for what the others still ask for.
    for (const source of sources) source.return().catch(() => {})
  }
}

/** Takes the first of what all have ready, again and again, until one of them has nothing more: that one. */
function mergeUntilEmpty(open: readonly Merging[], merged: PlacedEntry[]): Merging {
  for (;;) {
    let first: Merging | undefined
    let best: PlacedEntry | undefined
    for (const merging of open) {
      const entry = merging.ready[merging.next]
      if (entry === undefined) return merging
      if (best !== undefined && comparePlaced(entry, best) >= 0) continue
      first = merging
      best = entry
    }
    if (first === undefined || best === undefined) throw new RunnelError('INTERNAL', 'nothing to merge')
    merged.push(best)
    first.next += 1
  }
}

/** False when its log is at its end. */
async function refill(merging: Merging): Promise<boolean> {
  const { done, value } = await merging.source.next()
  if (done === true || value === undefined) return false
  merging.ready = value
  merging.next = 0
  return true
}

/** The newest entry of each log, newest first; logs without one are left out. */
export async function newestEntries(session: ReadSession, target: Target): Promise<PlacedEntry[]> {
  const newest: PlacedEntry[] = []
  for (const log of target.logs) {
    const { readable } = log
    const range: LogRange = { unit: 'sequence', from: readable - 1, to: readable }
    for await (const placed of readLogEntries(session, log, range)) newest.push(placed)
  }
  return newest.sort((a, b) => comparePlaced(b, a))
}

/** The order in which the entries of several logs are merged: time, log key, sequence (docs/protocol.md §6.6). */
export function comparePlaced(a: PlacedEntry, b: PlacedEntry): number {
  return a.entry.timeMs - b.entry.timeMs || compare(a.log, b.log) || a.sequence - b.sequence
}

function openFailure({ crypto }: ReadSession, { log, runScope: scope }: TargetLog, reason: Reason): RunnelError {
  if (reason !== 'bad-seal') return refused('the log', reason)
  if (equal(scope, runScope(crypto, log, undefined))) return new RunnelError('SECRET_NEEDED')
  return new RunnelError('WRONG_SECRET')
}

/** `LogReader` as the walk that `drive` feeds: each chunk asked for once. */
class LogWalk implements Walk<LogPage> {
  readonly #reader: LogReader
  readonly #asked: Uint8Array[] = []

  constructor(reader: LogReader) {
    this.#reader = reader
  }

  get done(): boolean {
    return this.#reader.result() === 'done'
  }

  get failed(): Reason | undefined {
    const result = this.#reader.result()
    return result === 'done' ? undefined : result
  }

  wanted(limit: number): { name: Uint8Array; bytes: undefined }[] {
    const names = this.#reader.wanted(limit).filter((name) => !this.#asked.some((asked) => compare(asked, name) === 0))
    this.#asked.push(...names)
    return names.map((name) => ({ name, bytes: undefined }))
  }

  handleChunk(name: Uint8Array, chunk: Uint8Array): Reason | undefined {
    const index = this.#asked.findIndex((asked) => compare(asked, name) === 0)
    if (index >= 0) this.#asked.splice(index, 1)
    // The reader keeps pages, and this one is lent.
    return this.#reader.handleChunk(name, chunk.slice())
  }

  take(): LogPage[] {
    const pages: LogPage[] = []
    for (let page = this.#reader.pollPage(); page !== undefined; page = this.#reader.pollPage()) pages.push(page)
    return pages
  }
}
