// A time that several scenarios share, each by what it is said to cost: what one does not use, the later ones have.

export class Budget {
  readonly #costs: readonly number[]
  readonly #endMs: number
  readonly #nowMs: () => number

  /** Begins now; `costs` are seconds of one round, in the order of the scenarios. */
  constructor(limitMs: number, costs: readonly number[], nowMs: () => number = () => performance.now()) {
    this.#costs = costs
    this.#nowMs = nowMs
    this.#endMs = nowMs() + limitMs
  }

  /** Milliseconds for all rounds of the scenario at `index`; 0 when not even one of them fits any more. */
  shareMs(index: number): number {
    const leftMs = this.#endMs - this.#nowMs()
    const own = this.#costs[index] ?? 0
    if (leftMs < 1_000 * own) return 0
    const later = this.#costs.slice(index).reduce((sum, cost) => sum + cost, 0)
    // Never less than the one round that fits, and else what is left for it when all others have theirs.
    return Math.max(1_000 * own, (leftMs * own) / later)
  }
}

/** `15m`, `90s`: milliseconds, or undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,5})(s|m|h)$/.exec(text)
  if (match === null) return undefined
  const ms = Number(match[1]) * ({ s: 1_000, m: 60_000, h: 3_600_000 }[match[2] ?? ''] ?? 0)
  return ms > 0 ? ms : undefined
}
