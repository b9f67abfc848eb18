// The client's half: what this node wants kept by others, who has promised it, and the timers behind that. A wish is on disk
// before it is said to be one; each receipt is verified and on disk before it is shown; all of it goes on after a restart.

import { RunnelError } from '../../errors/index.js'
import { equal, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Action,
  type AuditResult,
  auditProof,
  type Copy,
  type CustodyMessage,
  type Duty,
  Keeper,
  maxDuties,
  noProof,
  pickChallenge,
  verifyReceipt,
} from '../../stack/custody/index.js'
import type { HeldHead } from '../../stack/data/index.js'
import { Deadline } from '../deadline.js'
import type { Time } from '../outside.js'
import type { Store } from '../store/index.js'
import { decodeDuty, dutyKey, encodeDuty } from './custody-record.js'

/** A conversation with a custodian: one question at a time. */
export interface CustodianLink {
  /** Resolves with the answer; `progress` is told of what comes before it. Throws when the conversation ends first. */
  ask(question: CustodyMessage, progress?: (message: CustodyMessage) => void): Promise<CustodyMessage>
  close(): void
}

export interface DutiesContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly time: Time
  readonly randomBytes: (count: number) => Uint8Array
  /** This node's name, which lists its logs. */
  readonly name: Uint8Array
  /** Those that may be asked, the best first. */
  readonly custodians: () => readonly Uint8Array[]
  /** The newest state of a log that this node writes; undefined when it does not any more. */
  readonly held: (log: Uint8Array) => HeldHead | undefined
  /** Opens a conversation. Throws what makes it impossible. */
  readonly dial: (custodian: Uint8Array, signal: AbortSignal) => Promise<CustodianLink>
}

const maxRequest = 0xffff_ffff

/** After a commit, until it is looked at what has to be offered. */
const commitDelayUs = 100_000

export class Duties {
  readonly #context: DutiesContext
  readonly #keeper: Keeper
  readonly #deadline: Deadline
  readonly #ended = new AbortController()
  readonly #running = new Set<Promise<void>>()
  /** The state that each receipt is for, while this process remembers it. */
  readonly #offered = new Map<string, HeldHead>()
  /** What an audit that failed has asked for. */
  readonly #failed = new Map<string, readonly Uint8Array[]>()
  readonly #waiting = new Set<() => void>()
  #writing: Promise<unknown> = Promise.resolve()
  #request = 0
  #polling = false

  constructor(context: DutiesContext) {
    const { store, time } = context
    this.#context = context
    const duties = store.values('keep/').flatMap(({ bytes }) => decodeDuty(bytes) ?? [])
    this.#keeper = new Keeper(() => this.#random(), duties)
    this.#deadline = new Deadline(time, () => this.poll())
  }

  /** What is wanted, and how it stands. */
  list(): readonly Duty[] {
    return this.#keeper.duties
  }

  find(log: Uint8Array): Duty | undefined {
    return this.#keeper.find(log)
  }

  /** Wants a log kept for `keepMs` from now on and from each renewal on, until `untilMs` where that is said. On disk when it resolves. */
  async keep(log: Uint8Array, keepMs: number, untilMs?: number): Promise<void> {
    if (this.find(log) === undefined && this.list().length >= maxDuties) {
      throw new RunnelError('TOO_MANY', `others keep at most ${maxDuties} streams for a node`)
    }
    this.#keeper.keep(this.#context.time.now().nowMs, log, keepMs, untilMs)
    await this.#store(log)
    this.poll()
  }

  /** Wants it no more; what was promised is withdrawn behind this call. */
  async end(log: Uint8Array): Promise<void> {
    this.#keeper.end(log)
    await this.#store(log)
    this.poll()
  }

  /** A neighbour came up: who could not be reached may be now. */
  handleReachable(): void {
    this.#keeper.handleReachable(this.#context.time.now().nowMs)
    this.poll()
  }

  /**
   * Resolves when `copies` custodians have promised the newest state, when all that may be asked have answered, or after
   * `timeoutMs`.
   */
  async settled(log: Uint8Array, copies: number, timeoutMs: number, signal: AbortSignal): Promise<Copy[]> {
    const { time } = this.#context
    const endUs = time.now().nowUs + timeoutMs * 1000
    for (;;) {
      const all = this.find(log)?.copies ?? []
      const state = this.stateOf(log)
      const kept = all.filter(
        (copy) => copy.state === 'kept' && state !== undefined && copy.held !== undefined && equal(copy.held, state),
      )
      const asked = this.#context.custodians()
      const answered = asked.every((one) =>
        all.some((copy) => equal(copy.custodian, one) && (copy.problem !== undefined || kept.includes(copy))),
      )
      if (kept.length >= copies || answered || time.now().nowUs >= endUs || signal.aborted) return [...all]
      await new Promise<void>((resolve) => {
        const done = (): void => {
          timer.cancel()
          this.#waiting.delete(done)
          resolve()
        }
        const timer = time.after(100, done)
        this.#waiting.add(done)
      })
    }
  }

  /** A log has a newer state: it is offered soon, with what comes right after it. */
  handleCommit(log: Uint8Array): void {
    if (this.find(log) === undefined || this.#ended.signal.aborted) return
    const { nowUs } = this.#context.time.now()
    this.#deadline.set(nowUs, nowUs + commitDelayUs)
  }

  /** Begins what is due now. */
  poll(): void {
    if (this.#polling || this.#ended.signal.aborted) return
    this.#polling = true
    const { time, custodians } = this.#context
    const { nowMs, nowUs } = time.now()
    this.#keeper.setCustodians(custodians())
    for (const { log } of this.list()) {
      const state = this.stateOf(log)
      if (state !== undefined) this.#keeper.handleHead(nowMs, log, state)
    }
    for (let action = this.#keeper.pollAction(nowMs); action !== undefined; action = this.#keeper.pollAction(nowMs)) {
      const task: Promise<void> = this.#do(action)
        .catch(() => this.#keeper.handleUnreachable(time.now().nowMs, action.log, action.custodian))
        .finally(() => {
          this.#running.delete(task)
          this.#write()
          this.poll()
          for (const done of this.#waiting) done()
        })
      this.#running.add(task)
    }
    this.#write()
    this.#polling = false
    if (this.list().length > 0) this.#deadline.set(nowUs, nowUs + this.#keeper.pollDelayMs(nowMs) * 1000)
  }

  /** Resolves when nothing is asked any more and all that was learned is on disk. */
  async close(): Promise<void> {
    this.#ended.abort()
    this.#deadline.clear()
    await Promise.allSettled(this.#running)
    await this.#writing
  }

  async #do(action: Action): Promise<void> {
    const link = await this.#context.dial(action.custodian, this.#ended.signal)
    try {
      if (action.kind === 'offer') await this.#offer(action, link)
      else if (action.kind === 'audit') await this.#audit(action, link)
      else {
        await link.ask({ type: 'withdraw', request: this.#nextRequest(), log: action.log })
        this.#keeper.handleWithdrawn(action.log, action.custodian)
      }
    } finally {
      link.close()
    }
  }

  async #offer({ log, custodian, untilMs }: Extract<Action, { kind: 'offer' }>, link: CustodianLink): Promise<void> {
    const { crypto, held: newest, name, time } = this.#context
    const held = newest(log)
    const state = this.stateOf(log)
    if (held === undefined || state === undefined) throw new RunnelError('NOT_FOUND', 'this node does not write it')
    const { headBytes, page } = held
    const question = {
      type: 'offer',
      request: this.#nextRequest(),
      wantUntilMs: untilMs,
      headBytes,
      page,
      name,
    } as const
    const answer = await link.ask(question)
    const { nowMs } = time.now()
    const refuse = (text: string): void => {
      this.#keeper.handleRefused(nowMs, log, custodian, { reason: 'policy', retryS: 0, text }, true)
    }
    if (answer.type === 'refused') return this.#keeper.handleRefused(nowMs, log, custodian, answer)
    if (answer.type !== 'receipt') return refuse('it answered something else')
    const { receipt } = answer
    const signed = equal(receipt.custodian, custodian) && equal(receipt.log, log) && verifyReceipt(crypto, receipt)
    if (!signed || !equal(receipt.head, crypto.hash(headBytes))) return refuse('its receipt is for something else')
    // Its clock may be wrong; a promise that is over already is none.
    if (receipt.untilMs <= nowMs) return refuse('its receipt is over already: one of two clocks is wrong')
    this.#offered.set(toHex(log) + toHex(custodian), held)
    this.#keeper.handleReceipt(nowMs, receipt, state)
  }

  async #audit({ log, custodian, again }: Extract<Action, { kind: 'audit' }>, link: CustodianLink): Promise<void> {
    const { crypto, store, time, randomBytes } = this.#context
    const held = this.#promised(log, custodian)
    const place = toHex(log) + toHex(custodian)
    const before = again ? this.#failed.get(place) : undefined
    const read = (name: Uint8Array): Uint8Array | undefined => store.readChunk(name)?.bytes
    const names: Uint8Array[] = []
    const expected: Uint8Array[] = []
    const nonce = randomBytes(32)
    for (const name of before ?? (held === undefined ? [] : pickChallenge(held, () => this.#random(), read))) {
      const chunk = read(name)
      if (chunk === undefined) continue
      names.push(name)
      expected.push(auditProof(crypto, nonce, custodian, chunk))
    }
    let result: AuditResult = 'unknown'
    if (names.length > 0) {
      const question = { type: 'challenge', request: this.#nextRequest(), log, nonce, names } as const
      // It was reached: silence is an answer too.
      const answer = await link.ask(question).catch(() => undefined)
      result = this.#ended.signal.aborted ? 'unknown' : auditResult(answer, expected)
    }
    if (result === 'bad') this.#failed.set(place, names)
    else this.#failed.delete(place)
    this.#keeper.handleAudit(time.now().nowMs, log, custodian, result)
  }

  /** The state that a custodian has signed for, where it is known here. */
  #promised(log: Uint8Array, custodian: Uint8Array): HeldHead | undefined {
    const offered = this.#offered.get(toHex(log) + toHex(custodian))
    if (offered !== undefined) return offered
    const state = this.stateOf(log)
    const copy = this.find(log)?.copies.find((one) => equal(one.custodian, custodian))
    return copy?.held !== undefined && state !== undefined && equal(copy.held, state)
      ? this.#context.held(log)
      : undefined
  }

  /** The newest state of a log, whenever it was signed: 32 bytes. */
  stateOf(log: Uint8Array): Uint8Array | undefined {
    const { crypto, held } = this.#context
    const head = held(log)?.head
    return head && crypto.hashParts(head.closedRoot, head.openPage)
  }

  /** Has a duty on disk. Throws what makes that impossible. */
  async #store(log: Uint8Array): Promise<void> {
    await this.#writing
    const duty = this.find(log)
    if (duty !== undefined) await this.#context.store.setValue(dutyKey(log), encodeDuty(duty))
  }

  #write(): void {
    for (const duty of this.#keeper.takeChanged()) {
      const gone = this.find(duty.log) === undefined
      const bytes = gone ? new Uint8Array(0) : encodeDuty(duty)
      // What cannot be written is known in this process, and learned again by the next one.
      this.#writing = this.#writing.then(() => this.#context.store.setValue(dutyKey(duty.log), bytes)).catch(() => {})
    }
  }

  #nextRequest(): number {
    this.#request = this.#request >= maxRequest ? 1 : this.#request + 1
    return this.#request
  }

  #random(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#context.randomBytes(4)
    return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32
  }
}

function auditResult(answer: CustodyMessage | undefined, expected: readonly Uint8Array[]): AuditResult {
  if (answer?.type === 'refused' && answer.reason === 'unknown') return 'bad'
  if (answer?.type !== 'proof') return 'evaded'
  const { proofs } = answer
  const whole = proofs.length === expected.length
  return whole && expected.every((proof, index) => equal(proof, proofs[index] ?? noProof)) ? 'good' : 'bad'
}
