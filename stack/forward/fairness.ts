// What one neighbour lets us ask, shared out among those on whose behalf we ask: deficit round robin (Shreedhar and
// Varghese, 1995) decides who is next, and three rules keep whoever holds the window for long from starving the others: a
// part of it is for askers who have nothing in flight; while several compete nobody holds more than an equal part; and how
// much one may hold at all grows with what was answered, as in TCP's slow start (RFC 5681, section 3.1), and is halved by
// what was not.

import { INITIAL_ALLOWANCE_BYTES, INITIAL_HOLD_BYTES, MAX_ALLOWANCE_BYTES, QUANTUM_BYTES } from './limits.js'

/** Who asks; a blamed one has a share below 1. */
export interface Sharer {
  readonly share: number
  /** Bytes of a window that its questions may hold at first. */
  readonly firstHoldBytes: number
}

/** A question that waits or is in flight. */
export interface Shared<F extends Sharer> {
  readonly face: F
  /** Bytes of the window that it takes. */
  readonly cost: number
}

interface Line<T> {
  readonly waiting: Set<T>
  deficitBytes: number
  inFlightBytes: number
}

/** The window of one neighbour. Every item is waiting, then in flight, then released. */
export class FairQueue<F extends Sharer, T extends Shared<F>> {
  /** answerBytes that we may have in flight (§10.8). */
  allowedBytes = INITIAL_ALLOWANCE_BYTES
  readonly #lines = new Map<F, Line<T>>()
  // Askers that wait, the next one first.
  readonly #ring = new Set<F>()
  // What an asker may hold, where it is not what it may hold at first.
  readonly #holdBytes = new WeakMap<F, number>()
  #inFlightBytes = 0

  get inFlightBytes(): number {
    return this.#inFlightBytes
  }

  /** How many askers wait or have something in flight. */
  get sharers(): number {
    return this.#lines.size
  }

  waitingOf(face: F): number {
    return this.#lines.get(face)?.waiting.size ?? 0
  }

  add(item: T): void {
    let line = this.#lines.get(item.face)
    if (line === undefined) {
      line = { waiting: new Set(), deficitBytes: 0, inFlightBytes: 0 }
      this.#lines.set(item.face, line)
    }
    line.waiting.add(item)
    this.#ring.add(item.face)
  }

  /** Ends an item that waits. */
  remove(item: T): void {
    const line = this.#lines.get(item.face)
    if (line?.waiting.delete(item)) this.#settle(item.face, line)
  }

  /** Ends an item that is in flight. */
  release(item: T): void {
    const line = this.#lines.get(item.face)
    this.#inFlightBytes -= item.cost
    if (line === undefined) return
    line.inFlightBytes -= item.cost
    this.#settle(item.face, line)
  }

  /** Bytes that an asker's items may hold at the moment. */
  mayHold(face: F): number {
    return this.#holdBytes.get(face) ?? face.firstHoldBytes
  }

  /** An item was answered: its asker may hold twice as much after as many answers as it may hold now. */
  handleAnswered({ face, cost }: T): void {
    this.#holdBytes.set(face, Math.min(this.mayHold(face) + cost, MAX_ALLOWANCE_BYTES))
  }

  /** An item was in flight for long, and nothing came of it. */
  handleWasted({ face }: T): void {
    this.#holdBytes.set(face, Math.max(this.mayHold(face) / 2, INITIAL_HOLD_BYTES))
  }

  /** What seemed to be wasted was answered after all: it was far, or its link slow. What that cost its asker is given back. */
  handleLate({ face, cost }: Shared<F>): void {
    this.#holdBytes.set(face, Math.min(2 * this.mayHold(face) + cost, MAX_ALLOWANCE_BYTES))
  }

  /**
   * Whether an item in flight comes from an asker who may hold the least because of what was wasted, and who has others in
   * flight: one at a time is given all the time it needs, or nobody far away would ever be heard again.
   */
  isWasteful({ face, cost }: T): boolean {
    const isLeast = (this.#holdBytes.get(face) ?? Number.POSITIVE_INFINITY) <= INITIAL_HOLD_BYTES
    return isLeast && (this.#lines.get(face)?.inFlightBytes ?? 0) > cost
  }

  /** The next item that may be asked now; it is in flight from here on. */
  take(): T | undefined {
    let refused = 0
    while (refused < this.#ring.size) {
      const face = first(this.#ring)
      const line = face === undefined ? undefined : this.#lines.get(face)
      const item = line === undefined ? undefined : first(line.waiting)
      if (face === undefined || line === undefined || item === undefined) return undefined
      const fits = this.#fits(face, line, item.cost)
      if (!fits && item.cost > this.#window() - this.#reserve()) {
        // What is larger than the window goes alone, and nothing overtakes it, or it would never go; but only when it has
        // saved up for it like everything else, or whoever asks for much would have the window to themselves.
        if (line.deficitBytes >= item.cost || this.#ring.size === 1) return undefined
        // Once a round, not each time that somebody looks whether there is room.
        if (refused === 0) line.deficitBytes += QUANTUM_BYTES * face.share
        this.#ring.delete(face)
        this.#ring.add(face)
        refused++
        continue
      }
      if (fits && line.deficitBytes >= item.cost) {
        // It stays first while its deficit lasts.
        line.deficitBytes -= item.cost
        line.inFlightBytes += item.cost
        this.#inFlightBytes += item.cost
        line.waiting.delete(item)
        this.#settle(face, line)
        return item
      }
      this.#ring.delete(face)
      this.#ring.add(face)
      if (fits) line.deficitBytes += QUANTUM_BYTES * face.share
      refused = fits ? 0 : refused + 1
    }
    return undefined
  }

  /** Everything that waits. */
  waiting(): T[] {
    return [...this.#lines.values()].flatMap((line) => [...line.waiting])
  }

  #fits(face: F, line: Line<T>, cost: number): boolean {
    if (this.#inFlightBytes === 0) return true
    const window = this.#window()
    if (line.inFlightBytes === 0) return this.#inFlightBytes + cost <= window
    if (this.#inFlightBytes + cost > window - this.#reserve()) return false
    // Beyond its part by less than one item: small questions that nobody answers must not keep a whole chunk out.
    return line.inFlightBytes < Math.min(this.mayHold(face), window / this.#lines.size)
  }

  #window(): number {
    return Math.min(this.allowedBytes, MAX_ALLOWANCE_BYTES)
  }

  /** Kept for askers who have nothing in flight. */
  #reserve(): number {
    return Math.min(QUANTUM_BYTES, this.#window() / 4)
  }

  /** Forgets who does not wait, and who has nothing in flight either. */
  #settle(face: F, line: Line<T>): void {
    if (line.waiting.size > 0) return
    line.deficitBytes = 0
    this.#ring.delete(face)
    if (line.inFlightBytes === 0) this.#lines.delete(face)
  }
}

function first<T>(items: ReadonlySet<T>): T | undefined {
  for (const item of items) return item
  return undefined
}
