// A stream as a program sees it: one object to iterate, to ask by sequence or range, and whose `source` tells where the
// last answer came from.

import { type ByteRead, openByteRead } from './byte-read.js'
import type { Caller } from './caller.js'
import type { ItemCall } from './item-queue.js'
import type {
  FolderItem,
  Freshness,
  LiveState,
  LogEntry,
  OpenedStream,
  ReadOptions,
  ReadResult,
} from './protocol/index.js'

/** Where the last answer came from: hop 0 is the node itself. What is shown is always verified. */
export interface Source {
  readonly hop: number
  readonly cached: boolean
  readonly verified: true
  readonly stale: boolean
}

export interface StreamReadOptions extends ReadOptions {
  readonly signal?: AbortSignal
}

export interface EntriesOptions {
  /** First sequence, of all logs or of each by its text; default 0. Of what was read, `sequence + 1` of the last entry of each `log` goes on there. */
  readonly from?: number | Readonly<Record<string, number>>
  /** Instead of `from`: so many entries before the end. */
  readonly last?: number
  /** Does not end: what is written comes as it is written. What cannot be had now is waited for, also a stream that is not there yet. */
  readonly live?: boolean
  /** Of a live read: whether it is kept up to date, or waits for somebody who can be asked. */
  readonly onState?: (state: LiveState) => void
  /** The sequence before which it ends; default: the length when the call was made. */
  readonly to?: number
  readonly signal?: AbortSignal
}

export interface EntryOptions {
  /** The log of the entry; must be said where the stream has several, one a device. */
  readonly log?: string
}

export class Stream implements AsyncIterable<Uint8Array> {
  readonly #caller: Caller
  readonly #options: ReadOptions
  readonly #signal: AbortSignal | undefined
  #opened: OpenedStream
  #source: Source

  constructor(caller: Caller, opened: OpenedStream, { signal, ...options }: StreamReadOptions) {
    this.#caller = caller
    this.#options = options
    this.#signal = signal
    this.#opened = opened
    this.#source = { ...opened.source, verified: true, stale: opened.head.stale }
  }

  get link(): string {
    return this.#opened.link
  }

  /** 'site' for what `publish` made, 'log' for entries, 'empty' for a stream without an entry. */
  get kind(): OpenedStream['kind'] {
    return this.#opened.kind
  }

  get visibility(): OpenedStream['visibility'] {
    return this.#opened.visibility
  }

  /** Entries when it was opened or refreshed last. */
  get length(): number {
    return this.#opened.length
  }

  get head(): Freshness {
    return this.#opened.head
  }

  get source(): Source {
    return this.#source
  }

  /** Asks for the newest head again. */
  async refresh(): Promise<void> {
    this.#opened = await this.#caller.call('open', { link: this.link, ...this.#options }, { signal: this.#signal })
    this.#source = { ...this.#opened.source, verified: true, stale: this.#opened.head.stale }
  }

  /** The bytes of one entry, however long. Rejects with NOT_FOUND when there is none. */
  async get(sequence: number, options: EntryOptions = {}): Promise<Uint8Array> {
    const entry = await this.entry(sequence, options)
    return entry.long ? this.readEntry(sequence, options).bytes() : entry.bytes
  }

  /** One entry; `bytes` is empty when it is `long`: `readEntry` has them. */
  async entry(sequence: number, options: EntryOptions = {}): Promise<LogEntry> {
    const params = { link: this.link, sequence, ...options, ...this.#options }
    const { entry, source, head } = await this.#caller.call('entry', params, { signal: this.#signal })
    this.#source = { ...source, verified: true, stale: head.stale }
    return entry
  }

  /** The bytes of one entry, or [from, to) of them, as they come: for a long one. */
  readEntry(sequence: number, options: EntryOptions & { readonly from?: number; readonly to?: number } = {}): ByteRead {
    const params = { link: this.link, sequence, ...options, ...this.#options }
    const call = this.#caller.items('readEntry', params, { signal: this.#signal })
    return openByteRead(call, (result) => this.#note(result))
  }

  /** The entries in order; of a stream with several logs merged by time. With `live` also those that are yet to come. */
  async *entries(options: EntriesOptions = {}): AsyncGenerator<LogEntry, void, undefined> {
    const { signal = this.#signal, from, last, to, live, onState } = options
    const range = {
      ...(from === undefined ? {} : { from }),
      ...(last === undefined ? {} : { last }),
      ...(to === undefined ? {} : { to }),
      ...(live === undefined ? {} : { live }),
    }
    const call: ItemCall<'entries'> = this.#caller.items(
      'entries',
      { link: this.link, ...range, ...this.#options },
      { signal, onProgress: onState },
    )
    yield* call
    this.#note(await call.result)
  }

  /** The bytes of the entries in order: an entry at a time, a long one in parts. `entries` tells them apart. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const { bytes, long, sequence, log } of this.entries()) {
      if (long) yield* this.readEntry(sequence, { log })
      else yield bytes
    }
  }

  /** Bytes [from, to) of all entries joined; of a stream with one log. */
  range(from: number, to?: number): ByteRead {
    const range = { from, ...(to === undefined ? {} : { to }) }
    const call = this.#caller.items(
      'readLog',
      { link: this.link, ...range, ...this.#options },
      { signal: this.#signal },
    )
    return openByteRead(call, (result) => this.#note(result))
  }

  /** The bytes of a file of a site, or [from, to) of them; without a path, of a site that is a file. */
  read(path = '', range: { readonly from?: number; readonly to?: number } = {}): ByteRead {
    const link = this.#inside(path)
    const call = this.#caller.items('read', { link, ...range, ...this.#options }, { signal: this.#signal })
    return openByteRead(call, (result) => this.#note(result))
  }

  /** What a folder of a site holds. */
  async list(path = ''): Promise<FolderItem[]> {
    const items: FolderItem[] = []
    const params = { link: this.#inside(path), ...this.#options }
    for await (const item of this.#caller.items('list', params, { signal: this.#signal })) items.push(item)
    return items
  }

  #inside(path: string): string {
    return path === '' ? this.link : `${this.link}/${path}`
  }

  /** The farthest hop that had to be asked is what a reader wants to know of many answers. */
  #note(result: ReadResult): void {
    const farthest = result.sources[result.sources.length - 1]
    if (farthest === undefined) return
    this.#source = { hop: farthest.hop, cached: farthest.cached, verified: true, stale: result.stale }
  }
}
