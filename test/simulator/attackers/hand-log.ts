// A log that is written by hand, beside any store: who has its seed can sign what no node would.

import { equal, type KeyMap } from '../../../stack/bytes/index.js'
import type { Crypto } from '../../../stack/crypto/index.js'
import {
  encodeHead,
  type HeldHead,
  type LogWriter,
  type NewEntry,
  openLogWriter,
  RightEdge,
  signHead,
  type UnsignedHead,
} from '../../../stack/data/index.js'

export interface HandLogOptions {
  readonly seed: Uint8Array
  readonly secret?: Uint8Array | undefined
  /** Where its chunks go. */
  readonly chunks: KeyMap<Uint8Array>
  /** To go on from: a state of it, and where its chunks are. */
  readonly from?: { readonly held: HeldHead; readonly read: (name: Uint8Array) => Uint8Array | undefined } | undefined
}

export class HandLog {
  readonly log: Uint8Array
  readonly #crypto: Crypto
  readonly #options: HandLogOptions
  readonly #writer: LogWriter
  #held: HeldHead

  constructor(crypto: Crypto, options: HandLogOptions) {
    const { seed, secret, from } = options
    this.#crypto = crypto
    this.#options = options
    const held = from?.held
    const edge = from === undefined ? undefined : edgeOf(from.held, from.read)
    this.#writer = openLogWriter(crypto, { seed, secret, maxAgeS: 300, held, edge })
    this.log = this.#writer.log
    this.#held = held ?? this.#writer.refresh(0)
  }

  get held(): HeldHead {
    return this.#held
  }

  append(nowMs: number, entries: readonly NewEntry[]): void {
    const commit = this.#writer.append(nowMs, entries)
    for (const { name, bytes } of commit.chunks) this.#options.chunks.set(name, bytes)
    this.#writer.accept(commit)
    this.#held = commit.held
  }

  /** The newest state with a time that is at most a second old. */
  refreshed(nowMs: number): HeldHead {
    const { head } = this.#held
    if (nowMs - head.timeMs >= 1_000) this.sign({ ...head, timeMs: nowMs })
    return this.#held
  }

  /** Signs what it is told, whether it is so or not. */
  sign(head: UnsignedHead, page: Uint8Array = this.#held.page): void {
    const signed = signHead(this.#crypto, this.#options.seed, head)
    this.#held = { head: signed, headBytes: encodeHead(signed), page }
  }

  /** A second writer of the same key that goes on from here. */
  twin(): HandLog {
    const { chunks } = this.#options
    return new HandLog(this.#crypto, { ...this.#options, from: { held: this.held, read: (name) => chunks.get(name) } })
  }

  isOf(log: Uint8Array): boolean {
    return equal(log, this.log)
  }
}

function edgeOf(held: HeldHead, read: (name: Uint8Array) => Uint8Array | undefined) {
  const finder = new RightEdge(held)
  for (;;) {
    const result = finder.result()
    if (result !== undefined && typeof result !== 'string') return result
    const [name] = finder.wanted()
    const chunk = name && read(name)
    if (name === undefined || chunk === undefined) throw new Error(`the log's right edge is not here (${result})`)
    finder.handleChunk(name, chunk)
  }
}
