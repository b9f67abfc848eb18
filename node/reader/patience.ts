// How long a call waits: an idle deadline that every verified answer pushes on, the caller's signal, and what to do with
// a refusal. A call that has read something is patient until the deadline (a router may be restarting); one that has not
// gives up soon after everybody who could be asked has said no.

import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorDetails, RunnelError } from '../../errors/index.js'

/** What a neighbour answered to one question, for NO_HOLDER. */
export interface Asked {
  readonly neighbour: string
  readonly outcome: string
}

/** Why nobody answered, and how many milliseconds the last one asked us to wait. */
export interface Refusal {
  readonly reason: string
  readonly asked: readonly Asked[]
  readonly retryMs: number
}

/** Refusals in a row after which a call that has read nothing yet gives up. */
const earlyRefusals = 4
const firstDelayMs = 100
const longestDelayMs = 2000

export class Patience {
  readonly signal: AbortSignal
  readonly #idleTimeoutMs: number
  readonly #upstreamsMissing: () => boolean
  #lastProgressMs = performance.now()
  #progressed = false

  /** `upstreamsMissing`: whether a configured upstream is not up now, so that an answer may yet come. */
  constructor(signal: AbortSignal, idleTimeoutMs: number, upstreamsMissing: () => boolean) {
    this.signal = signal
    this.#idleTimeoutMs = idleTimeoutMs
    this.#upstreamsMissing = upstreamsMissing
  }

  /** A verified answer came. */
  progress(): void {
    this.#lastProgressMs = performance.now()
    this.#progressed = true
  }

  /** Milliseconds until the idle deadline; not below 0. */
  get leftMs(): number {
    return Math.max(0, this.#lastProgressMs + this.#idleTimeoutMs - performance.now())
  }

  /** Throws ABORTED when the caller has given up. */
  check(): void {
    if (this.signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: this.signal.reason })
  }

  /** Waits before question number `attempt` + 1 is asked again, or throws what the caller is to be told. */
  async afterRefusal(what: string, attempt: number, refusal: Refusal): Promise<void> {
    this.check()
    const details: ErrorDetails = { asked: refusal.asked.map(({ neighbour, outcome }) => ({ neighbour, outcome })) }
    const nobody = refusal.asked.length === 0
    if (refusal.reason === 'TooBig')
      throw new RunnelError('TOO_LARGE', `${what} is larger than was asked for`, { details })
    const patient =
      this.#progressed || this.#upstreamsMissing() || refusal.reason === 'Busy' || refusal.reason === 'Quota'
    if (this.leftMs === 0 || (!patient && attempt + 1 >= earlyRefusals)) {
      if (nobody && this.#upstreamsMissing())
        throw new RunnelError('NETWORK_DOWN', `no upstream is up to ask for ${what}`)
      if (refusal.reason === 'Expired') throw new RunnelError('TIMEOUT', `nobody answered for ${what}`, { details })
      throw new RunnelError('NO_HOLDER', `nobody who was asked holds ${what}`, { details })
    }
    const delayMs = Math.max(refusal.retryMs, Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 6)))
    try {
      await sleep(Math.min(delayMs, this.leftMs), undefined, { signal: this.signal })
    } catch {
      this.check()
    }
  }
}
