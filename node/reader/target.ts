// From a link to the logs behind it: the name's certificate and cards, the label's logs (one a device, and the closed ones
// of devices that were struck), and the newest head of each. What a fork's writer said after the fork is left out.

import { RunnelError } from '../../errors/index.js'
import { equal, type Reason } from '../../stack/bytes/index.js'
import { type Crypto, fileScope, runScope } from '../../stack/crypto/index.js'
import { decodePage, decodeTree, emptyRoot, type HeldHead } from '../../stack/data/index.js'
import type { Source } from '../../stack/forward/index.js'
import {
  type ClosedDevice,
  type ClosedLog,
  claimedLabels,
  closingOf,
  DEFAULT_LABEL,
  decodeClosings,
  decodeText,
  formatLink,
  type LikelyText,
  type Link,
  likelyTexts,
  type NameState,
  parseLink,
  streamsOf,
  streamsOfCard,
  type Visibility,
} from '../../stack/name/index.js'
import { refused } from './drive.js'
import { forkFromSeen, sharedEntries } from './fork.js'
import { foundLogsMs, labelRetries, labelRetryMs } from './limits.js'
import type { FoundHead, ReadSession } from './session.js'

/** One log of an opened stream. */
export interface TargetLog {
  readonly log: Uint8Array
  readonly device: Uint8Array | undefined
  readonly held: HeldHead
  readonly source: Source | undefined
  /** Ended by its owner: it is read up to here, and no head of it is asked for. */
  readonly closed: boolean
  /** Entries that may be read: all, or of a forked log those before the fork. */
  readonly readable: number
  readonly forked: boolean
  readonly runScope: Uint8Array
}

export interface Target {
  /** As it is printed: with its label, without its path. */
  readonly link: string
  readonly name: Uint8Array | undefined
  readonly label: string | undefined
  readonly visibility: Visibility
  readonly secret: Uint8Array | undefined
  readonly fileScope: Uint8Array
  readonly logs: readonly TargetLog[]
  readonly path: readonly string[]
}

/** What a petname stands for: a name's 56 characters. */
export type Petnames = (petname: string) => string | undefined

/**
 * Reads a link as a user writes it. Throws BAD_NAME, BAD_LINK, with what may have been meant: that takes milliseconds, so
 * `isTyped` is false where it is not a person who asks.
 */
export function readLink(session: Pick<ReadSession, 'crypto'>, text: string, petnames: Petnames, isTyped = true): Link {
  const link = parseLink(session.crypto, withoutPetname(text, petnames))
  if (typeof link === 'string') throw badLink(text, link, isTyped ? likelyNames(session.crypto, text) : [])
  return link
}

/** Asks for everything that the link needs. Throws UNKNOWN_LABEL, WRONG_SECRET, STALE, SECRET_NEEDED, NO_HOLDER, FORKED and what a session throws. */
export async function openTarget(session: ReadSession, link: Link): Promise<Target> {
  const { crypto } = session
  const { secret, path } = link
  const label = link.target === 'name' ? (link.label ?? DEFAULT_LABEL) : undefined
  const listed =
    label === undefined ? [{ log: link.key, device: undefined }] : await confirmedLogs(session, link, label)
  const logs = await Promise.all(
    listed.map(async (one: Listed): Promise<TargetLog> => {
      if (one.closed !== undefined) return openClosed(session, one, one.closed, secret)
      const found = await session.head(one.log)
      const log = await openHead(session, one, found, secret)
      if (!log.forked) session.context.remember({ head: log.held, ageS: found.source.ageS })
      return log
    }),
  )
  return {
    // Most readings show none.
    get link() {
      return formatLink(crypto, { ...link, label, path: [] })
    },
    name: link.target === 'name' ? link.key : undefined,
    label,
    visibility: secret === undefined ? 'public' : 'unlisted',
    secret,
    fileScope: fileScope(crypto, secret),
    logs,
    path,
  }
}

/**
 * The logs of a label. While the name's writer is asked for them, the heads of those that were listed before are asked for
 * too: mostly they are the same, and the two questions take the time of one.
 */
async function confirmedLogs(session: ReadSession, link: Link, label: string): Promise<readonly Listed[]> {
  const looked = new Map<NameState, Promise<readonly Listed[]>>()
  const look = (state: NameState): Promise<readonly Listed[]> => {
    const logs = looked.get(state) ?? listedLogs(session, state, link, label)
    looked.set(state, logs)
    return logs
  }
  let isConfirmed = false
  const expect = async (): Promise<void> => {
    const state = await session.olderName(link.key)
    const before = state === undefined ? [] : await look(state)
    if (isConfirmed) return
    for (const { log, closed } of before) if (closed === undefined) session.expectHead(log)
  }
  // First, or it would wait with the other question. What was expected in vain is no failure: who needs it asks for it.
  expect().catch(() => {})
  try {
    return await logsOf(session, link, label, look)
  } finally {
    isConfirmed = true
  }
}

/**
 * A head of a log as it may be read: checked against the last one that was shown, which is `seen` or what this node
 * remembers. Of a forked log that is what both states share.
 */
export async function openHead(
  session: ReadSession,
  { log, device }: Listed,
  { held, fork: known, source }: FoundHead,
  secret: Uint8Array | undefined,
  seen?: HeldHead,
): Promise<TargetLog> {
  const fork = known ?? (await forkFromSeen(session, held, seen))
  if (fork !== undefined && known === undefined) session.context.handleFork(fork)
  if (fork !== undefined) session.handleForked()
  const { length } = held.head
  const readable = fork === undefined ? length : Math.min(length, await sharedEntries(session, fork))
  const scope = runScope(session.crypto, log, secret)
  return { log, device, held, source, closed: false, readable, forked: fork !== undefined, runScope: scope }
}

/** A log that its owner ended, as its closing says. */
export async function openClosed(
  session: ReadSession,
  { log, device }: Listed,
  closed: ClosedLog,
  secret: Uint8Array | undefined,
): Promise<TargetLog> {
  return { ...(await closedLog(session, log, closed)), device, runScope: runScope(session.crypto, log, secret) }
}

/** A log of a label, and whether its owner ended it. */
export interface Listed {
  readonly log: Uint8Array
  readonly device: Uint8Array | undefined
  readonly closed?: ClosedLog
}

/** The logs of a label. Throws UNKNOWN_LABEL, WRONG_SECRET, STALE, CLOCK and what a session throws. */
export async function logsOf(
  session: ReadSession,
  link: Link,
  label: string,
  look = (state: NameState) => listedLogs(session, state, link, label),
): Promise<readonly Listed[]> {
  const held = await session.name(link.key)
  const known = await look(held.state)
  if (known.length > 0) return known
  // A label that was made a moment ago is not in a card that is a second old. The writer may be busy for a moment: asking
  // for its own name, for example, while it is asked for it.
  let { state, ageS, old, stale } = await session.name(link.key, 0)
  let found = await look(state)
  for (let again = 0; found.length === 0 && stale && again < labelRetries; again += 1) {
    await session.rest(labelRetryMs * 2 ** again)
    ;({ state, ageS, old, stale } = await session.name(link.key, 0))
    found = await look(state)
  }
  if (found.length > 0) return found
  if (streamsOf(session.crypto, state, Number.MAX_SAFE_INTEGER, link.secret, label).length > 0) {
    const message = `${label} is listed with a time more than ten minutes ahead of this machine's clock`
    throw new RunnelError('CLOCK', message, { blame: 'local' })
  }
  // A secret is called wrong only by a list that its writer has confirmed just now: who follows gives up on it.
  if (old || (stale && link.secret !== undefined)) {
    const message = `no stream ${label} is known that the link opens, from a list that its writer confirmed ${ageS} s ago`
    throw new RunnelError('STALE', message, { details: { ageS } })
  }
  if (link.secret !== undefined)
    throw new RunnelError('WRONG_SECRET', `this secret opens no stream ${label} of that name`)
  throw unknownLabel(label, claimedLabels(state))
}

/** What was found in a state for a label and a secret, and when. A state never changes; what it lists may lie ahead of the clock. */
interface FoundLogs {
  readonly label: string
  readonly secret: Uint8Array | undefined
  readonly atMs: number
  readonly logs: readonly Listed[]
}

/** Of each state what was looked for last, gone with the state: who reads many files by path looks for the same in each. */
const foundLogs = new WeakMap<NameState, FoundLogs>()

async function listedLogs(
  session: ReadSession,
  state: NameState,
  link: Link,
  label: string,
): Promise<readonly Listed[]> {
  const { nowMs } = session.context.time.now()
  const known = foundLogs.get(state)
  if (known !== undefined && isStill(known, link, label, nowMs)) return known.logs
  const logs = await findLogs(session, state, link, label, nowMs)
  if (logs.length > 0) foundLogs.set(state, { label, secret: link.secret, atMs: nowMs, logs })
  return logs
}

function isStill(known: FoundLogs, { secret }: Link, label: string, nowMs: number): boolean {
  if (known.label !== label || nowMs < known.atMs || nowMs - known.atMs >= foundLogsMs) return false
  if (secret === undefined || known.secret === undefined) return secret === known.secret
  return equal(secret, known.secret)
}

async function findLogs(
  session: ReadSession,
  state: NameState,
  link: Link,
  label: string,
  nowMs: number,
): Promise<readonly Listed[]> {
  const visibility: Visibility = link.secret === undefined ? 'public' : 'unlisted'
  const devices = await closingsOf(session, state)
  const listings = streamsOf(session.crypto, state, nowMs, link.secret, label)
  for (const { device, cardHead } of devices) {
    if (cardHead === undefined) continue
    const card = await session.chunk(cardHead.chunk, state.name)
    const struck = streamsOfCard(session.crypto, state.name, device, card, nowMs, link.secret, label)
    // What is not closed ended with the device.
    listings.push(...struck.filter(({ log }) => closingOf(devices, log) !== undefined))
  }
  const found: Listed[] = []
  for (const listing of listings) {
    const { log, device } = listing
    // A log that two cards list is one log, and one that is closed is closed whichever lists it.
    if (listing.visibility !== visibility || found.some((other) => equal(other.log, log))) continue
    const closed = closingOf(devices, log)
    found.push(closed === undefined ? { log, device } : { log, device, closed })
  }
  return found
}

/** What the certificate says of struck devices; nothing for one without closings. */
async function closingsOf(session: ReadSession, { name, certificate }: NameState): Promise<readonly ClosedDevice[]> {
  if (certificate.closings === undefined) return []
  const devices = decodeClosings(await session.chunk(certificate.closings, name))
  if (typeof devices === 'string') throw new RunnelError('DAMAGED', `the closings of the name are damaged (${devices})`)
  return devices
}

/**
 * A closed log is read as its closing says, which the certificate's signature covers; what the closing leaves out is
 * counted from the tree itself.
 */
async function closedLog(
  session: ReadSession,
  log: Uint8Array,
  closed: ClosedLog,
): Promise<Omit<TargetLog, 'device' | 'runScope'>> {
  const page = await session.chunk(closed.openPage, log)
  const opened = decodePage(page)
  if (typeof opened === 'string') throw refused('a closed log', opened)
  let closedLength = 0
  let { bytes, reachable } = opened
  if (!equal(closed.closedRoot, emptyRoot)) {
    const root = await session.chunk(closed.closedRoot, log)
    const tree = decodeTree(root)
    if (typeof tree === 'string') throw refused('a closed log', tree)
    reachable += root.length
    for (const child of tree.children) {
      closedLength += child.entries
      bytes += child.bytes
      reachable += child.reachable
    }
  }
  if (closedLength + opened.entries !== closed.length) throw refused('a closed log', 'bad-count')
  const head = {
    log,
    length: closed.length,
    bytes,
    reachable,
    closedLength,
    closedRoot: closed.closedRoot,
    openPage: closed.openPage,
    openBytes: page.length,
    timeMs: 0,
    maxAgeS: 0,
    signature: new Uint8Array(64),
  }
  const held = { head, headBytes: new Uint8Array(0), page }
  return { log, held, source: undefined, closed: true, readable: closed.length, forked: false }
}

function unknownLabel(label: string, labels: readonly string[]): RunnelError {
  const known = labels.length === 0 ? 'it has no public stream' : `it has ${labels.join(', ')}`
  return new RunnelError('UNKNOWN_LABEL', `that name has no public stream ${label}: ${known}`, { details: { labels } })
}

/** `posts.@alice/path`: everything between `@` and the next `+`, `/` or the end. */
function withoutPetname(text: string, petnames: Petnames): string {
  const slash = text.indexOf('/')
  const head = slash < 0 ? text : text.slice(0, slash)
  const at = head.indexOf('@')
  if (at < 0) return text
  const plus = head.indexOf('+', at)
  const petname = head.slice(at + 1, plus < 0 ? undefined : plus)
  const name = petnames(petname)
  if (name === undefined) {
    throw new RunnelError('BAD_NAME', `nobody has the petname ${petname} here`, {
      hint: 'Give it with `runnel petname PETNAME NAME`; `runnel petname` lists them.',
    })
  }
  return text.slice(0, at) + name + head.slice(at + 1 + petname.length) + (slash < 0 ? '' : text.slice(slash))
}

/** What may have been meant by the name in a link, when that is what is wrong with it. */
function likelyNames(crypto: Crypto, text: string): readonly LikelyText[] {
  const [head = ''] = text.split(/[/+]/, 1)
  const name = head.slice(head.lastIndexOf('.') + 1)
  return typeof decodeText(crypto, name) === 'string' ? likelyTexts(crypto, name) : []
}

function badLink(text: string, reason: Reason, likely: readonly LikelyText[]): RunnelError {
  const shown = text.length > 160 ? `${text.slice(0, 160)}…` : text
  const details = likely.length === 0 ? {} : { details: { likely: likely.map((guess) => ({ ...guess })) } }
  if (reason === 'bad-checksum') {
    return new RunnelError('BAD_NAME', `${shown}: there is a typing error in the name or secret`, details)
  }
  if (reason === 'bad-label') return new RunnelError('BAD_LINK', `${shown}: the label is not of a-z, 0-9 and -`)
  if (reason === 'bad-path' || reason === 'too-deep')
    return new RunnelError('BAD_LINK', `${shown}: no folder has such a path`)
  if (reason === 'bad-kind')
    return new RunnelError('BAD_LINK', `${shown}: a key of another kind stands where a name is needed`)
  return new RunnelError('BAD_NAME', `${shown}: that is no name: a name has 56 letters and digits`, details)
}
