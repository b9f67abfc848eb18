// The certificates and cards of names whose inboxes are kept here: who writes to an owner that is off asks us for them. A
// device registers before its card can say so, and another device may answer for it with an older card: until the card of
// a device that registered lists us, it is asked for some times more.

import { equal, toHex } from '../../stack/bytes/index.js'
import { inboxOf, type NameState } from '../../stack/name/index.js'
import type { Time, Timer } from '../outside.js'
import { firstCardRestMs, maxCardAsks } from './limits.js'

export interface KeptCardsContext {
  readonly time: Time
  /** This node's own. */
  readonly device: Uint8Array
  /** Asks others for the newest state of a name, which is kept. Rejects when nobody answers. */
  readonly ask: (name: Uint8Array) => Promise<NameState>
}

interface Asking {
  /** Questions since the device registered last. */
  asks: number
  wake: (() => void) | undefined
}

export class KeptCards {
  readonly #context: KeptCardsContext
  /** By device, in hex. */
  readonly #asking = new Map<string, Asking>()
  #closed = false

  constructor(context: KeptCardsContext) {
    this.#context = context
  }

  /** An inbox of this name was kept before. */
  handleKept(name: Uint8Array): void {
    void this.#ask(name)
  }

  /** A device of this name has registered its inbox here, or says that its card has changed. */
  handleRegistered(name: Uint8Array, device: Uint8Array): void {
    const key = toHex(device)
    const before = this.#asking.get(key)
    if (before !== undefined) {
      // What is on its way may have left before the card had changed.
      before.asks = 0
      before.wake?.()
      return
    }
    const asking: Asking = { asks: 0, wake: undefined }
    this.#asking.set(key, asking)
    void this.#askUntilListed(name, device, asking).finally(() => this.#asking.delete(key))
  }

  close(): void {
    this.#closed = true
    for (const { wake } of this.#asking.values()) wake?.()
  }

  async #askUntilListed(name: Uint8Array, device: Uint8Array, asking: Asking): Promise<void> {
    while (!this.#closed && asking.asks < maxCardAsks) {
      asking.asks += 1
      const state = await this.#ask(name)
      if (state !== undefined && this.#isListed(state, device)) return
      if (asking.asks > 0) await this.#rest(asking)
    }
  }

  async #ask(name: Uint8Array): Promise<NameState | undefined> {
    try {
      return await this.#context.ask(name)
    } catch {
      return undefined
    }
  }

  #isListed(state: NameState, device: Uint8Array): boolean {
    const { open } = inboxOf(state, this.#context.time.now().nowMs)
    const own = open.find((listing) => equal(listing.device, device))
    return own?.custodians.some((custodian) => equal(custodian, this.#context.device)) ?? false
  }

  #rest(asking: Asking): Promise<void> {
    return new Promise((resolve) => {
      const ms = firstCardRestMs * 2 ** (asking.asks - 1)
      const timer: Timer = this.#context.time.after(ms, () => asking.wake?.())
      asking.wake = () => {
        asking.wake = undefined
        timer.cancel()
        resolve()
      }
      if (this.#closed) asking.wake()
    })
  }
}
