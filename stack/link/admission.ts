// Who may knock: bounds the half-open handshakes in all and of each source, and remembers the ephemeral keys of the
// handshakes that were accepted lately, so that a replayed message 1 costs no public-key work.
//
// When all places are taken, the oldest half-open of the busiest source makes room. A neighbour needs its place for a round
// trip only, so a flood has to be faster than that to push it out, where refusing newcomers would let a slow one keep it out.

import { RecentKeys, type ReplayGuard } from '../noise/index.js'
import { MAX_HALF_OPEN, MAX_HALF_OPEN_OF_SOURCE } from './limits.js'
import { sourceOf } from './source.js'

/** A place among the half-open. */
export interface HalfOpen {
  /** Gives the place back: the link is up, or its socket is closed. Calling it again does nothing. */
  release(): void
}

interface Place {
  readonly source: string
  readonly handleEvicted: () => void
}

export interface AdmissionCounters {
  /** Connections that were refused because their source has all its places. */
  readonly refused: number
  /** Half-open handshakes that made room for others. */
  readonly evicted: number
  /** Replays of message 1. */
  readonly replayed: number
}

export class Admission implements ReplayGuard {
  // In the order in which they came.
  readonly #places = new Set<Place>()
  readonly #held = new Map<string, number>()
  readonly #counters = { refused: 0, evicted: 0, replayed: 0 }
  readonly #recent: RecentKeys

  /** `seed`: 8 random bytes that no peer knows. */
  constructor(seed: Uint8Array) {
    this.#recent = new RecentKeys(seed)
  }

  get counters(): AdmissionCounters {
    return this.#counters
  }

  /** Half-open handshakes now. */
  get halfOpen(): number {
    return this.#places.size
  }

  /**
   * A place for a new connection, or undefined: close its socket at once. `address` as the socket reports it.
   * `handleEvicted` is called when the place was given to another: close the socket then.
   */
  admit(address: string, handleEvicted: () => void): HalfOpen | undefined {
    const source = sourceOf(address)
    if ((this.#held.get(source) ?? 0) >= MAX_HALF_OPEN_OF_SOURCE) {
      this.#counters.refused++
      return undefined
    }
    if (this.#places.size >= MAX_HALF_OPEN) this.#evict()
    const place = { source, handleEvicted }
    this.#places.add(place)
    this.#held.set(source, (this.#held.get(source) ?? 0) + 1)
    return { release: () => this.#release(place) }
  }

  isReplay(ephemeral: Uint8Array): boolean {
    const known = this.#recent.has(ephemeral)
    if (known) this.#counters.replayed++
    return known
  }

  remember(ephemeral: Uint8Array): void {
    this.#recent.add(ephemeral)
  }

  #evict(): void {
    const most = Math.max(...this.#held.values())
    for (const place of this.#places) {
      if (this.#held.get(place.source) !== most) continue
      this.#release(place)
      this.#counters.evicted++
      place.handleEvicted()
      return
    }
  }

  #release(place: Place): void {
    if (!this.#places.delete(place)) return
    const left = (this.#held.get(place.source) ?? 0) - 1
    if (left > 0) this.#held.set(place.source, left)
    else this.#held.delete(place.source)
  }
}
