// The custodian's half: decides about offers by the operator's policy, fetches what is promised, and signs only when all of
// it is on disk. What was promised is kept until its time is over by more than clocks are wrong, also across restarts.

import { toHex } from '../../stack/bytes/index.js'
import {
  auditProof,
  busyRetryS,
  type Client,
  type CustodyLedger,
  type CustodyMessage,
  type CustodyRecord,
  clientKey,
  type Granted,
  maxChallengesAMinute,
  maxListed,
  maxWaitingOffers,
  maxWalks,
  noProof,
  type Refused,
  refused,
  signReceipt,
} from '../../stack/custody/index.js'
import {
  compareHeads,
  decodeHead,
  forkOf,
  type HeldHead,
  maxChunkBytes,
  maxTreeLevel,
  openHeldHead,
  PrefixCheck,
} from '../../stack/data/index.js'
import type { Time, Timer } from '../outside.js'
import { ReadSession, type SessionContext } from '../reader/index.js'
import { Holdings, type HoldingsContext } from './holdings.js'
import type { Kept } from './kept-trees.js'
import { expireEveryMs, keepIdleMs } from './limits.js'

export interface CustodianContext extends HoldingsContext {
  readonly time: Time
  readonly session: SessionContext
  readonly device: Uint8Array
  readonly deviceSeed: Uint8Array
}

type Question = Extract<CustodyMessage, { type: 'offer' | 'challenge' | 'withdraw' | 'list' }>
type Offer = Extract<CustodyMessage, { type: 'offer' }>

type Answer = Exclude<CustodyMessage, Question>

/** Sends an answer; resolves when there is room for another one, also when it is never read. */
export type Reply = (answer: Answer) => Promise<void> | void

const minuteMs = 60_000

/** An open page, and a tree of each level. */
const maxEdgeBytes = (maxTreeLevel + 2) * maxChunkBytes

/** What an offer may have, and what it says that it needs. */
interface Room extends Granted {
  readonly declared: number
}

/** What contradicts a state that was promised is refused: that one stays until its time. */
const forkText = 'this head contradicts the one that is kept; that stays until its time'

export class Custodian {
  /** Refusals by reason, for `status`. */
  readonly refusals = new Map<string, number>()
  readonly #context: CustodianContext
  readonly #holdings: Holdings
  readonly #challenges = new Map<string, { sinceMs: number; count: number }>()
  readonly #ended = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  /** What is being fetched, by client and log. */
  readonly #offers = new Map<string, { readonly end: () => void; readonly ended: Promise<unknown> }>()
  readonly #waiting: (() => void)[] = []
  #walks = 0
  #timer: Timer | undefined

  constructor(context: CustodianContext) {
    this.#context = context
    this.#holdings = new Holdings(context)
    this.#schedule()
  }

  get ledger(): CustodyLedger {
    return this.#holdings.ledger
  }

  /**
   * Answers one message of a client; what is no question is ignored. `signal` ends what it still does for it. Resolves when
   * the answer has been sent, so that who reads none is asked for no more. Throws nothing.
   */
  async handle(client: Client, message: CustodyMessage, reply: Reply, signal: AbortSignal): Promise<void> {
    const task = this.#answer(client, message, reply, AbortSignal.any([signal, this.#ended.signal])).catch(
      (error: unknown) => refused('missing', error instanceof Error ? error.message : String(error), busyRetryS),
    )
    this.#running.add(task)
    const outcome = await task.finally(() => this.#running.delete(task))
    if (outcome === undefined) return
    if ('type' in outcome) return reply(outcome)
    this.refusals.set(outcome.reason, (this.refusals.get(outcome.reason) ?? 0) + 1)
    await reply({ type: 'refused', request: message.request, ...outcome, text: shortened(outcome.text) })
  }

  /** Lets go of what is over, but for what is about to be promised again. */
  async expire(): Promise<void> {
    for (const { client, log } of this.ledger.expired(this.#context.time.now().nowMs)) {
      if (!this.ledger.isReserved(client, log)) await this.#holdings.drop(client, log)
    }
  }

  /** Resolves when nothing is being fetched or let go of. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    this.#ended.abort()
    for (const go of this.#waiting.splice(0)) go()
    await Promise.allSettled(this.#running)
  }

  async #answer(
    client: Client,
    message: CustodyMessage,
    reply: Reply,
    signal: AbortSignal,
  ): Promise<Answer | Refused | undefined> {
    const { request } = message
    switch (message.type) {
      case 'offer':
        return this.#offer(client, message, reply, signal)
      case 'challenge': {
        const proofs = this.#prove(client, message.log, message.nonce, message.names)
        return Array.isArray(proofs) ? { type: 'proof', request, proofs } : proofs
      }
      case 'withdraw':
        await this.#endOffer(client, message.log)
        await this.#holdings.drop(clientKey(client), message.log)
        return { type: 'withdrawn', request, log: message.log }
      case 'list': {
        const after = toHex(message.after)
        const records = this.ledger.list(clientKey(client)).filter(({ log }) => toHex(log) > after)
        const { crypto } = this.#context
        const listed = records.slice(0, maxListed).map(({ log, headBytes, bytes, untilMs }) => {
          return { log, head: crypto.hash(headBytes), bytes, untilMs }
        })
        return { type: 'listed', request, listed }
      }
      default:
        return undefined
    }
  }

  async #offer(client: Client, offer: Offer, reply: Reply, signal: AbortSignal): Promise<Answer | Refused> {
    const { time } = this.#context
    const { nowMs } = time.now()
    const held = this.#read(offer, nowMs)
    if ('reason' in held) return held
    const { log, reachable } = held.head
    const before = this.ledger.find(clientKey(client), log)
    const earlier = this.#holdings.held(before)
    const wrong = earlier && this.#contradiction(earlier, held)
    if (wrong !== undefined) return wrong
    // What a later state has others in place of is there until that is on disk.
    const declared = reachable + (earlier === undefined ? 0 : maxEdgeBytes)
    const granted = this.ledger.admit(nowMs, client, log, offer.wantUntilMs, declared)
    if ('reason' in granted) return granted
    const withdrawn = new AbortController()
    const room = { ...granted, declared }
    const taking = this.#take(client, offer, held, earlier, room, reply, AbortSignal.any([signal, withdrawn.signal]))
    const place = placeOf(client, log)
    const under = { end: () => withdrawn.abort(), ended: taking.catch(() => {}) }
    this.#offers.set(place, under)
    return taking.finally(() => {
      if (this.#offers.get(place) === under) this.#offers.delete(place)
    })
  }

  /** Fetches and promises what was admitted, whose room is set aside until then. */
  async #take(
    client: Client,
    offer: Offer,
    held: HeldHead,
    earlier: HeldHead | undefined,
    room: Room,
    reply: Reply,
    signal: AbortSignal,
  ): Promise<Answer | Refused> {
    const { crypto, time, trees, device, deviceSeed } = this.#context
    const { log, reachable } = held.head
    const before = this.ledger.find(clientKey(client), log)
    let record: CustodyRecord | undefined
    try {
      if (!(await this.#turn())) return refused('busy', 'too many offers are being fetched', busyRetryS)
      let telling = false
      const progress = (bytes: number): void => {
        if (telling) return
        telling = true
        const told = reply({ type: 'progress', request: offer.request, bytes, ofBytes: reachable })
        void Promise.resolve(told).finally(() => {
          telling = false
        })
      }
      const kept = await this.#fetch(client, held, earlier, room, signal, progress).finally(() => this.#endTurn())
      if ('reason' in kept) return kept
      const name = offer.name?.slice() ?? before?.name
      if (name !== undefined) await this.#learn(name, signal)
      const untilMs = Math.max(room.untilMs, before?.untilMs ?? 0)
      const { bytes, chunks } = kept
      const { nowMs } = time.now()
      record = { client: clientKey(client), log, name, headBytes: held.headBytes, bytes, chunks, untilMs }
      await this.#holdings.put(record, held, nowMs)
      if (earlier !== undefined) {
        const freed = await trees.releaseEdge(earlier, kept.names)
        record = { ...record, bytes: bytes - freed.bytes, chunks: chunks - freed.chunks }
        await this.#holdings.put(record, held, nowMs)
      }
      const head = crypto.hash(held.headBytes)
      const receipt = signReceipt(crypto, deviceSeed, { head, log, bytes: record.bytes, untilMs, custodian: device })
      return { type: 'receipt', request: offer.request, receipt }
    } finally {
      this.ledger.settle(client, log, record)
    }
  }

  /** Ends what is being fetched of a log for a client: nothing may be let go of while it is about to be promised. */
  async #endOffer(client: Client, log: Uint8Array): Promise<void> {
    const place = placeOf(client, log)
    for (let offer = this.#offers.get(place); offer !== undefined; offer = this.#offers.get(place)) {
      offer.end()
      await offer.ended
    }
  }

  /** The head of an offer, verified; copied, because the message is borrowed. */
  #read({ headBytes, page }: Offer, nowMs: number): HeldHead | Refused {
    const bytes = headBytes.slice()
    const head = decodeHead(bytes)
    const held =
      typeof head === 'string' ? head : openHeldHead(this.#context.crypto, nowMs, head.log, bytes, page.slice())
    if (held === 'future-time')
      return refused('clock', 'this head is signed more than ten minutes ahead of the clock here')
    return typeof held === 'string' ? refused('badHead', `this head does not verify (${held})`) : held
  }

  /** Why the head of an offer cannot follow the one that is kept. */
  #contradiction(earlier: HeldHead, held: HeldHead): Refused | undefined {
    if (forkOf(earlier, held) === 'fork') {
      this.#context.session.handleFork({ log: held.head.log, first: earlier, second: held })
      return refused('fork', forkText)
    }
    if (compareHeads(held.head, earlier.head) >= 0) return undefined
    return refused('badHead', 'a later state of this log is kept already')
  }

  /** Brings all of it here; what cannot be promised after all is let go of again. */
  async #fetch(
    client: Client,
    held: HeldHead,
    earlier: HeldHead | undefined,
    { roomBytes, declared }: Room,
    signal: AbortSignal,
    progress: (bytes: number) => void,
  ): Promise<Kept | Refused> {
    const { trees } = this.#context
    const { log } = held.head
    const before = this.ledger.find(clientKey(client), log)
    const since = before && earlier && { held: earlier, bytes: before.bytes, chunks: before.chunks }
    const denied = (name: Uint8Array): string | undefined => this.ledger.policy.denied.get(toHex(name))
    await this.#holdings.begin(client, held)
    let no: Refused | undefined
    try {
      const kept = await trees.keep(held, since, { maxBytes: roomBytes, signal, denied, progress })
      no = this.#refusalOf(kept, roomBytes < declared)
      if (no === undefined && (earlier === undefined || this.#continues(earlier, held))) return kept
      if (no === undefined && earlier !== undefined) {
        this.#context.session.handleFork({ log, first: earlier, second: held })
        no = refused('fork', forkText)
      }
    } catch (error) {
      no = refused('missing', error instanceof Error ? error.message : String(error), 2 * busyRetryS)
    }
    await this.#holdings.abandon(client, held)
    return no ?? refused('missing', 'it could not be fetched', busyRetryS)
  }

  #refusalOf({ ended, denied }: Kept, short: boolean): Refused | undefined {
    if (denied !== undefined) return refused('denied', denied)
    if (ended === undefined) return undefined
    if (ended !== 'too-large') return refused('badHead', `it does not add up (${ended})`)
    return short ? refused('quota', 'there is not so much room left') : refused('tooLarge', tooLargeText)
  }

  #continues(earlier: HeldHead, held: HeldHead): boolean {
    const check = new PrefixCheck(this.#context.crypto, earlier, held)
    for (let wanted = check.wanted(); wanted.length > 0; wanted = check.wanted()) {
      for (const name of wanted) check.handleChunk(name, this.#context.store.readKept(name) ?? new Uint8Array(0))
    }
    return check.result() === 'continues'
  }

  #prove(client: Client, log: Uint8Array, nonce: Uint8Array, names: readonly Uint8Array[]): Refused | Uint8Array[] {
    const { crypto, store, time, device } = this.#context
    const who = clientKey(client)
    if (this.ledger.find(who, log) === undefined) return refused('unknown', 'nothing is kept of that log for you')
    const { nowMs } = time.now()
    for (const [key, { sinceMs }] of this.#challenges)
      if (Math.abs(nowMs - sinceMs) >= minuteMs) this.#challenges.delete(key)
    const recent = this.#challenges.get(toHex(who)) ?? { sinceMs: nowMs, count: 0 }
    if (recent.count >= maxChallengesAMinute) return refused('busy', 'too many challenges', 60)
    recent.count += 1
    this.#challenges.set(toHex(who), recent)
    return names.map((name) => {
      const chunk = store.readKept(name)
      return chunk === undefined ? noProof : auditProof(crypto, nonce, device, chunk)
    })
  }

  /** What the name's certificate and cards say is kept as well, so that a link to the stream can be followed. */
  async #learn(name: Uint8Array, signal: AbortSignal): Promise<void> {
    const session = new ReadSession(this.#context.session, { idleTimeoutMs: keepIdleMs }, signal)
    try {
      await session.name(name)
    } catch {
      // The log is kept all the same; whoever has its key can read it.
    } finally {
      session.close()
    }
  }

  /** Waits until a walk may run. False when too many wait already. */
  async #turn(): Promise<boolean> {
    if (this.#walks >= maxWalks) {
      if (this.#waiting.length >= maxWaitingOffers) return false
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
      if (this.#ended.signal.aborted) return false
    }
    this.#walks += 1
    return true
  }

  #endTurn(): void {
    this.#walks -= 1
    this.#waiting.shift()?.()
  }

  #schedule(): void {
    this.#timer = this.#context.time.after(expireEveryMs, () => {
      void this.expire().catch(() => {})
      this.#schedule()
    })
  }
}

function placeOf(client: Client, log: Uint8Array): string {
  return toHex(clientKey(client)) + toHex(log)
}

const tooLargeText = 'it is larger than its head says'

/** Cut by characters, so that it fits what a refusal may say in UTF-8. */
function shortened(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
