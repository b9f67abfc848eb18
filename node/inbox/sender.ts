// Sending a letter: the recipient's keys and custodians from its cards, an envelope for all of its devices, and receipts
// that are on disk before the call resolves.

import { RunnelError } from '../../errors/index.js'
import { equal, Reader, toHex, Writer } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Attachment,
  classOf,
  decodeInboxReceipt,
  encodeInboxReceipt,
  type InboxReceipt,
  type LetterBody,
  type LetterKind,
  SERIAL_BYTES,
  sealEnvelope,
  type Ticket,
} from '../../stack/inbox/index.js'
import { encodeText, inboxOf, type NameState, TextKind } from '../../stack/name/index.js'
import { dayText } from '../day.js'
import type { Identity } from '../identity/index.js'
import type { Time } from '../outside.js'
import type { OwnItem, Store } from '../store/index.js'
import type { Contacts } from './contacts.js'
import { type Delivered, deliver } from './delivery.js'
import { maxReceipts, receiptMs, sendMs, sendNameAgeS } from './limits.js'
import type { Dial } from './talk.js'

const receiptPrefix = 'receipt/'

export interface SenderContext {
  readonly crypto: Crypto
  readonly time: Time
  readonly store: Pick<Store, 'commit' | 'values'>
  readonly identity: Pick<Identity, 'name' | 'device' | 'deviceSeed'>
  readonly randomBytes: (count: number) => Uint8Array
  readonly dial: Dial
  readonly contacts: Contacts
  /** What others hold of a name, at most so old. Throws what asking for a name throws. */
  readonly findName: (name: Uint8Array, maxAgeS: number, signal: AbortSignal) => Promise<NameState>
  readonly ownCertificate: () => Uint8Array
}

export interface Outgoing {
  readonly kind: LetterKind
  readonly subject: string
  readonly body: Uint8Array
  readonly attachments: readonly Attachment[]
  readonly tickets: readonly Ticket[]
}

export interface Sent extends Delivered {
  /** H(ENVELOPE). */
  readonly id: Uint8Array
}

/** Resolves when custodians have signed and their receipts are stored. Throws NO_INBOX, NOT_DELIVERED, TOO_LARGE, ABORTED. */
export async function sendLetter(
  context: SenderContext,
  name: Uint8Array,
  letter: Outgoing,
  signal: AbortSignal,
  timeoutMs: number = sendMs,
): Promise<Sent> {
  const { crypto, time, identity, randomBytes, dial, contacts } = context
  const listed = async (maxAgeS: number): Promise<ReturnType<typeof inboxOf>> =>
    inboxOf(await context.findName(name, maxAgeS, signal), time.now().nowMs)
  let { open, endedMs } = await listed(sendNameAgeS)
  // Whoever opens an inbox is written to at once: a card that says none may be of just before.
  if (open.length === 0) ({ open, endedMs } = await listed(0).catch(() => ({ open, endedMs })))
  if (open.length === 0) throw noInbox(crypto, name, endedMs)
  const body: LetterBody = {
    ...letter,
    sender: identity.name,
    certificate: context.ownCertificate(),
    device: identity.device,
    timeMs: time.now().nowMs,
    id: randomBytes(SERIAL_BYTES),
  }
  if (classOf(body) === undefined) throw tooLarge()
  const random = randomBytes(32 * (open.length + 1))
  const sealing = { inbox: name, to: open, body, deviceSeed: identity.deviceSeed, random }
  const envelope = sealEnvelope(crypto, sealing)
  if (typeof envelope === 'string')
    throw new RunnelError('NO_INBOX', `an inbox key of this name is of no use: ${envelope}`)
  const custodians: Uint8Array[] = []
  for (const { custodians: of } of open) {
    for (const one of of) if (!custodians.some((known) => equal(known, one))) custodians.push(one)
  }
  const coversAll = (by: readonly Uint8Array[]): boolean =>
    open.every((listing) => listing.custodians.some((one) => by.some((other) => equal(one, other))))
  const deadline = new AbortController()
  const abort = (): void => deadline.abort()
  signal.addEventListener('abort', abort, { once: true })
  const timer = time.after(timeoutMs, abort)
  const takeTicket = (): Promise<Ticket | undefined> => contacts.takeTicket(name, time.now().nowMs)
  try {
    const delivered = await deliver(
      { crypto, time, dial, takeTicket },
      envelope,
      custodians,
      coversAll,
      deadline.signal,
    )
    if (delivered.receipts.length === 0) {
      if (signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: signal.reason })
      throw notDelivered(crypto, delivered)
    }
    await storeReceipts(context, name, delivered.receipts)
    return { ...delivered, id: crypto.hash(envelope) }
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', abort)
  }
}

/** value receipt/ and envelope and custodian in hex:  inbox name 32 | RECEIPT */
async function storeReceipts(
  { store, time }: SenderContext,
  inbox: Uint8Array,
  receipts: readonly InboxReceipt[],
): Promise<void> {
  const { nowMs } = time.now()
  const items: OwnItem[] = []
  const stored = store.values(receiptPrefix)
  let left = stored.length
  for (const { key, bytes } of stored) {
    const reader = new Reader(bytes)
    reader.take(32)
    const receipt = decodeInboxReceipt(reader.rest())
    const over = typeof receipt === 'string' || nowMs >= receipt.untilMs + receiptMs
    if (!over && left + receipts.length <= maxReceipts) continue
    items.push({ type: 'value', key, bytes: new Uint8Array(0) })
    left -= 1
  }
  for (const receipt of receipts) {
    const key = `${receiptPrefix}${toHex(receipt.envelope)}/${toHex(receipt.custodian)}`
    const bytes = new Writer(200).put(inbox).put(encodeInboxReceipt(receipt)).bytes()
    items.push({ type: 'value', key, bytes })
  }
  await store.commit(items)
}

function noInbox(crypto: Crypto, name: Uint8Array, endedMs: number | undefined): RunnelError {
  const text = encodeText(crypto, TextKind.name, name)
  if (endedMs === undefined) return new RunnelError('NO_INBOX', `${text} lists no inbox`)
  const since = dayText(endedMs)
  return new RunnelError('NO_INBOX', `the last inbox key of ${text} has ended on ${since}`, {
    hint: 'Its node has not run for weeks. When it does, it lists new keys by itself.',
  })
}

function tooLarge(): RunnelError {
  return new RunnelError('TOO_LARGE', 'a letter has room for about 30 KiB', {
    hint: 'Attach what is longer: it becomes an unlisted stream that the letter points to.',
  })
}

function notDelivered(crypto: Crypto, { refused }: Delivered): RunnelError {
  const asked = refused.map(({ custodian, reason }) => ({
    custodian: encodeText(crypto, TextKind.device, custodian),
    reason,
  }))
  const said = asked.map(({ custodian, reason }) => `${custodian.slice(0, 8)}…: ${reason}`).join('; ')
  return new RunnelError('NOT_DELIVERED', `no custodian has signed for the letter (${said})`, { details: { asked } })
}
