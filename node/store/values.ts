// A node's own state by key, in memory and bounded; the newest wins, and empty bytes delete.

import type { ValueItem } from './item.js'
import { type Ledger, replaceSpot, type Spot, sameSpot } from './spot.js'

interface Entry {
  readonly bytes: Uint8Array
  readonly spot: Spot
}

export class Values {
  readonly #values = new Map<string, Entry>()
  readonly #ledger: Ledger
  #bytes = 0

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  get size(): number {
    return this.#values.size
  }

  /** Bytes of all values. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key)?.bytes
  }

  all(): { key: string; bytes: Uint8Array }[] {
    return [...this.#values].map(([key, { bytes }]) => ({ key, bytes }))
  }

  apply(item: ValueItem, spot: Spot): void {
    const known = this.#values.get(item.key)
    this.#bytes += item.bytes.length - (known?.bytes.length ?? 0)
    const lives = item.bytes.length > 0
    replaceSpot(this.#ledger, known?.spot, lives ? spot : undefined)
    if (lives) this.#values.set(item.key, { bytes: item.bytes.slice(), spot })
    else this.#values.delete(item.key)
  }

  /** The item again if it counts at this spot. A deletion counts as long as an older segment may hold what it deletes. */
  copy(item: ValueItem, spot: Spot, oldest: boolean): ValueItem | undefined {
    const known = this.#values.get(item.key)
    if (item.bytes.length === 0) return known === undefined && !oldest ? item : undefined
    return known !== undefined && sameSpot(known.spot, spot) ? item : undefined
  }
}
