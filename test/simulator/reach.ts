// Who can be expected to reach whom: a reader and a writer are joined by honest nodes alone, along the ways that questions
// and announcements take (docs/protocol.md §10.5, §10.6): up to lower ranks, between roots, and down again.

import type { PlannedComputer } from './plan.js'

export class Reach {
  readonly #computers: readonly PlannedComputer[]
  readonly #ranks: number[] = []
  readonly #rooted: readonly number[]
  readonly #gone: number | undefined

  /** `gone`: the index of one that does not run, and is on no way. */
  constructor(computers: readonly PlannedComputer[], gone?: number) {
    this.#computers = computers
    this.#gone = gone
    for (const { root, upstreams } of computers) {
      const above = upstreams.map((index) => this.#ranks[index] ?? 0)
      this.#ranks.push(root || above.length === 0 ? 0 : 1 + Math.min(...above))
    }
    this.#rooted = computers.flatMap((_, index) => (this.#ranks[index] === 0 ? [index] : []))
  }

  /** Whether a question of one has a way to the other that no attacker is on. Neither may be one itself. */
  honest(reader: number, writer: number): boolean {
    const [fromReader, fromWriter] = [this.#above(reader, 'honest'), this.#above(writer, 'honest')]
    if ([...fromReader].some((index) => fromWriter.has(index))) return true
    const roots = (above: ReadonlySet<number>): boolean => this.#rooted.some((root) => above.has(root))
    return roots(fromReader) && roots(fromWriter)
  }

  /**
   * Whether an attacker of one of these kinds may be asked on some way between the two. While somebody's upstream is down,
   * or is not yet known to be up again, those of equal rank lie above it too; who is believed then is believed for as long
   * as a head is fresh.
   */
  meets(reader: number, writer: number, kinds: ReadonlySet<string>): boolean {
    const between = new Set([...this.#above(reader, 'all'), ...this.#above(writer, 'all'), ...this.#rooted])
    return [...between].some((index) => kinds.has(this.#computers[index]?.attack ?? ''))
  }

  /** All that lie above one, and itself: through whoever it dials, or through the honest ones of lower rank alone. */
  #above(from: number, through: 'all' | 'honest'): Set<number> {
    const found = new Set<number>()
    const open = [from]
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const computer = this.#computers[index]
      if (computer === undefined || found.has(index) || index === this.#gone) continue
      if (computer.attack !== undefined && through === 'honest') continue
      found.add(index)
      const rank = this.#ranks[index] ?? 0
      open.push(...computer.upstreams.filter((above) => through === 'all' || (this.#ranks[above] ?? 0) < rank))
    }
    return found
  }
}
