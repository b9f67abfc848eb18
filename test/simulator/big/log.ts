// A log of the big world: what its writer was given to append, what it acknowledged, and readers that must be shown
// exactly that, byte for byte.

import { RunnelError } from '../../../errors/index.js'
import { Killed } from '../../../node/store/testing/faults.js'
import { equal } from '../../../stack/bytes/index.js'
import type { Computer } from '../computer.js'
import { Violation } from '../model.js'
import { payloadOf } from '../payload.js'

/** How long a reader waits without an answer, ms. */
const IDLE_MS = 30_000

/** `refused`: it could not be had, and the reader was told so. `gone`: the reader was killed meanwhile. */
export type Reading =
  | {
      readonly kind: 'read'
      readonly entries: number
      readonly bytes: number
      readonly stale: boolean
      readonly ageS: number
    }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'gone' }

export class BigLog {
  readonly writer: Computer
  acknowledged = 0
  bytes = 0
  readonly #seed: string
  readonly #given: Uint8Array[] = []
  #link = ''
  #writing: Promise<void> = Promise.resolve()

  constructor(seed: string, writer: Computer) {
    this.#seed = seed
    this.writer = writer
  }

  /** Appends entries of these sizes when those before have been acknowledged. */
  append(sizes: readonly number[]): Promise<void> {
    this.#writing = this.#writing.then(() => this.#append(sizes))
    return this.#writing
  }

  /** Reads the log to its end. Throws a Violation when anything shown is not what was appended there. */
  async read(reader: Computer): Promise<Reading> {
    const link = this.#link
    let violation: Violation | undefined
    let [entries, bytes] = [0, 0]
    let [stale, ageS] = [false, 0]
    const long: number[] = []
    const show = (sequence: number, shown: Uint8Array): void => {
      bytes += shown.length
      const given = this.#given[sequence]
      if (given !== undefined && equal(given, shown)) return
      violation ??= new Violation(
        `${reader.name} was shown at ${this.writer.name}[${sequence}] what nobody wrote there`,
      )
    }
    try {
      const { head } = await reader.call('entries', { link, idleTimeoutMs: IDLE_MS }, (entry) => {
        if (entry.sequence !== entries++) violation ??= new Violation(`${reader.name} was shown entries out of order`)
        if (entry.long) long.push(entry.sequence)
        else show(entry.sequence, entry.bytes)
      })
      stale = head.stale
      ageS = head.ageS
      for (const sequence of long) {
        const pieces: Uint8Array[] = []
        await reader.call('readEntry', { link, sequence, idleTimeoutMs: IDLE_MS }, (piece) => {
          pieces.push(piece.slice())
        })
        show(sequence, Buffer.concat(pieces))
      }
    } catch (error) {
      if (violation !== undefined) throw violation
      if (error instanceof Killed) return { kind: 'gone' }
      if (error instanceof RunnelError) return { kind: 'refused', code: error.code }
      throw error
    }
    if (violation !== undefined) throw violation
    return { kind: 'read', entries, bytes, stale, ageS }
  }

  async #append(sizes: readonly number[]): Promise<void> {
    const first = this.#given.length
    const name = `${this.writer.name}.big`
    const entries = sizes.map((size, index) => payloadOf(this.#seed, `${name}/${first + index}`, size))
    this.#given.push(...entries)
    const appended = await this.writer.call('append', { label: 'big', visibility: 'public', entries })
    if (appended.first !== first) throw new Violation(`${name} put entry ${first} at ${appended.first}`)
    this.#link = appended.link
    this.acknowledged = this.#given.length
    for (const entry of entries) this.bytes += entry.length
  }
}
