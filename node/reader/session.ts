// One reading call: asks the hub for names, heads and chunks until they are there or its patience ends, and remembers
// where each verified byte came from. Everything it still asks is cancelled when the caller gives up.

import type { Freshness, ReadOptions } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { equal, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { ForkProof, HeldHead, OpenedDirectories } from '../../stack/data/index.js'
import type { LocalInterest, Source } from '../../stack/forward/index.js'
import { encodeText, type NameState, TextKind } from '../../stack/name/index.js'
import type { Hub, Outcome } from '../hub.js'
import type { Time } from '../outside.js'
import { chunkBytes, defaultIdleTimeoutMs, defaultMaxAgeS, freshNameS, questionMs } from './limits.js'
import { Patience } from './patience.js'
import { Questions } from './questions.js'
import { Sources } from './sources.js'

export interface SessionContext {
  readonly crypto: Crypto
  readonly time: Time
  readonly hub: Pick<Hub, 'ask' | 'cancel'>
  /** What any reader here has opened of folders. */
  readonly directories: OpenedDirectories
  readonly upstreamsMissing: () => boolean
  /** The highest head of a log that a reader here was shown. */
  readonly seenHead: (log: Uint8Array) => HeldHead | undefined
  /** A proof that this node found itself. */
  readonly handleFork: (fork: ForkProof) => void
  /** A read has its first verified bytes, so long after it began, µs. */
  readonly handleFirstByte: (tookUs: number) => void
  /** What a reader has seen it must never go back from. */
  readonly remember: (seen: { head: HeldHead; ageS: number } | { name: NameState; ageS: number }) => void
}

export interface FoundName {
  readonly state: NameState
  readonly ageS: number
  /** It is older than what was asked for, because its writer could not be asked. */
  readonly stale: boolean
  /** So much so that what its writer has made since then is not in it. */
  readonly old: boolean
}

export interface FoundHead {
  readonly held: HeldHead
  readonly fork: ForkProof | undefined
  readonly source: Source
}

type Answered = Extract<Outcome, { kind: 'answer' }>
type Refused = Extract<Outcome, { kind: 'nack' }>

/** Errors that say that nobody gave what was asked for. */
const unanswered: ReadonlySet<string> = new Set(['TIMEOUT', 'NO_HOLDER', 'NETWORK_DOWN', 'CLOCK'])

const NO_BYTES = new Uint8Array(0)

/** The oldest that the wire can ask for: 136 years. */
const anyAgeS = 0xffff_ffff

export class ReadSession {
  readonly context: SessionContext
  readonly sources = new Sources()
  readonly #patience: Patience
  readonly #maxAgeS: number
  readonly #refuseStale: boolean
  readonly #own: Questions
  readonly #questions = new Set<Questions>()
  /** Heads that are asked for before anybody is known to need them. */
  readonly #expected: { readonly log: Uint8Array; readonly answered: Promise<Answered> }[] = []
  readonly #handleAbort: () => void
  #freshness: Freshness = { timeMs: 0, ageS: 0, stale: false, forked: false }
  readonly #begunUs: number
  #closed = false
  #hasFirstByte = false
  #nameSource: Source | undefined
  /** Bytes of chunks that are asked for now. */
  inFlightBytes = 0

  constructor(context: SessionContext, options: ReadOptions, signal: AbortSignal) {
    this.context = context
    this.#begunUs = context.time.now().nowUs
    this.#maxAgeS = options.maxAgeS ?? defaultMaxAgeS
    this.#refuseStale = options.refuseStale ?? false
    const { upstreamsMissing, time } = context
    const idleTimeoutMs = options.idleTimeoutMs ?? defaultIdleTimeoutMs
    this.#patience = new Patience({ signal, idleTimeoutMs, upstreamsMissing, time })
    this.#own = this.openQuestions()
    this.#handleAbort = () => this.#end(() => new RunnelError('ABORTED', undefined, { cause: signal.reason }))
    signal.addEventListener('abort', this.#handleAbort)
  }

  get crypto(): Crypto {
    return this.context.crypto
  }

  get signal(): AbortSignal {
    return this.#patience.signal
  }

  /** The oldest of the heads that were used, and whether any log was forked. */
  get freshness(): Freshness {
    return this.#freshness
  }

  /** Where the name was had from last, if one was asked for. */
  get nameSource(): Source | undefined {
    return this.#nameSource
  }

  /** A log that is read was forked by its writer. */
  handleForked(): void {
    this.#freshness = { ...this.#freshness, forked: true }
  }

  /** Verified bytes are given to the caller; the first time counts. */
  handleBytes(): void {
    if (this.#hasFirstByte) return
    this.#hasFirstByte = true
    this.context.handleFirstByte(this.context.time.now().nowUs - this.#begunUs)
  }

  /** Ends the session: what it still asks for is cancelled, and whoever waits for it is told. */
  close(): void {
    this.signal.removeEventListener('abort', this.#handleAbort)
    this.#end(() => new RunnelError('ABORTED', 'the call has ended'))
  }

  /** Questions of one walk, which ends them when it is over. */
  openQuestions(): Questions {
    const questions = new Questions(this.context.hub)
    if (this.#closed) questions.end()
    else this.#questions.add(questions)
    return questions
  }

  closeQuestions(questions: Questions): void {
    questions.end()
    this.#questions.delete(questions)
  }

  /** `maxAgeS`: the oldest that is accepted, where that is not what the caller said. */
  async name(key: Uint8Array, maxAgeS = this.#maxAgeS): Promise<FoundName> {
    const what = (): string => `the name ${encodeText(this.crypto, TextKind.name, key)}`
    const { answer, source } = await this.#askSigned(what, 'name', key, maxAgeS)
    if (answer.kind !== 'name') throw new RunnelError('INTERNAL', 'a name was asked for')
    this.#nameSource = source
    this.context.remember({ name: answer.state, ageS: source.ageS })
    const old = source.stale && source.ageS > Math.max(this.#maxAgeS, freshNameS)
    return { state: answer.state, ageS: source.ageS, old, stale: source.stale }
  }

  /** Waits before something is tried again. Throws ABORTED. */
  rest(ms: number): Promise<void> {
    return this.#patience.rest(ms)
  }

  /** What the nearest copy says of a name, however old that is; undefined where nobody has one. */
  async olderName(key: Uint8Array): Promise<NameState | undefined> {
    const outcome = await this.#own.ask({ kind: 'name', key, maxAgeS: anyAgeS, staleOk: true, lifetimeMs: questionMs })
    return outcome.kind === 'answer' && outcome.answer.kind === 'name' ? outcome.answer.state : undefined
  }

  /** Asks for a head that `head` will probably be asked for; what comes of it says nothing until then. */
  expectHead(log: Uint8Array): void {
    const answered = this.#askHead(log)
    answered.catch(() => {})
    this.#expected.push({ log, answered })
  }

  async head(log: Uint8Array): Promise<FoundHead> {
    const index = this.#expected.findIndex((one) => equal(one.log, log))
    const [expected] = index < 0 ? [] : this.#expected.splice(index, 1)
    const { answer, source } = await (expected?.answered ?? this.#askHead(log))
    if (answer.kind !== 'head') throw new RunnelError('INTERNAL', 'a head was asked for')
    const { timeMs } = answer.held.head
    const older = this.#freshness.timeMs === 0 || source.ageS > this.#freshness.ageS
    const stale = this.#freshness.stale || source.stale
    this.#freshness = { ...this.#freshness, ...(older ? { timeMs, ageS: source.ageS } : {}), stale }
    return { held: answer.held, fork: answer.fork, source }
  }

  /**
   * The bytes of a chunk, whose hash is its name. `via`: the log that it was learned from. `bytes`: its size, if known.
   * Throws DAMAGED when it is larger.
   */
  chunk(name: Uint8Array, via: Uint8Array, bytes?: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      let chunk = NO_BYTES
      const take = (lent: Uint8Array): void => {
        chunk = lent.slice()
      }
      this.lendChunk(name, via, bytes, this.#own, take, (error) => (error ? reject(error) : resolve(chunk)))
    })
  }

  /**
   * The same, and the bytes are lent to `take` where they came: a walk that opens them there needs no copy. `done` is called
   * once behind it, with an error where `take` or the question failed. While all goes well no promise is made.
   */
  lendChunk(
    name: Uint8Array,
    via: Uint8Array,
    bytes: number | undefined,
    questions: Questions,
    take: (chunk: Uint8Array) => void,
    done: (error?: unknown) => void,
  ): void {
    const answerBytes = bytes ?? chunkBytes
    const begunMs = this.#patience.begin()
    const ask = (attempt: number): void => {
      this.#patience.check()
      const lifetimeMs = this.#lifetimeMs(begunMs)
      const interest = { kind: 'chunk', key: name, via, answerBytes, lifetimeMs } as const
      questions.lend(interest, (outcome) => handle(outcome, attempt), end)
    }
    const handle = (outcome: Outcome, attempt: number): void => {
      if (outcome.kind === 'nack') {
        const again = this.#afterRefusal(() => `chunk ${toHex(name)}`, begunMs, attempt, outcome)
        again.then(() => ask(attempt + 1)).catch(end)
        return
      }
      const { answer, source } = outcome
      if (answer.kind !== 'chunk') throw new RunnelError('INTERNAL', 'a chunk was asked for')
      this.#patience.progress()
      this.sources.add(source.hops, source.cached, answer.bytes.length)
      take(answer.bytes)
      end()
    }
    const end = (error?: unknown): void => {
      this.inFlightBytes -= answerBytes
      done(error)
    }
    this.inFlightBytes += answerBytes
    try {
      ask(0)
    } catch (error) {
      end(error)
    }
  }

  #askHead(log: Uint8Array): Promise<Answered> {
    const what = (): string => `the head of log ${encodeText(this.crypto, TextKind.log, log)}`
    return this.#askSigned(what, 'head', log, this.#maxAgeS)
  }

  /** Throws STALE when the caller refuses what is older than `maxAgeS`, and nothing else is to be had. */
  async #askSigned(what: () => string, kind: 'name' | 'head', key: Uint8Array, maxAgeS: number): Promise<Answered> {
    const staleOk = !this.#refuseStale
    try {
      return await this.#ask(what, (lifetimeMs) => ({ kind, key, maxAgeS, staleOk, lifetimeMs }))
    } catch (error) {
      if (staleOk || !(error instanceof RunnelError) || !unanswered.has(error.code)) throw error
      const older = await this.#own.ask({ kind, key, maxAgeS: anyAgeS, staleOk: true, lifetimeMs: 1_000 })
      if (older.kind !== 'answer') throw error
      const { ageS } = older.source
      const message = `only an older state of ${what()} is to be had: its writer confirmed it ${ageS} s ago`
      const asked = error.details?.asked
      throw new RunnelError('STALE', message, {
        details: { ageS, ...(asked === undefined ? {} : { asked }) },
        cause: error,
      })
    }
  }

  /** `what`: how an error names it; mostly nobody asks. */
  async #ask(
    what: () => string,
    interest: (lifetimeMs: number) => Exclude<LocalInterest, { kind: 'chunk' }>,
  ): Promise<Answered> {
    const begunMs = this.#patience.begin()
    for (let attempt = 0; ; attempt += 1) {
      this.#patience.check()
      const outcome = await this.#own.ask(interest(this.#lifetimeMs(begunMs)))
      if (outcome.kind === 'answer') {
        this.#patience.progress()
        return outcome
      }
      await this.#afterRefusal(what, begunMs, attempt, outcome)
    }
  }

  #lifetimeMs(begunMs: number): number {
    return Math.max(1_000, Math.min(questionMs, this.#patience.leftMs(begunMs)))
  }

  /** Waits before a question is asked again, or throws what the caller is to be told. */
  #afterRefusal(what: () => string, begunMs: number, attempt: number, refused: Refused): Promise<void> {
    const { reason, retryMs } = refused
    const asked = refused.asked.map(({ device, outcome: said }) => ({
      neighbour: encodeText(this.crypto, TextKind.device, device),
      outcome: said,
    }))
    return this.#patience.afterRefusal(what(), begunMs, attempt, { reason, retryMs, asked })
  }

  #end(error: () => RunnelError): void {
    this.#closed = true
    for (const questions of this.#questions) questions.end(error)
    this.#questions.clear()
    this.#patience.wakeAll()
  }
}
