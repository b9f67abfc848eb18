// One envelope on its way: to each custodian of the recipient with a ticket where there is one, else with a puzzle that is
// solved in slices; until two have signed, or all have answered.

import { RunnelError, toRunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Admission,
  decodeEnvelope,
  type InboxMessage,
  type InboxReceipt,
  PuzzleSearch,
  type Refusal,
  type Ticket,
  verifyInboxReceipt,
} from '../../stack/inbox/index.js'
import type { Time } from '../outside.js'
import { maxTicketTries, maxTries, othersMs, triesATurn } from './limits.js'
import { type Dial, TalkClient } from './talk.js'

export interface DeliveryContext {
  readonly crypto: Crypto
  readonly time: Time
  readonly dial: Dial
  /** The next ticket for this inbox, which is used up by being given. */
  readonly takeTicket: () => Promise<Ticket | undefined>
}

export interface Delivered {
  readonly receipts: InboxReceipt[]
  /** Who did not sign, and why. */
  readonly refused: { readonly custodian: Uint8Array; readonly reason: string }[]
}

interface Custody {
  readonly custodian: Uint8Array
  client: TalkClient | undefined
  receipt: InboxReceipt | undefined
  reason: string | undefined
}

/** Why a custodian did not sign, in words. */
const reasons: Readonly<Partial<Record<Refusal, string>>> = {
  NoInbox: 'it keeps no inbox for this name any more',
  Full: 'the inbox is full',
  Easy: 'the puzzle became harder while it was solved',
  Policy: 'its operator does not allow it',
  Failed: 'it could not write the envelope to its disk',
}

/** `coversAll`: whether each device of the recipient is reached by these custodians. Throws ABORTED when the signal says so. */
export async function deliver(
  context: DeliveryContext,
  envelope: Uint8Array,
  custodians: readonly Uint8Array[],
  coversAll: (custodians: readonly Uint8Array[]) => boolean,
  signal: AbortSignal,
): Promise<Delivered> {
  const { crypto, time } = context
  const ended = new AbortController()
  const end = (): void => ended.abort()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  const tickets = new SharedTickets(context.takeTicket)
  const puzzles = new SharedPuzzles(crypto, time, envelope, ended.signal)
  const all: Custody[] = custodians.map((custodian) => ({
    custodian,
    client: undefined,
    receipt: undefined,
    reason: undefined,
  }))
  const signed = (): InboxReceipt[] => all.flatMap(({ receipt }) => receipt ?? [])
  try {
    await new Promise<void>((resolve) => {
      let left = all.length
      let patience: { cancel(): void } | undefined
      ended.signal.addEventListener('abort', () => resolve(), { once: true })
      if (ended.signal.aborted) resolve()
      for (const custody of all) {
        void deliverTo(context, custody, envelope, tickets, puzzles, ended.signal).then(() => {
          left -= 1
          const by = signed().map(({ custodian }) => custodian)
          const enough = by.length >= 2 && coversAll(by)
          if (enough) patience ??= time.after(othersMs, resolve)
          if (left > 0) return
          patience?.cancel()
          resolve()
        })
      }
    })
    await tellReceipts(all)
  } finally {
    signal.removeEventListener('abort', end)
    end()
    for (const { client } of all) client?.close()
  }
  return {
    receipts: signed(),
    refused: all.flatMap(({ custodian, receipt, reason }) =>
      receipt === undefined ? { custodian, reason: reason ?? 'it did not answer in time' } : [],
    ),
  }
}

/** Never rejects: what went wrong is the custodian's reason. */
async function deliverTo(
  context: DeliveryContext,
  custody: Custody,
  envelope: Uint8Array,
  tickets: SharedTickets,
  puzzles: SharedPuzzles,
  signal: AbortSignal,
): Promise<void> {
  const { crypto, time, dial } = context
  try {
    const client = new TalkClient(await dial(custody.custodian, signal), time)
    custody.client = client
    if (signal.aborted) throw new RunnelError('ABORTED')
    const decoded = decodeEnvelope(envelope)
    if (typeof decoded === 'string') throw new RunnelError('INTERNAL', decoded)
    for (let attempt = 0; attempt < maxTries; attempt++) {
      let admission: Admission | undefined
      const ticket = attempt < maxTicketTries ? await tickets.at(attempt) : undefined
      if (ticket !== undefined) admission = { kind: 'ticket', ticket }
      else {
        const welcome = await client.ask({ type: 'hello', inbox: decoded.inbox })
        if (welcome.type !== 'welcome') return refuse(custody, welcome)
        const bits = welcome.bits[decoded.sizeClass] ?? 255
        if (bits === 255) return refuse(custody, { type: 'refused', reason: 'Full', bits, retryS: 0 })
        admission = await puzzles.solve(welcome.day, bits)
      }
      const answer = await client.ask({ type: 'deliver', admission, envelope })
      if (answer.type === 'receipt') {
        const { receipt } = answer
        const isRight = equal(receipt.envelope, puzzles.id) && equal(receipt.custodian, custody.custodian)
        if (isRight && verifyInboxReceipt(crypto, receipt)) custody.receipt = receipt
        else custody.reason = 'its receipt does not verify'
        return
      }
      refuse(custody, answer)
      const again = answer.type === 'refused' && ['Spent', 'BadTicket', 'Easy', 'Day'].includes(answer.reason)
      if (!again) return
    }
  } catch (error) {
    custody.reason ??= toRunnelError(error).message
  }
}

function refuse(custody: Custody, answer: InboxMessage): void {
  const reason = answer.type === 'refused' ? answer.reason : undefined
  custody.reason = reason === undefined ? 'it does not keep to the protocol' : (reasons[reason] ?? `it said ${reason}`)
}

/** Each custodian learns what the others have signed, so that the owner sees who does not keep its word. */
async function tellReceipts(all: readonly Custody[]): Promise<void> {
  const told = all.flatMap(({ client, receipt, custodian }) =>
    client === undefined || receipt === undefined
      ? []
      : all.flatMap((other) =>
          other.receipt === undefined || equal(other.custodian, custodian)
            ? []
            : client.ask({ type: 'witness', receipt: other.receipt }).catch(() => {}),
        ),
  )
  await Promise.all(told)
}

/** The same ticket is used at each custodian, so that an envelope costs one. */
class SharedTickets {
  readonly #take: () => Promise<Ticket | undefined>
  readonly #taken: Promise<Ticket | undefined>[] = []

  constructor(take: () => Promise<Ticket | undefined>) {
    this.#take = take
  }

  at(index: number): Promise<Ticket | undefined> {
    while (this.#taken.length <= index) this.#taken.push(this.#take())
    return this.#taken[index] ?? Promise.resolve(undefined)
  }
}

/** A solution that is good enough for one custodian is good for another of the same day. */
class SharedPuzzles {
  readonly id: Uint8Array
  readonly #crypto: Crypto
  readonly #time: Time
  readonly #inbox: Uint8Array
  readonly #sizeClass: number
  readonly #signal: AbortSignal
  readonly #solved: { readonly day: number; readonly bits: number; readonly nonce: number }[] = []
  #searching: Promise<unknown> = Promise.resolve()

  constructor(crypto: Crypto, time: Time, envelope: Uint8Array, signal: AbortSignal) {
    const decoded = decodeEnvelope(envelope)
    if (typeof decoded === 'string') throw new RunnelError('INTERNAL', decoded)
    this.id = crypto.hash(envelope)
    this.#crypto = crypto
    this.#time = time
    this.#inbox = decoded.inbox
    this.#sizeClass = decoded.sizeClass
    this.#signal = signal
  }

  solve(day: number, bits: number): Promise<Admission> {
    const solved = this.#searching.then(async (): Promise<Admission> => {
      const known = this.#solved.find((one) => one.day === day && one.bits >= bits)
      const nonce = known?.nonce ?? (await this.#search(day, bits))
      if (known === undefined) this.#solved.push({ day, bits, nonce })
      return { kind: 'puzzle', day, nonce }
    })
    this.#searching = solved.catch(() => {})
    return solved
  }

  async #search(day: number, bits: number): Promise<number> {
    const puzzle = { inbox: this.#inbox, day, sizeClass: this.#sizeClass, envelope: this.id }
    const search = new PuzzleSearch(this.#crypto, puzzle, bits, 0)
    for (;;) {
      const nonce = search.step(triesATurn)
      if (nonce !== undefined) return nonce
      if (this.#signal.aborted) throw new RunnelError('TIMEOUT', `no puzzle of ${bits} bits was solved in time`)
      await this.#time.turn()
    }
  }
}
