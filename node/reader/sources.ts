// Who served how many verified bytes of a read, by hop: 0 is this node's own store, 1 the neighbour, and so on.

import type { SourceShare } from '../../api/protocol/index.js'

export class Sources {
  readonly #shares = new Map<string, SourceShare>()
  /** Told each share as it comes, by whoever wants to hear. */
  handleAdded: (share: SourceShare) => void = () => {}

  add(hop: number, cached: boolean, bytes: number): void {
    const key = `${hop} ${cached}`
    const share = this.#shares.get(key)
    if (share === undefined) this.#shares.set(key, { hop, cached, bytes })
    else share.bytes += bytes
    this.handleAdded({ hop, cached, bytes })
  }

  /** Nearest first; at one hop, what came from a cache before what came from the writer. */
  list(): SourceShare[] {
    const shares = [...this.#shares.values()].map((share) => ({ ...share }))
    return shares.sort((a, b) => a.hop - b.hop || Number(b.cached) - Number(a.cached))
  }

  /** Whether any bytes came from somebody else. */
  get areFar(): boolean {
    return [...this.#shares.values()].some(({ hop }) => hop > 0)
  }

  get bytes(): number {
    let total = 0
    for (const share of this.#shares.values()) total += share.bytes
    return total
  }
}
