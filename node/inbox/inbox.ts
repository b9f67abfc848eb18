// The inbox of a node: its keys and custodians, the letters that wait here, whom it lets write, and sending. Custodians are
// found by themselves: every upstream, and those of the configuration, is asked to keep the inbox; those that do are listed.

import { RunnelError } from '../../errors/index.js'
import { concat, equal, Reader, toHex, Writer } from '../../stack/bytes/index.js'
import type { InboxReceipt, StrangerCount } from '../../stack/inbox/index.js'
import { TICKET_LIFE_MS } from '../../stack/inbox/index.js'
import type { InboxRecord } from '../../stack/name/index.js'
import type { LogEvent } from '../log-event.js'
import type { Timer } from '../outside.js'
import type { Files, OwnItem, Store } from '../store/index.js'
import { Collector, type CollectorContext } from './collector.js'
import { Contacts } from './contacts.js'
import { InboxKeys } from './keys.js'
import { Letters, type WaitingLetter } from './letters.js'
import { fetchesAtOnce, maxKeepers, renewMs } from './limits.js'
import { type Outgoing, type SenderContext, type Sent, sendLetter } from './sender.js'

const strangersKey = 'strangers'

export interface InboxContext extends Omit<SenderContext, 'contacts' | 'store'> {
  readonly store: Pick<Store, 'commit' | 'values' | 'value'>
  readonly files: Files
  readonly home: string
  readonly knownCertificate: CollectorContext['knownCertificate']
  /** Lists these in the card, in the place of all inbox records that it has; on disk when it resolves. */
  readonly list: (records: readonly InboxRecord[]) => Promise<void>
  readonly listed: () => readonly InboxRecord[]
  readonly log: (event: LogEvent) => void
}

/** A custodian as it is shown. */
export interface KeeperState {
  readonly custodian: Uint8Array
  /** 0 where it keeps nothing. */
  readonly untilMs: number
  readonly problem: string | undefined
  /** Envelopes that it has signed for and does not have. */
  readonly dropped: number
}

export class Inbox {
  readonly letters: Letters
  readonly contacts: Contacts
  /** Why envelopes were taken and not shown. */
  readonly refused = new Map<string, number>()
  readonly #context: InboxContext
  readonly #keys: InboxKeys
  readonly #sender: SenderContext
  readonly #collectors: Collector[] = []
  readonly #dropped = new Map<string, number>()
  readonly #ended = new AbortController()
  #listing: Promise<void> = Promise.resolve()
  #timer: Timer | undefined

  constructor(context: InboxContext) {
    const { crypto, store, time, identity, randomBytes, files, home } = context
    this.#context = context
    this.letters = new Letters(store, time)
    this.contacts = new Contacts({ crypto, store, identity, randomBytes })
    this.#keys = new InboxKeys({ crypto, files, home, randomBytes, device: identity.device })
    this.#sender = { ...context, contacts: this.contacts }
  }

  /** Begins to ask these devices to keep the inbox, and to collect. */
  start(custodians: readonly Uint8Array[]): void {
    const { crypto, time, identity, randomBytes, dial, knownCertificate, ownCertificate } = this.#context
    const strangers = {
      value: readCount(this.#context.store.value(strangersKey)),
      store: (count: StrangerCount): OwnItem => ({ type: 'value', key: strangersKey, bytes: writeCount(count) }),
    }
    const collecting: CollectorContext = {
      crypto,
      time,
      identity,
      randomBytes,
      dial,
      keys: this.#keys,
      letters: this.letters,
      contacts: this.contacts,
      knownCertificate,
      ownCertificate,
      strangers,
      fetching: new Map(),
      counters: this.refused,
      handleRegistered: () => this.#relist(),
      handleSpent: (contact) => void this.#grant(contact, this.#ended.signal).catch(() => {}),
      handleWitnesses: (witnesses: readonly InboxReceipt[]) => {
        for (const collector of this.#collectors) collector.suspect(witnesses)
      },
      handleDropped: (custodian) => this.#handleDropped(custodian),
    }
    for (const custodian of custodians.slice(0, maxKeepers)) {
      this.#collectors.push(new Collector(custodian, collecting))
    }
    this.letters.listen(() => {
      // A list for each letter that was acknowledged would cost more than the letters.
      if (this.letters.hasRoom(fetchesAtOnce)) for (const collector of this.#collectors) collector.soonIfHeldBack()
    })
    this.#renewDaily()
  }

  /** A device has just linked to us: if it is to keep the inbox, it is asked now. */
  handleLinked(device: Uint8Array): void {
    for (const collector of this.#collectors) if (equal(collector.custodian, device)) collector.handleLinked()
  }

  /** Custodians that keep this inbox, or why they do not. */
  keepers(): KeeperState[] {
    return this.#collectors.map(({ custodian, registeredUntilMs, problem }) => ({
      custodian,
      untilMs: registeredUntilMs,
      problem,
      dropped: this.#dropped.get(toHex(custodian)) ?? 0,
    }))
  }

  /** See `sendLetter`. */
  send(
    name: Uint8Array,
    letter: Omit<Outgoing, 'kind' | 'tickets'>,
    signal: AbortSignal,
    timeoutMs?: number,
  ): Promise<Sent> {
    return sendLetter(this.#sender, name, { ...letter, kind: 'message', tickets: [] }, signal, timeoutMs)
  }

  /**
   * Letters that wait, the oldest first; each once. With `follow` it goes on until the signal ends it. Throws ABORTED.
   */
  async *waiting(follow: boolean, signal: AbortSignal): AsyncGenerator<WaitingLetter, void, undefined> {
    let order = 0
    for (;;) {
      const next = this.letters.after(order)
      if (next !== undefined) {
        order = next.order
        yield next
        continue
      }
      if (!follow) return
      await this.#change(signal)
    }
  }

  acknowledge(id: string): Promise<void> {
    return this.letters.acknowledge(id)
  }

  /** Sends tickets. Throws what sending throws; the name is no longer blocked then, all the same. */
  allow(name: Uint8Array, signal: AbortSignal): Promise<Sent> {
    return this.#grant(name, signal)
  }

  /** Nothing of this name is shown from now on; its tickets are revoked where that can be said. */
  async block(name: Uint8Array): Promise<{ revoked: number }> {
    const serials = await this.contacts.block(name)
    if (serials.length === 0) return { revoked: 0 }
    const untilMs = this.#context.time.now().nowMs + TICKET_LIFE_MS
    const told = await Promise.all(this.#collectors.map((collector) => collector.revoke(serials, untilMs)))
    return { revoked: told.some((done) => done) ? serials.length : 0 }
  }

  async close(): Promise<void> {
    this.#ended.abort()
    this.#timer?.cancel()
    for (const collector of this.#collectors) collector.close()
    await Promise.all(this.#collectors.map(({ done }) => done))
    await this.#listing
  }

  async #grant(name: Uint8Array, signal: AbortSignal): Promise<Sent> {
    const { time } = this.#context
    const tickets = await this.contacts.grant(name, time.now().nowMs)
    const letter: Outgoing = { kind: 'grant', subject: '', body: new Uint8Array(0), attachments: [], tickets }
    return sendLetter(this.#sender, name, letter, signal)
  }

  /** The card says which keys count and who keeps what is sealed to them, when that has changed. */
  #relist(): void {
    this.#listing = this.#listing
      .then(async () => {
        const { time, list, listed } = this.#context
        const { nowMs } = time.now()
        const kept = this.#collectors.filter(({ registeredUntilMs }) => registeredUntilMs > nowMs)
        await this.#keys.renew(nowMs)
        const custodians = kept.map(({ custodian }) => custodian)
        const records = custodians.length === 0 ? [] : this.#keys.records(custodians, nowMs)
        // While nobody can be reached the card stays as it is: who keeps the inbox keeps it all the same.
        const silent = this.#collectors.some(
          ({ registeredUntilMs, problem }) => registeredUntilMs === 0 && problem === undefined,
        )
        if (records.length === 0 && silent) return
        if (sameRecords(records, listed())) return
        await list(records)
        for (const collector of this.#collectors) collector.registerAgain()
      })
      .catch((error: unknown) => {
        this.#context.log({ level: 'error', event: 'the inbox could not be listed', reason: String(error) })
      })
  }

  #renewDaily(): void {
    this.#timer = this.#context.time.after(renewMs, () => {
      this.#relist()
      this.#renewDaily()
    })
  }

  #handleDropped(custodian: Uint8Array): void {
    const key = toHex(custodian)
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + 1)
    const device = key.slice(0, 8)
    this.#context.log({ level: 'warn', event: 'a custodian has signed for a letter and does not have it', device })
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => (): void => {
        stop()
        for (const one of [signal, this.#ended.signal]) one.removeEventListener('abort', abort)
        how()
      }
      const stop = this.letters.listen(settle(resolve))
      const abort = settle(() => reject(new RunnelError('ABORTED', undefined, { cause: signal.reason })))
      for (const one of [signal, this.#ended.signal]) {
        if (one.aborted) return abort()
        one.addEventListener('abort', abort, { once: true })
      }
    })
  }
}

function sameRecords(a: readonly InboxRecord[], b: readonly InboxRecord[]): boolean {
  const same = (one: InboxRecord, other: InboxRecord | undefined): boolean =>
    other !== undefined &&
    equal(one.key, other.key) &&
    one.untilMs === other.untilMs &&
    equal(concat(...one.custodians), concat(...other.custodians))
  return a.length === b.length && a.every((one, index) => same(one, b[index]))
}

function readCount(bytes: Uint8Array | undefined): StrangerCount | undefined {
  if (bytes === undefined) return undefined
  const reader = new Reader(bytes)
  const count = { day: reader.u32(), taken: reader.u32() }
  return reader.end() === undefined ? count : undefined
}

function writeCount({ day, taken }: StrangerCount): Uint8Array {
  return new Writer(8).u32(day).u32(taken).bytes()
}
