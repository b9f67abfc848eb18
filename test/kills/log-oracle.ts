// Which entries a log must have. An entry's bytes follow from its number, so that each can be told wherever it turns up.
// What was acknowledged has its place for good; a batch whose answer never came is there whole or not at all, and what a
// reader was shown stays.

import { sampleBytes } from '../lab/make-tree.js'
import type { Journal } from './journal.js'
import { promise } from './violation.js'

/** Most entries are a line of text, some fill a good part of a page, a few are longer than an entry may be. */
function lengthOf(number: number): number {
  const spread = Math.imul(number + 1, 0x9e3779b1) >>> 0
  if (spread % 40 === 0) return 33_000 + (spread % 30_000)
  return spread % 5 === 0 ? spread % 8_000 : 20 + (spread % 300)
}

/** The bytes of entry number `number`. */
export function entryBytes(number: number): Buffer {
  return Buffer.concat([Buffer.from(`${number}\n`), sampleBytes(`entry ${number}`, lengthOf(number))])
}

/** The number of the entry that these bytes are; throws when they are those of none. */
export function numberOf(bytes: Uint8Array): number {
  const number = Number(Buffer.from(bytes.subarray(0, 12)).toString('latin1').split('\n')[0])
  const known = Number.isSafeInteger(number) && number >= 0
  promise(known && entryBytes(number).equals(bytes), `${bytes.length} bytes were shown that nobody appended`)
  return number
}

interface Batch {
  readonly first: number
  readonly count: number
}

export class LogOracle {
  readonly #journal: Journal
  /** By sequence: the number of the entry that was acknowledged there. */
  readonly #placed: number[] = []
  /** By the number of the first entry: batches without an answer yet. */
  readonly #open = new Map<number, Batch>()
  /** By sequence: what a reader was shown before it was acknowledged. */
  readonly #shown = new Map<number, number>()
  #settledLength = 0
  #longestShown = 0
  #nextNumber = 0

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** One more than the last place that is known to be taken. Before it some may be taken by what was never answered. */
  get length(): number {
    return this.#placed.length
  }

  /** Entries that were seen to be there at the last `settle`, without a gap. */
  get settledLength(): number {
    return this.#settledLength
  }

  /** Entries that are about to be appended together; say what came of them by `acknowledge`, or nothing. */
  begin(count: number): { readonly first: number; readonly entries: Buffer[] } {
    const first = this.#nextNumber
    this.#nextNumber += count
    this.#open.set(first, { first, count })
    this.#journal.note('append', { first, count })
    return { first, entries: Array.from({ length: count }, (_, index) => entryBytes(first + index)) }
  }

  acknowledge(first: number, sequence: number): void {
    const batch = this.#open.get(first)
    promise(batch !== undefined, `an append of ${first} was answered twice`)
    this.#journal.note('acknowledged', { first, count: batch.count, sequence })
    this.#open.delete(first)
    for (let index = 0; index < batch.count; index += 1) this.#place(sequence + index, first + index)
  }

  /** A reader was shown a head of this length. */
  showHead(length: number): void {
    promise(length >= this.#longestShown, `a head of ${length} entries was shown after one of ${this.#longestShown}`)
    this.#longestShown = length
  }

  /** A reader was shown this entry. */
  showEntry(sequence: number, bytes: Uint8Array): void {
    const number = numberOf(bytes)
    const placed = this.#placed[sequence] ?? this.#shown.get(sequence)
    if (placed === undefined) {
      const pending = [...this.#open.values()].some(({ first, count }) => number >= first && number < first + count)
      promise(pending, `entry ${number} was shown at ${sequence}, where nothing was being appended`)
      this.#shown.set(sequence, number)
    } else promise(placed === number, `entry ${number} was shown at ${sequence}, where ${placed} stands`)
  }

  /**
   * What the writer itself has from `from` on, which is not after the last settled place, after it was killed: everything that was acknowledged or shown, and of the
   * rest whole batches. From now on all of that stays, and what is not there never comes.
   */
  settle(from: number, numbers: readonly number[]): void {
    const length = from + numbers.length
    promise(from <= this.#settledLength, `${from} is after the ${this.#settledLength} entries that are settled`)
    promise(length >= this.length, `${this.length} entries were acknowledged, and ${length} are there`)
    promise(length >= this.#longestShown, `a reader was shown ${this.#longestShown} entries, and ${length} are there`)
    for (let at = 0; at < numbers.length; at += 1) {
      const [sequence, number] = [from + at, numbers[at] ?? -1]
      const placed = this.#placed[sequence]
      if (placed !== undefined) promise(placed === number, `entry ${number} stands at ${sequence} instead of ${placed}`)
      else if (this.#open.has(number)) at += this.#adopt(sequence, number, numbers.slice(at)) - 1
      else promise(false, `entry ${number} stands at ${sequence}, where no batch begins`)
    }
    this.#open.clear()
    for (const sequence of this.#shown.keys())
      promise(sequence < this.length, `entry ${sequence} was shown, and is gone`)
    this.#shown.clear()
    this.#settledLength = this.length
    this.#journal.note('settled', { length: this.length })
  }

  #adopt(sequence: number, first: number, numbers: readonly number[]): number {
    const { count } = this.#open.get(first) ?? { count: 0 }
    for (let index = 0; index < count; index += 1) {
      promise(numbers[index] === first + index, `of a batch of ${count} at ${sequence} only ${index} are there`)
      this.#place(sequence + index, first + index)
    }
    this.#open.delete(first)
    return count
  }

  /** Answers may come in another order than their places. */
  #place(sequence: number, number: number): void {
    const placed = this.#placed[sequence]
    promise(placed === undefined, `${number} was acknowledged at ${sequence}, where ${placed} stands`)
    const shown = this.#shown.get(sequence)
    promise(shown === undefined || shown === number, `${shown} was shown at ${sequence}, where ${number} stands now`)
    this.#shown.delete(sequence)
    this.#placed[sequence] = number
  }
}
