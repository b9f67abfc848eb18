// An owner's half: registers at a custodian, takes what waits there, and stays in the conversation to be told of more. A
// letter is acknowledged to the custodian when it is on disk here, never before.

import { equal, KeySet } from '../../stack/bytes/index.js'
import {
  droppedBy,
  type InboxReceipt,
  MAX_LISTED,
  REGISTRATION_LIFE_MS,
  strangersLeft,
  toFetch,
} from '../../stack/inbox/index.js'
import type { Timer } from '../outside.js'
import {
  fetchesAtOnce,
  firstRestMs,
  inboxQuotaBytes,
  listEveryMs,
  longestRestMs,
  refusedRestMs,
  renewMs,
} from './limits.js'
import { type TakingContext, takeListed } from './taking.js'
import { type Dial, TalkClient } from './talk.js'

export interface CollectorContext extends TakingContext {
  readonly randomBytes: (count: number) => Uint8Array
  readonly dial: Dial
  readonly ownCertificate: () => Uint8Array
  /** A custodian keeps the inbox now, or not any more. */
  readonly handleRegistered: () => void
  readonly handleDropped: (custodian: Uint8Array) => void
}

export class Collector {
  readonly custodian: Uint8Array
  /** Until when this custodian has promised to keep the inbox; 0 before it has. */
  registeredUntilMs = 0
  /** Why it does not. */
  problem: string | undefined
  readonly #context: CollectorContext
  readonly #ended = new AbortController()
  readonly #seen: KeySet
  #suspected: InboxReceipt[] = []
  #client: TalkClient | undefined
  #wake: (() => void) | undefined
  #restMs = firstRestMs
  #again = false
  #heldBack = false
  #registeredMs = Number.NEGATIVE_INFINITY
  readonly done: Promise<void>

  constructor(custodian: Uint8Array, context: CollectorContext) {
    this.custodian = custodian
    this.#context = context
    this.#seen = new KeySet(context.randomBytes(8), 16_384)
    this.done = this.#run()
  }

  /** Asks again soon: something may have come, or room was made. */
  soon(): void {
    this.#again = true
    // A rest after a failure is not cut short: whoever is down would be asked without end.
    if (this.#client?.isOpen === true) this.#wake?.()
  }

  /**
   * The custodian has just linked to us: it runs, and perhaps with other settings than when it refused or was not to be had.
   * A rest is over then; one link is a reason to ask once.
   */
  handleLinked(): void {
    if (this.#client !== undefined) return
    this.#restMs = firstRestMs
    this.#wake?.()
  }

  /** Tells the custodian that the card has changed: it asks for it. */
  registerAgain(): void {
    if (this.registeredUntilMs === 0) return
    this.#registeredMs = Number.NEGATIVE_INFINITY
    this.soon()
  }

  /** Asks again if the last time something was left because there was no room for it. */
  soonIfHeldBack(): void {
    if (this.#heldBack) this.soon()
  }

  /** Looks whether this custodian has what it signed for. */
  suspect(receipts: readonly InboxReceipt[]): void {
    const own = receipts.filter(({ custodian }) => equal(custodian, this.custodian))
    if (own.length === 0) return
    this.#suspected.push(...own)
    this.soon()
  }

  /** Takes back tickets; false when it could not be told. */
  async revoke(serials: readonly Uint8Array[], untilMs: number): Promise<boolean> {
    try {
      const answer = await this.#client?.ask({ type: 'revoke', untilMs, serials })
      return answer?.type === 'done'
    } catch {
      return false
    }
  }

  close(): void {
    this.#ended.abort()
    this.#client?.close()
    this.#wake?.()
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      try {
        await this.#converse()
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error)
      }
      this.#client?.close()
      this.#client = undefined
      this.#again = false
      if (this.#ended.signal.aborted) return
      await this.#pause(this.#restMs)
      this.#restMs = Math.min(longestRestMs, 2 * this.#restMs)
    }
  }

  async #converse(): Promise<void> {
    const { time, dial } = this.#context
    const talk = await dial(this.custodian, this.#ended.signal)
    const client = new TalkClient(talk, time, () => this.soon())
    this.#client = client
    // One that we have left must not cut the rest short.
    void client.ended.then(() => {
      if (this.#client === client) this.#wake?.()
    })
    this.#registeredMs = Number.NEGATIVE_INFINITY
    while (client.isOpen && !this.#ended.signal.aborted) {
      const { nowMs } = time.now()
      if (nowMs >= this.#registeredMs + renewMs || nowMs < this.#registeredMs) {
        this.#registeredMs = nowMs
        if (!(await this.#register(client, nowMs))) return
      }
      this.#again = false
      await this.#collect(client)
      this.#restMs = firstRestMs
      if (!this.#again && client.isOpen) await this.#pause(listEveryMs)
    }
  }

  async #register(client: TalkClient, nowMs: number): Promise<boolean> {
    const { ownCertificate, handleRegistered } = this.#context
    const untilMs = nowMs + REGISTRATION_LIFE_MS
    const certificate = ownCertificate()
    const answer = await client.ask({ type: 'register', untilMs, quotaBytes: inboxQuotaBytes, certificate })
    const isKept = answer.type === 'registered'
    this.registeredUntilMs = isKept ? answer.untilMs : 0
    this.problem = isKept ? undefined : answer.type === 'refused' ? `it said ${answer.reason}` : 'it said nonsense'
    handleRegistered()
    // An operator who keeps no inboxes is asked again, but seldom.
    if (!isKept) this.#restMs = refusedRestMs
    return isKept
  }

  /** Takes everything that may be taken now. */
  async #collect(client: TalkClient): Promise<void> {
    const { crypto, time, letters, strangers } = this.#context
    for (;;) {
      const allowed = strangersLeft(strangers.value, time.now().nowMs)
      const answer = await client.ask({ type: 'list', contacts: MAX_LISTED / 2, strangers: allowed })
      if (answer.type !== 'listed') return
      const ids = new KeySet(new Uint8Array(8), MAX_LISTED)
      for (const { id } of answer.envelopes) {
        ids.add(id)
        if (this.#seen.full) this.#seen.clear()
        this.#seen.add(id)
      }
      const wholeList = answer.more === 0
      const strangersWhole = answer.envelopes.filter(({ serial }) => serial === undefined).length < allowed
      const suspected = this.#suspected.splice(0).filter(({ envelope, kind }) => {
        return !this.#seen.has(envelope) && wholeList && (kind === 'kept' || strangersWhole)
      })
      const asked = [{ custodian: this.custodian, ids, displaced: answer.displaced }]
      for (const custodian of droppedBy(crypto, time.now().nowMs, suspected, asked)) {
        this.#context.handleDropped(custodian)
      }
      const known: Uint8Array[] = []
      const isTaken = (id: Uint8Array): boolean => letters.has(id) && known.push(id) > 0
      const wanted = toFetch(answer.envelopes, isTaken, allowed)
      const { taken, isHeldBack } = await takeListed(this.#context, client, wanted, () => this.#ended.signal.aborted)
      const done = [...known, ...taken]
      if (done.length > 0) await client.ask({ type: 'acknowledge', ids: done })
      // Room may have been made since, and nobody would say so again.
      this.#heldBack = isHeldBack && !letters.hasRoom(fetchesAtOnce)
      if (this.#heldBack || (taken.length === 0 && !isHeldBack)) return
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer: Timer = this.#context.time.after(ms, () => this.#wake?.())
      this.#wake = () => {
        this.#wake = undefined
        timer.cancel()
        resolve()
      }
      if (this.#ended.signal.aborted) this.#wake()
    })
  }
}
