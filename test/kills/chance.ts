// Chance that a seed repeats: which node, when, how much. Mulberry32: 32 bits of state are enough to choose with.

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 up to, and without, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** True in this share of all cases. */
  happens(share: number): boolean {
    return this.next() < share
  }

  /** One of several. */
  pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.next() * from.length)]
    if (one === undefined) throw new RangeError('nothing to pick from')
    return one
  }

  /** The same ones in another order. */
  shuffle<T>(from: readonly T[]): T[] {
    return from
      .map((one) => ({ one, order: this.next() }))
      .sort((a, b) => a.order - b.order)
      .map(({ one }) => one)
  }

  /** A source of its own, so that who takes more from it changes nothing for the others. */
  split(): Chance {
    return new Chance(Math.floor(this.next() * 2 ** 32))
  }
}
