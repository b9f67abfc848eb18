// Writes a log. A commit says all that has to be stored for it, and is signed; the writer itself moves on only when the
// commit is accepted, which is after it has been stored. There is at most one commit at a time, so that no two heads are
// ever signed of which neither continues the other.

import { equal } from '../bytes/index.js'
import { type Crypto, runScope } from '../crypto/index.js'
import { encodeHead, type HeldHead, signHead } from './head.js'
import { maxClockAheadMs } from './limits.js'
import { LogDraft } from './log-draft.js'
import { openPageOf, rootPlace } from './log-place.js'
import { headOf, type LogState, lengthOf, newOpenPage } from './log-state.js'
import { checkNewEntry, type NewEntry } from './run-plan.js'
import { TreeEdge } from './tree-edge.js'

export { RightEdge } from './right-edge.js'
export type { NewEntry, NewReference } from './run-plan.js'
export type { TreeEdge } from './tree-edge.js'

export interface LogWriterOptions {
  /** The seed of the log's key. Kept, not copied: whoever opens the writer wipes it after the writer's end. */
  readonly seed: Uint8Array
  /** 32 bytes for an unlisted log; undefined for a public one. */
  readonly secret: Uint8Array | undefined
  /** How old a copy of a head its readers should accept (s). */
  readonly maxAgeS: number
  /** The newest head that was stored, verified; undefined for a new log. */
  readonly held?: HeldHead | undefined
  /** The right edge of its closed tree, as `RightEdge` finds it; may be left out where no page was closed. */
  readonly edge?: TreeEdge | undefined
}

/** All that has to be stored, at once, for what was appended. */
export interface LogCommit {
  /** Runs of the open page and where they start in it; one at position 1 begins a page anew. */
  readonly runs: readonly { readonly position: number; readonly bytes: Uint8Array }[]
  /** Pages that this commit closed, whole, and the new trees above them. */
  readonly chunks: readonly { readonly name: Uint8Array; readonly bytes: Uint8Array }[]
  /** The new state, signed. */
  readonly held: HeldHead
  /** Sequence of the first entry that was appended; the others follow. */
  readonly firstSequence: number
}

/** Throws RangeError when the head is not of this seed's log, or the edge not of this head's tree. */
export function openLogWriter(crypto: Crypto, options: LogWriterOptions): LogWriter {
  return new LogWriter(crypto, options)
}

export class LogWriter {
  /** The log's key. */
  readonly log: Uint8Array
  readonly #crypto: Crypto
  readonly #options: LogWriterOptions
  readonly #scope: Uint8Array
  #state: LogState
  #pending: { readonly commit: LogCommit; readonly state: LogState } | undefined

  constructor(crypto: Crypto, options: LogWriterOptions) {
    this.#crypto = crypto
    this.#options = options
    this.log = crypto.ed25519.publicKeyFromSeed(options.seed)
    this.#scope = runScope(crypto, this.log, options.secret)
    this.#state = this.#open(options)
  }

  /** Entries that were accepted. */
  get length(): number {
    return lengthOf(this.#state)
  }

  /**
   * Appends one or more entries, in order. `nowMs`: the time; an earlier one than the log's newest is raised to it, unless
   * that lies so far ahead that the clock must have been wrong.
   * Nothing changes before `accept`. All is encoded at once, so that what was given may be changed afterwards.
   * @throws RangeError for no entry, one that is too large, or while another commit is open
   */
  append(nowMs: number, entries: readonly NewEntry[]): LogCommit {
    if (this.#pending !== undefined) throw new RangeError('an earlier commit was neither accepted nor abandoned')
    if (entries.length === 0) throw new RangeError('nothing to append')
    for (const entry of entries) checkNewEntry(entry)
    const timeMs = timeAfter(this.#state.timeMs, nowMs)
    if (timeMs < this.#state.timeMs) this.#state = { ...this.#state, timeMs }
    const draft = new LogDraft(this.#crypto, this.#scope, { ...this.#state, timeMs })
    const state = draft.add(entries, this.#timesOf(entries, timeMs))
    const held = this.#sign(state)
    const commit = { runs: draft.runs, chunks: draft.chunks, held, firstSequence: this.length }
    this.#pending = { commit, state }
    return commit
  }

  /** Goes on from a commit, which has been stored. Throws RangeError for any but the open one. */
  accept(commit: LogCommit): void {
    this.#state = this.#close(commit)
  }

  /** Forgets a commit of which nothing can have been stored or shown: else the writer must be opened from the store. */
  abandon(commit: LogCommit): void {
    this.#close(commit)
  }

  /** The accepted state signed again, with the time of now. */
  refresh(nowMs: number): HeldHead {
    this.#state = { ...this.#state, timeMs: timeAfter(this.#state.timeMs, nowMs) }
    return this.#sign(this.#state)
  }

  #open({ held, edge = new TreeEdge() }: LogWriterOptions): LogState {
    if (held === undefined) return { closed: undefined, edge: new TreeEdge(), page: newOpenPage(), timeMs: 0 }
    if (!equal(held.head.log, this.log)) throw new RangeError('a head of another log')
    const closed = rootPlace(held)
    const root = edge.root(this.#crypto, () => {})
    const isEdge = closed === undefined ? root === undefined : root !== undefined && equal(root.name, closed.name)
    if (!isEdge) throw new RangeError('an edge of another tree')
    return { closed, edge, page: { ...openPageOf(held), chunk: held.page, room: held.page }, timeMs: held.head.timeMs }
  }

  #close(commit: LogCommit): LogState {
    if (this.#pending?.commit !== commit) throw new RangeError('not the open commit')
    const { state } = this.#pending
    this.#pending = undefined
    return { ...state, timeMs: Math.max(state.timeMs, this.#state.timeMs) }
  }

  #timesOf(entries: readonly NewEntry[], nowMs: number): number[] {
    let last = this.#state.timeMs
    return entries.map((entry) => {
      last = Math.max(last, Math.min(entry.timeMs ?? nowMs, nowMs))
      return last
    })
  }

  #sign(state: LogState): HeldHead {
    const head = signHead(
      this.#crypto,
      this.#options.seed,
      headOf(this.#crypto, this.log, state, this.#options.maxAgeS),
    )
    return { head, headBytes: encodeHead(head), page: state.page.chunk }
  }
}

/**
 * The time to sign with: not before the last one. Only where that lies further ahead than any reader would take, so that
 * the clock must have been wrong, the log would stay unreadable until then.
 */
function timeAfter(lastMs: number, nowMs: number): number {
  return lastMs > nowMs + maxClockAheadMs ? nowMs : Math.max(nowMs, lastMs)
}
