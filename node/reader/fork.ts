// Whether a log still continues what was shown of it before; and of a forked one, how much both of its states share: that
// much was signed without contradiction and stays readable.
// Trees are compared from the left, opening only what differs, so it takes a few chunks however long the log is.

import { equal } from '../../stack/bytes/index.js'
import {
  decodePage,
  decodeTree,
  type ForkProof,
  forkOf,
  type HeldHead,
  PrefixCheck,
  pagePrefixes,
  pathTo,
  type TreeChild,
} from '../../stack/data/index.js'
import { refused } from './drive.js'
import type { ReadSession } from './session.js'

/**
 * Whether a head continues the highest one that was shown here before, or another: undefined when it does, else the proof
 * against the writer. Takes at most a chunk a level.
 */
export async function forkFromSeen(
  session: ReadSession,
  held: HeldHead,
  seen: HeldHead | undefined = session.context.seenHead(held.head.log),
): Promise<ForkProof | undefined> {
  if (seen === undefined || seen.head.length === 0) return undefined
  const proof: ForkProof = { log: held.head.log, first: seen, second: held }
  const continuity = forkOf(seen, held)
  if (continuity !== 'undecided') return continuity === 'fork' ? proof : undefined
  const check = new PrefixCheck(session.crypto, seen, held)
  for (let result = check.result(); ; result = check.result()) {
    if (result === 'continues') return undefined
    if (result === 'fork') return proof
    if (result !== undefined) throw refused('a log', result)
    for (const name of check.wanted()) check.handleChunk(name, await session.chunk(name, held.head.log))
  }
}

interface Place extends Pick<TreeChild, 'name' | 'entries'> {
  /** Level of the tree, −1 for a page. */
  readonly level: number
}

/** Entries from the beginning that are in both states of a proof: of their pages, then of the runs of the next one. */
export async function sharedEntries(session: ReadSession, { first, second }: ForkProof): Promise<number> {
  const [lower, higher] = first.head.closedLength <= second.head.closedLength ? [first, second] : [second, first]
  const { closedLength } = lower.head
  const entries = await sharedClosed(session, lower, higher)
  if (entries < closedLength) return entries
  const follows = higher.head.closedLength === closedLength ? higher.page : await pageAt(session, higher, closedLength)
  return closedLength + sharedOfPages(lower.page, follows)
}

async function sharedClosed(session: ReadSession, lower: HeldHead, higher: HeldHead): Promise<number> {
  if (equal(lower.head.closedRoot, higher.head.closedRoot)) return lower.head.closedLength
  const [a, b] = [await topOf(session, lower), await topOf(session, higher)]
  return a === undefined || b === undefined ? 0 : shared(session, lower.head.log, a, b)
}

/** The closed page that holds an entry. */
async function pageAt(session: ReadSession, held: HeldHead, sequence: number): Promise<Uint8Array> {
  const reader = pathTo(held, sequence)
  for (let page = reader.pollPage(); ; page = reader.pollPage()) {
    if (page !== undefined) return page.chunk
    const result = reader.result()
    if (result !== undefined) throw refused('a forked log', result === 'done' ? 'bad-count' : result)
    for (const name of reader.wanted()) reader.handleChunk(name, await session.chunk(name, held.head.log))
  }
}

async function topOf(session: ReadSession, { head }: HeldHead): Promise<Place | undefined> {
  if (head.closedLength === 0) return undefined
  const { level } = await tree(session, head.log, head.closedRoot)
  return { name: head.closedRoot, entries: head.closedLength, level }
}

async function shared(session: ReadSession, log: Uint8Array, a: Place, b: Place): Promise<number> {
  if (equal(a.name, b.name)) return a.entries
  if (a.level < b.level) return shared(session, log, b, a)
  if (a.level > b.level) {
    // The lower one can only be what the first child of the higher one has become.
    const [child] = await childrenOf(session, log, a)
    return child === undefined ? 0 : shared(session, log, child, b)
  }
  if (a.level < 0) return sharedOfPages(await session.chunk(a.name, log), await session.chunk(b.name, log))
  const [ofA, ofB] = [await childrenOf(session, log, a), await childrenOf(session, log, b)]
  let entries = 0
  for (const [index, child] of ofA.entries()) {
    const other = ofB[index]
    if (other === undefined) break
    entries += await shared(session, log, child, other)
    if (!equal(child.name, other.name)) break
  }
  return entries
}

async function childrenOf(session: ReadSession, log: Uint8Array, place: Place): Promise<Place[]> {
  const { level, children } = await tree(session, log, place.name)
  return children.map(({ name, entries }) => ({ name, entries, level: level - 1 }))
}

async function tree(session: ReadSession, log: Uint8Array, name: Uint8Array) {
  const decoded = decodeTree(await session.chunk(name, log))
  if (typeof decoded === 'string') throw refused('a forked log', decoded)
  return decoded
}

/** Entries of the runs with which both pages begin, to the byte. */
function sharedOfPages(a: Uint8Array, b: Uint8Array): number {
  const [page, ends] = [decodePage(a), pagePrefixes(a)]
  if (typeof page === 'string' || typeof ends === 'string') return 0
  let entries = 0
  for (const { end, length } of ends) {
    if (end > b.length || !equal(a.subarray(0, end), b.subarray(0, end))) break
    if (length !== undefined) entries = length - page.first
  }
  return entries
}
