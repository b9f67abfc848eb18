// Takes what a custodian lists: many envelopes are fetched at once, each is opened as it comes, and those that come together
// are stored by one flush. Only what is on disk, or will never be of use, is given back as taken.

import { equal, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  countStranger,
  decodeEnvelope,
  type InboxReceipt,
  type Letter,
  type Listed,
  openEnvelope,
  type StrangerCount,
  strangersLeft,
  uncountStranger,
  verifyLetter,
} from '../../stack/inbox/index.js'
import type { Certificate } from '../../stack/name/index.js'
import type { Identity } from '../identity/index.js'
import type { Time } from '../outside.js'
import type { OwnItem } from '../store/index.js'
import type { Contacts } from './contacts.js'
import type { InboxKeys } from './keys.js'
import type { Letters } from './letters.js'
import { fetchesAtOnce } from './limits.js'
import type { TalkClient } from './talk.js'

export interface TakingContext {
  readonly crypto: Crypto
  readonly time: Time
  readonly identity: Pick<Identity, 'name' | 'device'>
  readonly keys: InboxKeys
  readonly letters: Letters
  readonly contacts: Contacts
  /** The highest certificate of a name that this node holds. */
  readonly knownCertificate: (name: Uint8Array) => Certificate | undefined
  readonly strangers: { value: StrangerCount | undefined; readonly store: (count: StrangerCount) => OwnItem }
  /** Envelopes that are on their way here, by id in hex, whoever of the custodians gives them. */
  readonly fetching: Map<string, Promise<boolean>>
  /** Why envelopes were taken and not shown, by reason. */
  readonly counters: Map<string, number>
  /** A contact has used half of its tickets. */
  readonly handleSpent: (contact: Uint8Array) => void
  /** Receipts of other custodians that came with an envelope. */
  readonly handleWitnesses: (witnesses: readonly InboxReceipt[]) => void
}

/**
 * The ids of those that were taken: all of `listed`, or as many as there is room and time for. Throws what asking throws and
 * IO, when nothing of it is under way any more.
 */
export async function takeListed(
  context: TakingContext,
  client: TalkClient,
  listed: readonly Listed[],
  isEnded: () => boolean,
): Promise<{ readonly taken: readonly Uint8Array[]; readonly isHeldBack: boolean }> {
  const { letters, fetching } = context
  const taken: Uint8Array[] = []
  let next = 0
  let hasFailed = false
  let isHeldBack = false
  const fetchOn = async (): Promise<void> => {
    for (let one = listed[next]; one !== undefined && !hasFailed && !isEnded(); one = listed[next]) {
      isHeldBack ||= !letters.hasRoom(fetching.size)
      if (isHeldBack) return
      next++
      if (one.serial === undefined && !letters.hasRoomForStrangers) continue
      try {
        if (await takeOnce(context, client, one)) taken.push(one.id)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: fetchesAtOnce }, fetchOn))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return { taken, isHeldBack }
}

/** What two custodians list is fetched from one of them. */
async function takeOnce(context: TakingContext, client: TalkClient, listed: Listed): Promise<boolean> {
  const { fetching, letters } = context
  const key = toHex(listed.id)
  const other = fetching.get(key)
  if (other !== undefined) {
    await other.catch(() => {})
    if (letters.has(listed.id)) return true
  }
  // Other custodians' lists are taken at the same time, of the same hundred.
  if (listed.serial === undefined && !takeStranger(context)) return false
  const own = take(context, client, listed)
  fetching.set(key, own)
  try {
    return await own
  } finally {
    if (fetching.get(key) === own) fetching.delete(key)
  }
}

async function take(context: TakingContext, client: TalkClient, { id, serial }: Listed): Promise<boolean> {
  const { crypto, letters, contacts, strangers, counters } = context
  const count = (reason: string): void => void counters.set(reason, (counters.get(reason) ?? 0) + 1)
  const answer = await client.ask({ type: 'fetch', id })
  if (answer.type !== 'fetched' || answer.envelope.length === 0) {
    // It had to go meanwhile: nothing was downloaded.
    if (serial === undefined) strangers.value = uncountStranger(strangers.value)
    return false
  }
  if (!equal(crypto.hash(answer.envelope), id)) {
    count('another envelope than was listed')
    return false
  }
  context.handleWitnesses(answer.witnesses)
  const letter = open(context, answer.envelope)
  const usable = typeof letter === 'string' ? undefined : letter
  if (typeof letter === 'string') count(letter)
  let spentBy: Uint8Array | undefined
  await letters.take(id, usable, usable?.kind === 'message', () => {
    const items = usable === undefined ? [] : contacts.receive(usable.sender, usable.tickets)
    if (serial === undefined && strangers.value !== undefined) items.push(strangers.store(strangers.value))
    const spent = serial === undefined ? undefined : contacts.spend(serial)
    spentBy = spent?.contact
    return [...items, ...(spent?.items ?? [])]
  })
  if (spentBy !== undefined && contacts.isShort(spentBy)) context.handleSpent(spentBy)
  return true
}

/** Counts one more of today's strangers, before it is fetched; false when there were enough. */
function takeStranger({ time, strangers }: TakingContext): boolean {
  const { nowMs } = time.now()
  if (strangersLeft(strangers.value, nowMs) === 0) return false
  strangers.value = countStranger(strangers.value, nowMs)
  return true
}

/** A letter that is to be kept, or why not. */
function open(context: TakingContext, bytes: Uint8Array): Letter | string {
  const { crypto, identity, keys, letters, contacts, knownCertificate } = context
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
