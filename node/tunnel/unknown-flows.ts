// What becomes of packets while nobody knows any peer: a program is told at once that the address cannot be reached, so that
// it does not wait, and nothing comes in.

import { formatAddress } from '../../stack/name/index.js'
import type { DatapathEvent } from '../../stack/packet/index.js'
import type { Datapath } from './datapath.js'
import { shownUnknown } from './limits.js'
import type { TunnelUser } from './tunnel.js'

/** Address unreachable (RFC 4443 section 3.1). */
const addressUnreachable = 3

export class UnknownFlows implements TunnelUser {
  /** Addresses that programs wanted and nobody is known at, the newest last: how often. */
  readonly shown = new Map<string, number>()
  #datapath: Datapath | undefined
  #count = 0

  /** Flows that were refused. */
  get count(): number {
    return this.#count
  }

  handleOpen(datapath: Datapath): void {
    this.#datapath = datapath
  }

  handleGone(): void {
    this.#datapath = undefined
  }

  handleEvents(events: readonly DatapathEvent[]): void {
    const misses = events.flatMap((event) => (event.type === 'miss' ? [event] : []))
    for (const { key, direction } of misses) if (direction === 'outbound') this.#note(formatAddress(key.peer))
    this.#datapath?.tell(
      misses.map(({ key, direction }) => {
        const unreachable = direction === 'outbound' ? addressUnreachable : undefined
        return { type: 'set-flow', key, verdict: { type: 'drop', unreachable } }
      }),
    )
  }

  #note(address: string): void {
    this.#count += 1
    const before = this.shown.get(address) ?? 0
    this.shown.delete(address)
    this.shown.set(address, before + 1)
    const [oldest] = this.shown.keys()
    if (this.shown.size > shownUnknown && oldest !== undefined) this.shown.delete(oldest)
  }
}
