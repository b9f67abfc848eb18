// The addresses that programs of this machine wanted lately and that nobody is known at, for whoever looks why.

import { formatAddress } from '../../stack/name/index.js'
import type { DatapathEvent } from '../../stack/packet/index.js'
import { shownUnknown } from './limits.js'

export class UnknownAddresses {
  readonly #isKnown: (address: Uint8Array) => boolean
  /** How often each was wanted, the newest last. */
  readonly #counts = new Map<string, number>()

  constructor(isKnown: (address: Uint8Array) => boolean) {
    this.#isKnown = isKnown
  }

  /** The newest first. */
  list(): { address: string; count: number }[] {
    return [...this.#counts].reverse().map(([address, count]) => ({ address, count }))
  }

  handleEvents(events: readonly DatapathEvent[]): void {
    for (const event of events) {
      if (event.type !== 'miss' || event.direction !== 'outbound' || this.#isKnown(event.key.peer)) continue
      this.#note(formatAddress(event.key.peer))
    }
  }

  #note(address: string): void {
    const before = this.#counts.get(address) ?? 0
    this.#counts.delete(address)
    this.#counts.set(address, before + 1)
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > shownUnknown && oldest !== undefined) this.#counts.delete(oldest)
  }
}
