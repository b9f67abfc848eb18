// When others are asked what they have of our own name: soon after a link came up, when somebody is heard to know better,
// twice more after that, and now and then as long as anybody is there. Never often, whatever others do.

import type { Time, Timer } from '../store/index.js'

/** Time for routes to be announced, and the most that chance adds, so that a village does not ask all at once. */
export const afterLinkMs = 1_000
const spreadMs = 2_000

/** A copy that came to be out of sight is found within this and a fifth: as often as a route is announced. */
export const everyMs = 300_000

/** Two copies that link up at once may each ask before the other has told anybody: the next inquiries come sooner. */
const pausesMs = [20_000, 60_000, everyMs]

/** Two inquiries are at least so far apart. */
export const leastBetweenMs = 10_000

export interface InquiryContext {
  readonly time: Time
  readonly randomBytes: (count: number) => Uint8Array
  /** Whether there is anybody to ask. */
  readonly hasNeighbour: () => boolean
  /** Asks all others; `done` is called once, later. */
  readonly ask: (done: () => void) => void
}

export class Inquiry {
  readonly #context: InquiryContext
  #timer: Timer | undefined
  #dueUs = Number.POSITIVE_INFINITY
  #askedUs = Number.NEGATIVE_INFINITY
  #asking = false
  /** Inquiries since there was news, as far as it matters for the next pause. */
  #repeats = 0
  #closed = false

  constructor(context: InquiryContext) {
    this.#context = context
  }

  /** Others may know something new. */
  soon(): void {
    this.#repeats = 0
    const { nowUs } = this.#context.time.now()
    const dueUs = nowUs + (afterLinkMs + this.#chance() * spreadMs) * 1_000
    this.#set(Math.max(dueUs, this.#askedUs + leastBetweenMs * 1_000))
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #set(dueUs: number): void {
    if (this.#closed || dueUs >= this.#dueUs) return
    this.#timer?.cancel()
    this.#dueUs = dueUs
    const { time } = this.#context
    const delayMs = Math.max(0, Math.ceil((dueUs - time.now().nowUs) / 1_000))
    this.#timer = time.after(delayMs, () => this.#ask())
  }

  #ask(): void {
    const { time, ask, hasNeighbour } = this.#context
    this.#dueUs = Number.POSITIVE_INFINITY
    this.#timer = undefined
    // A link that comes up sets the next time.
    if (this.#closed || !hasNeighbour()) return
    const { nowUs } = time.now()
    const pauseMs = pausesMs[this.#repeats] ?? everyMs
    this.#repeats = Math.min(this.#repeats + 1, pausesMs.length - 1)
    this.#set(nowUs + pauseMs * (0.8 + 0.4 * this.#chance()) * 1_000)
    if (this.#asking) return
    this.#asking = true
    this.#askedUs = nowUs
    ask(() => {
      this.#asking = false
    })
  }

  /** From 0 to 1. */
  #chance(): number {
    return (this.#context.randomBytes(1)[0] ?? 0) / 256
  }
}
