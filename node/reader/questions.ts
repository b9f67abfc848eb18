// The open questions of a reading call, or of one walk in it: they end together, and whoever waits for one is told.

import { RunnelError } from '../../errors/index.js'
import type { LocalInterest } from '../../stack/forward/index.js'
import type { Hub, Outcome } from '../hub.js'

export class Questions {
  readonly #hub: Pick<Hub, 'ask' | 'cancel'>
  readonly #open = new Map<number, (error: unknown) => void>()
  #ended: (() => RunnelError) | undefined

  constructor(hub: Pick<Hub, 'ask' | 'cancel'>) {
    this.#hub = hub
  }

  /** Rejects with what the questions are ended with, if they are ended first. For what is not lent: no chunks. */
  ask(interest: LocalInterest): Promise<Outcome> {
    return new Promise((resolve, reject) => this.lend(interest, resolve, reject))
  }

  /**
   * The same without a promise: one of the two is called, once, `handle` from within the hub. The bytes of a chunk are lent
   * to it; what it throws goes to `fail`.
   */
  lend(interest: LocalInterest, handle: (outcome: Outcome) => void, fail: (error: unknown) => void): void {
    if (this.#ended !== undefined) {
      fail(this.#ended())
      return
    }
    const requestId = this.#hub.ask(interest, (outcome) => {
      this.#open.delete(requestId)
      try {
        handle(outcome)
      } catch (error) {
        fail(error)
      }
    })
    this.#open.set(requestId, fail)
  }

  /**
   * Cancels what is open; nothing more can be asked. `error` makes what whoever waits is told: every walk ends its
   * questions, and an error with its stack, which mostly nobody sees, costs more than the rest of it.
   */
  end(error: () => RunnelError = aborted): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    const open = [...this.#open]
    this.#open.clear()
    for (const [requestId, fail] of open) {
      this.#hub.cancel(requestId)
      fail(error())
    }
  }
}

function aborted(): RunnelError {
  return new RunnelError('ABORTED')
}
