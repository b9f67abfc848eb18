// One log that this node writes. What arrives while a commit is being flushed becomes the next one: one record, one flush,
// one signed head. An append resolves when its commit is on disk; after a failed flush the log is closed until the node
// starts again and has read what the disk really holds.

import { RunnelError } from '../../errors/index.js'
import type { HeldHead, LogCommit, LogWriter, NewEntry } from '../../stack/data/index.js'
import type { Time } from '../outside.js'
import type { Store } from '../store/index.js'
import { batchBytes, batchEntries } from './limits.js'

interface Waiting {
  readonly entries: readonly NewEntry[]
  readonly bytes: number
  readonly sinceUs: number
  readonly resolve: (first: number) => void
  readonly reject: (error: unknown) => void
}

export class OwnLog {
  readonly #store: Store
  readonly #time: Time
  readonly #handleCommit: () => void
  readonly #writer: LogWriter
  readonly #handleAppended: (tookUs: number) => void
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #failure: RunnelError | undefined
  #held: HeldHead

  /**
   * `handleAppended` is told how long each append took that is on disk now, µs; `handleCommit`, before they resolve, that
   * there is a new state.
   */
  constructor(
    store: Store,
    writer: LogWriter,
    time: Time,
    handleAppended: (tookUs: number) => void = () => {},
    handleCommit: () => void = () => {},
  ) {
    this.#store = store
    this.#handleCommit = handleCommit
    this.#time = time
    this.#writer = writer
    this.#handleAppended = handleAppended
    this.#held = writer.refresh(time.now().nowMs)
  }

  get held(): HeldHead {
    return this.#held
  }

  /** Resolves with the sequence of the first entry when all of them are on disk. */
  append(entries: readonly NewEntry[]): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0)
    const sinceUs = this.#time.now().nowUs
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, bytes, sinceUs, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Signs the same state with the time of now. It needs no flush: after a crash an older time says nothing false. */
  refresh(): HeldHead {
    if (this.#failure === undefined) this.#held = this.#writer.refresh(this.#time.now().nowMs)
    return this.#held
  }

  /** Why it takes nothing more, if it does not. */
  get failure(): RunnelError | undefined {
    return this.#failure
  }

  /** Takes nothing more, because of what `reason` says. */
  close(reason: string, hint: string): void {
    this.#failure ??= new RunnelError('LOG_CLOSED', reason, { hint })
  }

  /** Resolves when nothing is being written any more. */
  async settle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    // What is appended in the same turn becomes one commit.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#commit(this.#takeBatch())
    this.#running = undefined
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    let commit: LogCommit | undefined
    try {
      commit = this.#writer.append(
        this.#time.now().nowMs,
        batch.flatMap(({ entries }) => entries),
      )
      await this.#store.commit([
        ...commit.chunks.map((chunk) => ({ type: 'chunk' as const, ...chunk })),
        ...commit.runs.map((run) => ({ type: 'run' as const, log: this.#writer.log, ...run })),
        { type: 'head', ageS: 0, seenMs: this.#time.now().nowMs, headBytes: commit.held.headBytes, page: undefined },
      ])
    } catch (error) {
      if (commit !== undefined) this.#handleFailure(commit, error)
      for (const { reject } of batch) reject(error)
      if (this.#failure !== undefined) for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
      return
    }
    this.#writer.accept(commit)
    this.#held = commit.held
    this.#handleCommit()
    const { nowUs } = this.#time.now()
    let first = commit.firstSequence
    for (const { entries, sinceUs, resolve } of batch) {
      this.#handleAppended(nowUs - sinceUs)
      resolve(first)
      first += entries.length
    }
  }

  #takeBatch(): Waiting[] {
    let bytes = 0
    let entries = 0
    let count = 0
    for (const waiting of this.#waiting) {
      if (count > 0 && (bytes + waiting.bytes > batchBytes || entries + waiting.entries.length > batchEntries)) break
      bytes += waiting.bytes
      entries += waiting.entries.length
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  #handleFailure(commit: LogCommit, cause: unknown): void {
    // The store has refused it before it wrote anything.
    const refused = cause instanceof RunnelError && (cause.code === 'TOO_LARGE' || cause.code === 'TOO_MANY')
    if (refused) this.#writer.abandon(commit)
    // Whether any other reached the disk is not known, so nothing more may be signed on top of it.
    else
      this.#failure = new RunnelError('LOG_CLOSED', 'this log takes nothing more until the node is started again', {
        cause,
      })
  }
}
