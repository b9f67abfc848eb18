// How long a call waits: an idle deadline that every verified answer pushes on, the caller's signal, and what to do with
// a refusal. A call that has read something is patient until the deadline (a router may be restarting); one that has not
// gives up soon after everybody who could be asked has said no.

import { type ErrorDetails, RunnelError } from '../../errors/index.js'
import type { NackReason } from '../../stack/forward/index.js'
import type { Time } from '../outside.js'
import { earlyRefusals, firstDelayMs, longestDelayMs } from './limits.js'

/** What a neighbour answered to one question, for NO_HOLDER. */
export interface Asked {
  readonly neighbour: string
  readonly outcome: string
}

/** Why nobody answered, and how many milliseconds the last one asked us to wait. */
export interface Refusal {
  readonly reason: NackReason
  readonly asked: readonly Asked[]
  readonly retryMs: number
}

export interface PatienceOptions {
  readonly signal: AbortSignal
  readonly idleTimeoutMs: number
  /** Whether a configured upstream is not up now, so that an answer may yet come. */
  readonly upstreamsMissing: () => boolean
  readonly time: Time
}

export class Patience {
  readonly signal: AbortSignal
  readonly #idleTimeoutMs: number
  readonly #upstreamsMissing: () => boolean
  readonly #time: Time
  readonly #sleepers = new Set<() => void>()
  #lastProgressMs = Number.NEGATIVE_INFINITY
  #progressed = false

  constructor({ signal, idleTimeoutMs, upstreamsMissing, time }: PatienceOptions) {
    this.signal = signal
    this.#idleTimeoutMs = idleTimeoutMs
    this.#upstreamsMissing = upstreamsMissing
    this.#time = time
  }

  /** When a question begins: it is patient from then on, because its caller may have let the call rest before. */
  begin(): number {
    return this.#clockMs()
  }

  /** A verified answer came. */
  progress(): void {
    this.#lastProgressMs = this.#clockMs()
    this.#progressed = true
  }

  /** Milliseconds until the idle deadline of a question that began at `begunMs`; not below 0. */
  leftMs(begunMs: number): number {
    return Math.max(0, Math.max(this.#lastProgressMs, begunMs) + this.#idleTimeoutMs - this.#clockMs())
  }

  /** Throws ABORTED when the caller has given up. */
  check(): void {
    if (this.signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: this.signal.reason })
  }

  /** Ends every wait now: who waits looks around and finds that it is over. */
  wakeAll(): void {
    for (const wake of this.#sleepers) wake()
  }

  /** Waits before question number `attempt` + 1 is asked again, or throws what the caller is to be told. */
  async afterRefusal(what: string, begunMs: number, attempt: number, refusal: Refusal): Promise<void> {
    this.check()
    if (refusal.reason === 'TooBig') {
      const message = `${what} is larger than what refers to it says`
      throw new RunnelError('DAMAGED', message, { blame: 'peer', hint: writerHint })
    }
    const patient =
      this.#progressed || this.#upstreamsMissing() || refusal.reason === 'Busy' || refusal.reason === 'Quota'
    const leftMs = this.leftMs(begunMs)
    if (leftMs === 0 || (!patient && attempt + 1 >= earlyRefusals)) throw this.#giveUp(what, refusal)
    const delayMs = Math.max(refusal.retryMs, Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 6)))
    await this.#sleep(Math.min(delayMs, leftMs))
    this.check()
  }

  /** Waits, at most until the caller gives up. Throws ABORTED. */
  async rest(ms: number): Promise<void> {
    this.check()
    await this.#sleep(ms)
    this.check()
  }

  /** No listener on the signal: a call waits for hundreds of chunks at once. */
  async #sleep(delayMs: number): Promise<void> {
    let wake = (): void => {}
    const awake = new Promise<void>((resolve) => {
      wake = resolve
    })
    const timer = this.#time.after(delayMs, wake)
    this.#sleepers.add(wake)
    await awake
    this.#sleepers.delete(wake)
    timer.cancel()
  }

  /** Milliseconds that never go back. */
  #clockMs(): number {
    return this.#time.now().nowUs / 1000
  }

  #giveUp(what: string, { reason, asked }: Refusal): RunnelError {
    const details: ErrorDetails = { asked: asked.map(({ neighbour, outcome }) => ({ neighbour, outcome })) }
    if (asked.length === 0 && this.#upstreamsMissing()) {
      return new RunnelError('NETWORK_DOWN', `no upstream is up to ask for ${what}`)
    }
    if (reason === 'NotYet') {
      const here = asked.some(({ outcome }) => outcome === 'future-time')
      const whose = here ? 'of this machine' : 'of a node on the way'
      const message = `${what} is signed more than ten minutes ahead of the clock ${whose}, and was refused`
      return new RunnelError('CLOCK', message, { details, blame: here ? 'local' : 'network' })
    }
    if (reason === 'Expired') return new RunnelError('TIMEOUT', `nobody answered for ${what}`, { details })
    if (asked.length === 0) {
      const hint =
        'Add an upstream that reaches it: `runnel up --upstream KEY@ADDR:PORT`. See `runnel peers` for who is there.'
      return new RunnelError('NO_HOLDER', `there is nobody to ask for ${what}: it is not here`, { details, hint })
    }
    return new RunnelError('NO_HOLDER', `nobody who was asked holds ${what}`, { details })
  }
}

/** For what a writer has signed and what does not hold together: no neighbour, and no disk here, is to blame. */
export const writerHint = 'Its writer made it so; tell them. What else they published can still be read.'
