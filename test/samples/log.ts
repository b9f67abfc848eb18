// A log from fixed seeds, kept as a store and a model would: its chunks by name, every head that was ever its newest, and
// the entries in an array. For tests of whatever writes, reads, compares or carries logs.

import { concat, equal, toHex } from '../../stack/bytes/index.js'
import { type Crypto, runScope } from '../../stack/crypto/index.js'
import {
  checkChunk,
  type Entry,
  encodeHead,
  type HeldHead,
  type LogCommit,
  type LogReader,
  type LogWriter,
  type NewEntry,
  openHeldHead,
  openLogWriter,
  openRun,
  PrefixCheck,
  RightEdge,
  signHead,
  type UnsignedHead,
} from '../../stack/data/index.js'
import { sampleSeeds, sampleTimeMs } from './name.js'

/** Random-looking bytes that are the same in each run of a test. */
export function patterned(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed + 1
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

export class SampleLog {
  readonly crypto: Crypto
  readonly seed: Uint8Array
  readonly secret: Uint8Array | undefined
  readonly log: Uint8Array
  readonly scope: Uint8Array
  readonly chunks: Map<string, Uint8Array>
  readonly heads: HeldHead[]
  readonly entries: NewEntry[]
  writer: LogWriter
  nowMs = sampleTimeMs

  constructor(crypto: Crypto, secret: Uint8Array | undefined = sampleSeeds.secret, seed = sampleSeeds.log) {
    this.crypto = crypto
    this.seed = seed
    this.secret = secret
    this.log = crypto.ed25519.publicKeyFromSeed(seed)
    this.scope = runScope(crypto, this.log, secret)
    this.chunks = new Map()
    this.entries = []
    this.writer = openLogWriter(crypto, { seed, secret, maxAgeS: 300 })
    this.heads = [this.writer.refresh(this.nowMs)]
  }

  /** The newest head. */
  get held(): HeldHead {
    return this.heads.at(-1) as HeldHead
  }

  /** Appends entries in one commit a second after the last, and stores what the commit says. */
  append(entries: readonly NewEntry[]): LogCommit {
    this.nowMs += 1_000
    const commit = this.writer.append(this.nowMs, entries)
    const before = this.held
    this.writer.accept(commit)
    for (const { name, bytes } of commit.chunks) {
      const refusal = checkChunk(this.crypto, name, bytes)
      if (refusal !== undefined) throw new Error(`a commit with a chunk that is refused: ${refusal}`)
      this.chunks.set(toHex(name), bytes)
    }
    // What a store that has only this commit and what came before it makes of the runs.
    let page = before.page
    for (const { position, bytes } of commit.runs) page = concat(page.subarray(0, position), bytes)
    if (!equal(page, commit.held.page)) throw new Error('the runs do not make the open page')
    this.heads.push(commit.held)
    this.entries.push(...entries)
    return commit
  }

  /** Appends entries of these sizes in one commit. */
  appendSizes(...sizes: number[]): LogCommit {
    return this.append(sizes.map((size, index) => ({ bytes: patterned(size, this.entries.length + index) })))
  }

  /** A second writer of the same key that goes on from an earlier head: what a restored backup would do. */
  fork(from = this.heads.length - 1): SampleLog {
    const twin = new SampleLog(this.crypto, this.secret, this.seed)
    twin.heads.splice(0, 1, ...this.heads.slice(0, from + 1))
    twin.entries.push(...this.entries.slice(0, twin.held.head.length))
    for (const [name, chunk] of this.chunks) twin.chunks.set(name, chunk)
    twin.nowMs = this.nowMs
    twin.reopen()
    return twin
  }

  /** Opens the writer again from the newest head and the stored chunks. */
  reopen(): void {
    const right = new RightEdge(this.held)
    for (let names = right.wanted(); names.length > 0; names = right.wanted()) this.feed(right, names)
    const edge = right.result()
    if (edge === undefined || typeof edge === 'string') throw new Error(`no edge: ${edge}`)
    const { seed, secret, held } = this
    this.writer = openLogWriter(this.crypto, { seed, secret, maxAgeS: 300, held, edge })
  }

  /** Brings a stepper the chunks that it wants; gives how many. */
  feed(
    stepper: { handleChunk(name: Uint8Array, chunk: Uint8Array): string | undefined },
    names: readonly Uint8Array[],
  ): number {
    for (const name of names) stepper.handleChunk(name, this.chunk(name))
    return names.length
  }

  chunk(name: Uint8Array): Uint8Array {
    const chunk = this.chunks.get(toHex(name))
    if (chunk === undefined) throw new Error(`nobody stored ${toHex(name)}`)
    return chunk
  }

  /** Runs a prefix check to its end with this log's chunks. */
  compare(a: HeldHead, b: HeldHead): { result: string | undefined; fetched: number; check: PrefixCheck } {
    const check = new PrefixCheck(this.crypto, a, b)
    let fetched = 0
    for (let names = check.wanted(); names.length > 0; names = check.wanted()) fetched += this.feed(check, names)
    return { result: check.result(), fetched, check }
  }

  /** Signs any head with the log's key and puts a page to it, unchecked: for tests of what verifiers refuse. */
  sign(change: Partial<UnsignedHead>, page = this.held.page, seed = this.seed): HeldHead {
    const head = signHead(this.crypto, seed, { ...this.held.head, ...change })
    return { head, headBytes: encodeHead(head), page }
  }

  /** Whether anyone would accept the head. */
  verify(held: HeldHead): HeldHead | string {
    return openHeldHead(this.crypto, this.nowMs, this.log, held.headBytes, held.page)
  }
}

/** What a reader gave: the entries of the pages with their sequences, how many chunks it took, and how it ended. */
export interface Read {
  readonly entries: Map<number, Entry>
  readonly pages: number
  readonly fetched: number
  readonly result: string | undefined
}

/** Drives a reader of a log to its end. `pick` says which of the wanted chunks comes next. */
export function readAll(
  log: SampleLog,
  reader: LogReader,
  limit = 1,
  pick: (wanted: number) => number = () => 0,
): Read {
  const entries = new Map<number, Entry>()
  let pages = 0
  let fetched = 0
  while (reader.result() === undefined) {
    const names = reader.wanted(limit)
    const name = names[pick(names.length) % Math.max(names.length, 1)]
    if (name !== undefined) {
      reader.handleChunk(name, log.chunk(name))
      fetched++
    }
    for (let page = reader.pollPage(); page !== undefined; page = reader.pollPage()) {
      pages++
      for (const run of page.page.runs) {
        const opened = openRun(log.crypto, log.scope, run)
        if (typeof opened === 'string') throw new Error(`a run that does not open: ${opened}`)
        for (const [index, entry] of opened.entries()) entries.set(run.first + index, entry)
      }
    }
  }
  return { entries, pages, fetched, result: reader.result() }
}
