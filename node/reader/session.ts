// One reading call: asks the hub for names, heads and chunks until they are there or its patience ends, and remembers
// where each verified byte came from. Everything it still asks is cancelled when the caller gives up.

import type { Freshness, ReadOptions } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { ForkProof, HeldHead } from '../../stack/data/index.js'
import type { Answer, LocalInterest, Source } from '../../stack/forward/index.js'
import { encodeText, type NameState, TextKind } from '../../stack/name/index.js'
import type { Hub, Outcome } from '../hub.js'
import { chunkBytes, defaultIdleTimeoutMs, defaultMaxAgeS, questionMs } from './limits.js'
import { Patience } from './patience.js'
import { Sources } from './sources.js'

export interface SessionContext {
  readonly crypto: Crypto
  readonly hub: Hub
  readonly upstreamsMissing: () => boolean
  /** What a reader has seen it must never go back from. */
  /** The highest head of a log that a reader here was shown. */
  readonly seenHead: (log: Uint8Array) => HeldHead | undefined
  /** A proof that this node found itself. */
  readonly handleFork: (fork: ForkProof) => void
  readonly remember: (seen: { head: HeldHead; ageS: number } | { name: NameState; ageS: number }) => void
}

export interface FoundHead {
  readonly held: HeldHead
  readonly fork: ForkProof | undefined
  readonly source: Source
}

/** Errors that say that nobody gave what was asked for. */
const unanswered: ReadonlySet<string> = new Set(['TIMEOUT', 'NO_HOLDER', 'NETWORK_DOWN'])

/** The oldest that the wire can ask for: 136 years. */
const anyAgeS = 0xffff_ffff

export class ReadSession {
  readonly context: SessionContext
  readonly sources = new Sources()
  readonly #patience: Patience
  readonly #maxAgeS: number
  readonly #refuseStale: boolean
  readonly #open = new Map<number, (error: RunnelError) => void>()
  readonly #handleAbort: () => void
  #freshness: Freshness = { timeMs: 0, ageS: 0, stale: false }

  constructor(context: SessionContext, options: ReadOptions, signal: AbortSignal) {
    this.context = context
    this.#maxAgeS = options.maxAgeS ?? defaultMaxAgeS
    this.#refuseStale = options.refuseStale ?? false
    this.#patience = new Patience(signal, options.idleTimeoutMs ?? defaultIdleTimeoutMs, context.upstreamsMissing)
    this.#handleAbort = () => {
      for (const [requestId, reject] of this.#open) {
        context.hub.cancel(requestId)
        reject(new RunnelError('ABORTED', undefined, { cause: signal.reason }))
      }
      this.#open.clear()
    }
    signal.addEventListener('abort', this.#handleAbort)
  }

  get crypto(): Crypto {
    return this.context.crypto
  }

  get signal(): AbortSignal {
    return this.#patience.signal
  }

  /** The oldest of the heads that were used. */
  get freshness(): Freshness {
    return this.#freshness
  }

  /** Ends the session; what it still asks for is cancelled. */
  close(): void {
    this.signal.removeEventListener('abort', this.#handleAbort)
    for (const requestId of this.#open.keys()) this.context.hub.cancel(requestId)
    this.#open.clear()
  }

  /** `maxAgeS`: the oldest that is accepted, where that is not what the caller said. */
  async name(key: Uint8Array, maxAgeS = this.#maxAgeS): Promise<NameState> {
    const what = `the name ${encodeText(this.crypto, TextKind.name, key)}`
    const { answer, source } = await this.#askSigned(what, 'name', key, maxAgeS)
    if (answer.kind !== 'name') throw new RunnelError('INTERNAL', 'a name was asked for')
    this.context.remember({ name: answer.state, ageS: source.ageS })
    return answer.state
  }

  async head(log: Uint8Array): Promise<FoundHead> {
    const what = `the head of log ${encodeText(this.crypto, TextKind.log, log)}`
    const { answer, source } = await this.#askSigned(what, 'head', log, this.#maxAgeS)
    if (answer.kind !== 'head') throw new RunnelError('INTERNAL', 'a head was asked for')
    const { timeMs } = answer.held.head
    const older = this.#freshness.timeMs === 0 || source.ageS > this.#freshness.ageS
    const stale = this.#freshness.stale || source.stale
    this.#freshness = older ? { timeMs, ageS: source.ageS, stale } : { ...this.#freshness, stale }
    return { held: answer.held, fork: answer.fork, source }
  }

  /** The bytes of a chunk, whose hash is its name. `via`: the log that it was learned from. `bytes`: its size, if known. */
  async chunk(name: Uint8Array, via: Uint8Array, bytes: number = chunkBytes): Promise<Uint8Array> {
    const { answer, source } = await this.#ask(`chunk ${toHex(name)}`, (lifetimeMs) => ({
      kind: 'chunk',
      key: name,
      via,
      answerBytes: bytes,
      lifetimeMs,
    }))
    if (answer.kind !== 'chunk') throw new RunnelError('INTERNAL', 'a chunk was asked for')
    this.sources.add(source.hops, source.cached, answer.bytes.length)
    return answer.bytes
  }

  /** Throws STALE when the caller refuses what is older than `maxAgeS`, and nothing else is to be had. */
  async #askSigned(
    what: string,
    kind: 'name' | 'head',
    key: Uint8Array,
    maxAgeS: number,
  ): Promise<{ answer: Answer; source: Source }> {
    const staleOk = !this.#refuseStale
    try {
      return await this.#ask(what, (lifetimeMs) => ({ kind, key, maxAgeS, staleOk, lifetimeMs }))
    } catch (error) {
      if (staleOk || !(error instanceof RunnelError) || !unanswered.has(error.code)) throw error
      const older = await this.#once({ kind, key, maxAgeS: anyAgeS, staleOk: true, lifetimeMs: 1_000 })
      if (older.kind !== 'answer') throw error
      const { ageS } = older.source
      const message = `only an older state of ${what} is to be had: its writer confirmed it ${ageS} s ago`
      throw new RunnelError('STALE', message, { details: { ageS }, cause: error })
    }
  }

  async #ask(
    what: string,
    interest: (lifetimeMs: number) => LocalInterest,
  ): Promise<{ answer: Answer; source: Source }> {
    for (let attempt = 0; ; attempt += 1) {
      this.#patience.check()
      const lifetimeMs = Math.max(1_000, Math.min(questionMs, this.#patience.leftMs))
      const outcome = await this.#once(interest(lifetimeMs))
      if (outcome.kind === 'answer') {
        this.#patience.progress()
        return outcome
      }
      const { reason, retryMs } = outcome
      const asked = outcome.asked.map(({ device, outcome: said }) => ({
        neighbour: encodeText(this.crypto, TextKind.device, device),
        outcome: said,
      }))
      await this.#patience.afterRefusal(what, attempt, { reason, retryMs, asked })
    }
  }

  #once(interest: LocalInterest): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      let requestId = 0
      requestId = this.context.hub.ask(interest, (outcome) => {
        this.#open.delete(requestId)
        resolve(outcome)
      })
      this.#open.set(requestId, reject)
    })
  }
}
