// The front of a walk through a tree whose leaves are wanted in order: what is ready, what has been asked for, and what
// comes later. Each step of a walk is: ask for `wanted`, `arrive` with what came, `replace` it by what it holds, `take`.
// Memory is what `wanted` was allowed to ask for, and what those chunks hold.

import { equal } from '../bytes/index.js'

/** What a parent says of a file's or a directory's tree: as much of a FileRef, an item or a REFERENCE as a reader needs. */
export interface TreeRoot {
  /** Name of the topmost chunk. */
  readonly child: Uint8Array
  /** Its seal's id. */
  readonly id: Uint8Array
  /** Bytes of the file, or of all files below the directory. */
  readonly bytes: number
}

/** A chunk that a walk asks for. */
export interface WantedChunk {
  readonly name: Uint8Array
  /** Its length in bytes, where that is known beforehand. */
  readonly bytes: number | undefined
  /** Where it is not: the most that it has when its writer cut as publishers should (§6.3). It may have more. */
  readonly likelyBytes?: number | undefined
  /** For a part of a file: where in the file its bytes begin. */
  readonly offset?: number | undefined
}

/** A chunk that the walk will need. */
export interface PendingChunk<Place> extends WantedChunk {
  /** What is known of it, for whoever opens it. */
  readonly place: Place
  /** How much of the limit it takes while it is asked for: an estimate of what it will bring. */
  readonly cost: number
}

export type Content<Place, Ready> =
  | { readonly pending: PendingChunk<Place> }
  | { readonly ready: Ready; readonly cost: number }

/** A position in the walk that a chunk has arrived for. */
export interface Arrival<Place> {
  readonly place: Place
}

interface Slot<Place, Ready> {
  pending: PendingChunk<Place> | undefined
  asked: boolean
  ready: Ready | undefined
  cost: number
  next: Slot<Place, Ready> | undefined
}

export class Frontier<Place, Ready> {
  #head: Slot<Place, Ready> | undefined
  #inFlight: Slot<Place, Ready>[] = []
  readonly #arrived = new Map<Arrival<Place>, Slot<Place, Ready>>()

  constructor(contents: readonly Content<Place, Ready>[]) {
    this.#head = chain(contents, undefined)
  }

  /** Whether everything has been taken. */
  get empty(): boolean {
    this.#skipEmpty()
    return this.#head === undefined
  }

  /**
   * Chunks to ask for now, each once until it has arrived, nearest first. `limit` bounds the cost of all that is asked
   * for and all that is ready but not taken.
   */
  wanted(limit: number): WantedChunk[] {
    const found: WantedChunk[] = []
    let left = limit
    for (let slot = this.#head; slot !== undefined && left > 0; slot = slot.next) {
      const { pending } = slot
      left -= slot.cost
      if (pending === undefined || slot.asked) continue
      slot.asked = true
      const underway = this.#inFlight.some(
        (other) => other.pending !== undefined && equal(other.pending.name, pending.name),
      )
      this.#inFlight.push(slot)
      const { name, bytes, likelyBytes, offset } = pending
      if (!underway) found.push({ name, bytes, likelyBytes, offset })
    }
    return found
  }

  /** All positions that wait for this chunk, in order; each is to be replaced. None when nobody asked for it. */
  arrive(name: Uint8Array): Arrival<Place>[] {
    const arrivals: Arrival<Place>[] = []
    this.#inFlight = this.#inFlight.filter((slot) => {
      if (slot.pending === undefined || !equal(slot.pending.name, name)) return true
      const arrival = { place: slot.pending.place }
      this.#arrived.set(arrival, slot)
      arrivals.push(arrival)
      return false
    })
    return arrivals
  }

  /** Puts what a chunk holds, in order, where the chunk stood. */
  replace(arrival: Arrival<Place>, contents: readonly Content<Place, Ready>[]): void {
    const slot = this.#arrived.get(arrival)
    if (slot === undefined) throw new RangeError('a position that nothing has arrived for')
    this.#arrived.delete(arrival)
    slot.pending = undefined
    slot.cost = 0
    slot.next = chain(contents, slot.next)
  }

  /** All that is ready before the first chunk that is missing, in order. */
  take(): Ready[] {
    const taken: Ready[] = []
    for (this.#skipEmpty(); this.#head?.ready !== undefined; this.#skipEmpty()) {
      taken.push(this.#head.ready)
      this.#head = this.#head.next
    }
    return taken
  }

  #skipEmpty(): void {
    while (this.#head !== undefined && this.#head.pending === undefined && this.#head.ready === undefined) {
      this.#head = this.#head.next
    }
  }
}

function chain<Place, Ready>(
  contents: readonly Content<Place, Ready>[],
  after: Slot<Place, Ready> | undefined,
): Slot<Place, Ready> | undefined {
  let next = after
  for (let index = contents.length - 1; index >= 0; index--) {
    const content = contents[index]
    if (content === undefined) continue
    next =
      'pending' in content
        ? { pending: content.pending, asked: false, ready: undefined, cost: content.pending.cost, next }
        : { pending: undefined, asked: false, ready: content.ready, cost: content.cost, next }
  }
  return next
}
