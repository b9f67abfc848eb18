// Begins a conversation with a name or a device: which devices the name has, who answered last, one after the other, and
// again until the patience of whoever dials is over.

import { RunnelError } from '../../errors/index.js'
import { equal, KeyMap } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import { oneAnswer } from '../one-answer.js'
import type { Time } from '../outside.js'
import type { Conversation } from './conversation.js'
import { dialPauseMs, dialTimeoutMs, rememberedAnswers, wakePauseMs } from './limits.js'
import { checkService } from './services.js'
import type { Sessions } from './sessions.js'

export type DialTarget = { readonly name: Uint8Array } | { readonly device: Uint8Array }

export interface DialOptions {
  readonly signal?: AbortSignal | undefined
  /** How long a way is looked for; default 15 s. */
  readonly timeoutMs?: number | undefined
}

export interface DialerOptions {
  readonly crypto: Crypto
  readonly time: Time
  readonly sessions: Pick<Sessions, 'call'>
  readonly device: Uint8Array
  /** The devices that a name has now. Throws what asking for a name throws. */
  readonly devicesOf: (name: Uint8Array, signal: AbortSignal, timeoutMs: number) => Promise<readonly Uint8Array[]>
  readonly seed: Uint8Array
}

type Failure = Exclude<Parameters<Parameters<Sessions['call']>[2]>[0], Conversation>

/** Failures that asking again soon does not change. */
const final: ReadonlySet<Failure> = new Set(['NoService', 'NotAllowed', 'Bad', 'NoSession'])

export class Dialer {
  readonly #options: DialerOptions
  /** The device of a name that answered last. */
  readonly #answered: KeyMap<Uint8Array>
  /** What ends the rests of those that look for a way now. */
  readonly #resting = new Set<() => void>()
  #wokenUs = Number.NEGATIVE_INFINITY

  constructor(options: DialerOptions) {
    this.#options = options
    this.#answered = new KeyMap(options.seed, rememberedAnswers)
  }

  /**
   * Throws BAD_ARGUMENT, NO_ROUTE (nobody leads to it, and nobody answers), NO_SERVICE, NOT_ALLOWED, BUSY, ABORTED, and what
   * asking for a name throws.
   */
  async dial(target: DialTarget, service: string, options: DialOptions = {}): Promise<Conversation> {
    checkService(service)
    const { signal = new AbortController().signal, timeoutMs = dialTimeoutMs } = options
    const { time } = this.#options
    const endUs = time.now().nowUs + timeoutMs * 1_000
    for (;;) {
      const devices = await this.#devicesOf(target, signal, timeoutMs)
      const failures: Failure[] = []
      for (const device of devices) {
        const outcome = await this.#call(device, service, signal, endUs)
        if (typeof outcome !== 'string') {
          if ('name' in target) this.#remember(target.name, device)
          return outcome
        }
        failures.push(outcome)
      }
      const isOver = time.now().nowUs + dialPauseMs * 1_000 >= endUs
      if (isOver || failures.every((failure) => final.has(failure))) throw this.#error(target, service, failures)
      await this.#rest(signal)
    }
  }

  /** There may be a way now: whoever rests tries again at once, unless that was just now. */
  handleLinkUp(): void {
    const { nowUs } = this.#options.time.now()
    if (this.#resting.size === 0 || nowUs < this.#wokenUs + wakePauseMs * 1_000) return
    this.#wokenUs = nowUs
    for (const wake of [...this.#resting]) wake()
  }

  async #devicesOf(target: DialTarget, signal: AbortSignal, timeoutMs: number): Promise<readonly Uint8Array[]> {
    if ('device' in target) return [target.device]
    const devices = await this.#options.devicesOf(target.name, signal, timeoutMs)
    const last = this.#answered.get(target.name)
    const place = (device: Uint8Array): number => {
      if (last !== undefined && equal(device, last)) return 0
      // Who dials a name of its own means another device of it, if there is one.
      return equal(device, this.#options.device) ? 2 : 1
    }
    return [...devices].sort((a, b) => place(a) - place(b))
  }

  #call(device: Uint8Array, service: string, signal: AbortSignal, endUs: number): Promise<Conversation | Failure> {
    const { time, sessions } = this.#options
    return oneAnswer<Conversation | Failure>({
      ...{ time, signal },
      timeoutMs: Math.max(0, Math.ceil((endUs - time.now().nowUs) / 1_000)),
      ask: (answer) => sessions.call(device, service, answer),
      late: () => 'Expired',
      unwanted: (outcome) => {
        if (typeof outcome !== 'string') outcome.reset()
      },
    })
  }

  #rest(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        timer.cancel()
        signal.removeEventListener('abort', handleAbort)
        this.#resting.delete(wake)
        settle()
      }
      const wake = (): void => finish(resolve)
      const handleAbort = (): void => {
        finish(() => reject(new RunnelError('ABORTED', undefined, { cause: signal.reason })))
      }
      const timer = this.#options.time.after(dialPauseMs, wake)
      this.#resting.add(wake)
      if (signal.aborted) handleAbort()
      else signal.addEventListener('abort', handleAbort, { once: true })
    })
  }

  #remember(name: Uint8Array, device: Uint8Array): void {
    if (this.#answered.full && !this.#answered.has(name)) {
      for (const oldest of this.#answered.keys()) {
        this.#answered.delete(oldest)
        break
      }
    }
    this.#answered.set(name, device)
  }

  #error(target: DialTarget, service: string, failures: readonly Failure[]): RunnelError {
    const { crypto } = this.#options
    const who =
      'name' in target
        ? `the name ${encodeText(crypto, TextKind.name, target.name)}`
        : `the device ${encodeText(crypto, TextKind.device, target.device)}`
    const details = { outcomes: [...failures] }
    if (failures.includes('NotAllowed')) {
      return new RunnelError('NOT_ALLOWED', `${who} does not let us speak to ${service}`, { details })
    }
    if (failures.includes('NoService')) {
      return new RunnelError('NO_SERVICE', `nobody listens for ${service} at ${who}`, { details })
    }
    if (failures.includes('Busy')) return new RunnelError('BUSY', `${who} takes no more conversations now`, { details })
    return new RunnelError('NO_ROUTE', `no way to ${who} was found: ${failures.join(', ') || 'it has no device'}`, {
      details,
    })
  }
}
