// The reference model: what was given to each stream to keep, what was acknowledged of it, and what readers were shown.
// It knows nothing of networks, disks or bytes on the wire; whatever a reader is shown must agree with it, always.

import { equal } from '../../stack/bytes/index.js'

/** Bytes that somebody was shown and that cannot be, or that somebody should have been shown and was not. */
export class Violation extends Error {}

interface Given {
  readonly bytes: Uint8Array
  acknowledged: boolean
}

/** One log, whatever its reader does with its entries. */
export class LogModel {
  readonly name: string
  /** What was ever given to it, by an identity that stands in the bytes themselves. */
  readonly #given = new Map<string, Given>()
  /** Which of them stands at each place. Once somebody was shown it, it can never be another. */
  readonly #places: string[] = []
  #acknowledged = 0

  constructor(name: string) {
    this.name = name
  }

  /** Entries that must be there: all before this one. */
  get acknowledgedLength(): number {
    return this.#acknowledged
  }

  /** A writer is about to give these to the log. From now on they may be there. */
  give(identity: string, bytes: Uint8Array): void {
    if (this.#given.has(identity)) throw new Error(`${identity} was given before`)
    this.#given.set(identity, { bytes, acknowledged: false })
  }

  /** The log has said that these stand from `first` on, and are safe. */
  acknowledge(first: number, identities: readonly string[]): void {
    for (const [index, identity] of identities.entries()) {
      const given = this.#given.get(identity)
      if (given === undefined) throw new Error(`${identity} was never given`)
      if (given.acknowledged) throw new Violation(`${this.name}: ${identity} was acknowledged twice`)
      given.acknowledged = true
      this.#place(first + index, identity)
    }
    this.#acknowledged = Math.max(this.#acknowledged, first + identities.length)
  }

  /** A reader was shown this entry at this place. */
  show(reader: string, sequence: number, bytes: Uint8Array): void {
    const identity = identityOf(bytes)
    const given = this.#given.get(identity)
    if (given === undefined || !equal(given.bytes, bytes)) {
      throw new Violation(`${reader} was shown bytes at ${this.name}[${sequence}] that nobody wrote: ${identity}`)
    }
    this.#place(sequence, identity)
  }

  #place(sequence: number, identity: string): void {
    const there = this.#places[sequence]
    if (there !== undefined && there !== identity) {
      throw new Violation(`${this.name}[${sequence}] was ${there} and is ${identity}`)
    }
    this.#places[sequence] = identity
  }
}

/** What stands before the first space of an entry. */
export function identityOf(bytes: Uint8Array): string {
  const end = bytes.subarray(0, 80).indexOf(0x20)
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? 80 : end))
}
