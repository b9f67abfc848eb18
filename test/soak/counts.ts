// What the soak has done, and what own/ may have grown by because of it.

import { aheadBytes, appendedShare, commitBytes, publishedShare } from './limits.js'

/** Bytes of an entry that stands in a log by itself, at most (docs/protocol.md §13). */
const longEntryBytes = 32_768

export class Counts {
  rounds = 0
  publishes = 0
  appends = 0
  entries = 0
  gets = 0
  pieces = 0
  tails = 0
  programs = 0
  visitors = 0
  broken = 0
  /** Calls that met a node that was just down, and were made again. */
  excused = 0
  readBytes = 0
  comparedBytes = 0
  readonly ended: Record<string, number> = {}
  #publishedBytes = 0
  #appendedBytes = 0

  /** Bytes that one publish called new; of one that was cut off, all that it may have written. */
  published(newBytes: number): void {
    this.publishes += 1
    this.#publishedBytes += newBytes
  }

  /** A long entry is a file, and the log has a reference to it. */
  appended(entries: readonly Uint8Array[]): void {
    this.appends += 1
    this.entries += entries.length
    for (const { length } of entries) {
      if (length > longEntryBytes) this.#publishedBytes += length
      else this.#appendedBytes += length
    }
  }

  end(name: string, how: string): void {
    const what = `${name} ${how}`
    this.ended[what] = (this.ended[what] ?? 0) + 1
  }

  /** What own/ of the publisher may take by now. */
  get ownBytes(): number {
    const commits = this.publishes + this.appends
    return Math.ceil(
      publishedShare * this.#publishedBytes + appendedShare * this.#appendedBytes + commitBytes * commits + aheadBytes,
    )
  }
}
