// The open questions of a reading call, or of one walk in it: they end together, and whoever waits for one is told.

import { RunnelError } from '../../errors/index.js'
import type { LocalInterest } from '../../stack/forward/index.js'
import type { Hub, Outcome } from '../hub.js'

export class Questions {
  readonly #hub: Pick<Hub, 'ask' | 'cancel'>
  readonly #open = new Map<number, (error: RunnelError) => void>()
  #ended: (() => RunnelError) | undefined

  constructor(hub: Pick<Hub, 'ask' | 'cancel'>) {
    this.#hub = hub
  }

  /** Throws what they were ended with. */
  check(): void {
    if (this.#ended !== undefined) throw this.#ended()
  }

  /** Rejects with what the questions are ended with, if they are ended first. */
  ask(interest: LocalInterest): Promise<Outcome> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended())
    return new Promise((resolve, reject) => {
      const requestId = this.#hub.ask(interest, (outcome) => {
        this.#open.delete(requestId)
        resolve(outcome)
      })
      this.#open.set(requestId, reject)
    })
  }

  /**
   * Cancels what is open; nothing more can be asked. `error` makes what whoever waits is told: every walk ends its
   * questions, and an error with its stack, which mostly nobody sees, costs more than the rest of it.
   */
  end(error: () => RunnelError = aborted): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    for (const [requestId, reject] of this.#open) {
      this.#hub.cancel(requestId)
      reject(error())
    }
    this.#open.clear()
  }
}

function aborted(): RunnelError {
  return new RunnelError('ABORTED')
}
