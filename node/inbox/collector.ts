// An owner's half: registers at a custodian, takes what waits there, and stays in the conversation to be told of more. A
// letter is acknowledged to the custodian when it is on disk here, never before.

import { equal, KeySet, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  countStranger,
  decodeEnvelope,
  droppedBy,
  type InboxReceipt,
  type Letter,
  type Listed,
  MAX_LISTED,
  openEnvelope,
  REGISTRATION_LIFE_MS,
  type StrangerCount,
  strangersLeft,
  toFetch,
  uncountStranger,
  verifyLetter,
} from '../../stack/inbox/index.js'
import type { Certificate } from '../../stack/name/index.js'
import type { Identity } from '../identity/index.js'
import type { Time, Timer } from '../outside.js'
import type { OwnItem } from '../store/index.js'
import type { Contacts } from './contacts.js'
import type { InboxKeys } from './keys.js'
import type { Letters } from './letters.js'
import { firstRestMs, inboxQuotaBytes, listEveryMs, longestRestMs, refusedRestMs, renewMs } from './limits.js'
import { type Dial, TalkClient } from './talk.js'

export interface CollectorContext {
  readonly crypto: Crypto
  readonly time: Time
  readonly identity: Pick<Identity, 'name' | 'device'>
  readonly randomBytes: (count: number) => Uint8Array
  readonly dial: Dial
  readonly keys: InboxKeys
  readonly letters: Letters
  readonly contacts: Contacts
  /** The highest certificate of a name that this node holds. */
  readonly knownCertificate: (name: Uint8Array) => Certificate | undefined
  readonly ownCertificate: () => Uint8Array
  readonly strangers: { value: StrangerCount | undefined; readonly store: (count: StrangerCount) => OwnItem }
  /** Envelopes that are on their way here, by id in hex, whoever of the custodians gives them. */
  readonly fetching: Map<string, Promise<boolean>>
  /** Why envelopes were taken and not shown, by reason. */
  readonly counters: Map<string, number>
  /** A custodian keeps the inbox now, or not any more. */
  readonly handleRegistered: () => void
  /** A contact has used half of its tickets. */
  readonly handleSpent: (contact: Uint8Array) => void
  /** Receipts of other custodians that came with an envelope. */
  readonly handleWitnesses: (witnesses: readonly InboxReceipt[]) => void
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
      const known = answer.envelopes.filter(({ id }) => letters.has(id)).map(({ id }) => id)
      const done = [...known]
      let taken = 0
      for (const listed of toFetch(answer.envelopes, (id) => letters.has(id), allowed)) {
        if (letters.full || this.#ended.signal.aborted) break
        // Other custodians' lists are fetched at the same time, of the same hundred.
        const isTaken = await this.#once(listed.id, async () => {
          if (listed.serial === undefined && !this.#takeStranger()) return false
          return this.#fetch(client, listed)
        })
        if (!isTaken) continue
        done.push(listed.id)
        taken += 1
      }
      if (done.length > 0) await client.ask({ type: 'acknowledge', ids: done })
      this.#heldBack = letters.full
      if (taken === 0 || letters.full) return
    }
  }

  /** What two custodians list is fetched from one of them. */
  async #once(id: Uint8Array, fetch: () => Promise<boolean>): Promise<boolean> {
    const { fetching, letters } = this.#context
    const key = toHex(id)
    const other = fetching.get(key)
    if (other !== undefined) {
      await other.catch(() => {})
      if (letters.has(id)) return true
    }
    const own = fetch()
    fetching.set(key, own)
    try {
      return await own
    } finally {
      if (fetching.get(key) === own) fetching.delete(key)
    }
  }

  /** Whether it is on disk here, or will never be of use. */
  async #fetch(client: TalkClient, { id, serial }: Listed): Promise<boolean> {
    const { crypto, letters, contacts, strangers } = this.#context
    const answer = await client.ask({ type: 'fetch', id })
    if (answer.type !== 'fetched' || answer.envelope.length === 0) {
      // It had to go meanwhile: nothing was downloaded.
      if (serial === undefined) strangers.value = uncountStranger(strangers.value)
      return false
    }
    if (!equal(crypto.hash(answer.envelope), id)) {
      this.#count('another envelope than was listed')
      return false
    }
    this.#context.handleWitnesses(answer.witnesses)
    const letter = this.#open(answer.envelope)
    const usable = typeof letter === 'string' ? undefined : letter
    if (typeof letter === 'string') this.#count(letter)
    await letters.take(id, usable, usable?.kind === 'message', () => {
      const items = usable === undefined ? [] : contacts.receive(usable.sender, usable.tickets)
      if (serial === undefined && strangers.value !== undefined) items.push(strangers.store(strangers.value))
      return items
    })
    const spentBy = serial === undefined ? undefined : await contacts.spend(serial)
    if (spentBy !== undefined && !contacts.isBlocked(spentBy)) this.#context.handleSpent(spentBy)
    return true
  }

  /** Counts one more of today's strangers, before it is fetched; false when there were enough. */
  #takeStranger(): boolean {
    const { time, strangers } = this.#context
    const { nowMs } = time.now()
    if (strangersLeft(strangers.value, nowMs) === 0) return false
    strangers.value = countStranger(strangers.value, nowMs)
    return true
  }

  /** A letter that is to be kept, or why not. */
  #open(bytes: Uint8Array): Letter | string {
    const { crypto, identity, keys, letters, contacts, knownCertificate } = this.#context
    const envelope = decodeEnvelope(bytes)
    if (typeof envelope === 'string') return envelope
    if (!equal(envelope.inbox, identity.name)) return 'bad-name'
    const letter = openEnvelope(crypto, envelope, identity.device, keys.privateKeys)
    if (typeof letter === 'string') return letter
    const refused = verifyLetter(crypto, letter, envelope, knownCertificate(letter.sender))
    if (refused !== undefined) return refused
    if (contacts.isBlocked(letter.sender)) return 'blocked'
    return letters.hasLetter(letter.sender, letter.id) ? 'twice' : letter
  }

  #count(reason: string): void {
    const { counters } = this.#context
    counters.set(reason, (counters.get(reason) ?? 0) + 1)
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
