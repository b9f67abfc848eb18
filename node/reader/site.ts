// What a stream holds as a site: the newest entry with the site flag, and the item that a path in it names. Symlinks on
// the way are followed inside the folder, as often as the kernel does.

import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import {
  decodeNote,
  decodeReference,
  EntryFlag,
  type HeldHead,
  type Note,
  openPathReader,
  ReferenceKind,
  referenceBytes,
} from '../../stack/data/index.js'
import { refused } from './drive.js'
import { maxFollowedSymlinks, siteSearchEntries } from './limits.js'
import { comparePlaced, type PlacedEntry, readLogEntries } from './log-walk.js'
import type { ReadSession } from './session.js'
import type { Target, TargetLog } from './target.js'

/** A file or folder below a site, or its root. `log` routes the chunks. */
export interface SiteItem {
  readonly kind: 'file' | 'directory'
  readonly child: Uint8Array
  readonly id: Uint8Array
  readonly bytes: number
  readonly mode: number
}

export interface Site {
  readonly root: SiteItem
  readonly note: Note
  readonly log: Uint8Array
  readonly timeMs: number
}

/** Entries looked at in one step back from the end of a log. */
const stepBack = 256

/** The site of a stream. Throws NOT_A_FOLDER when nothing was published there, FORKED when that was after a fork, if at all. */
export async function openSite(session: ReadSession, target: Target): Promise<Site> {
  const found: PlacedEntry[] = []
  for (const log of target.logs) {
    const last = await lastSiteEntry(session, log)
    if (last !== undefined) found.push(last)
  }
  found.sort((a, b) => comparePlaced(b, a))
  if (found[0] !== undefined) return siteOf(found[0])
  if (target.logs.some(({ forked }) => forked)) {
    throw new RunnelError('FORKED', 'nothing was published here before the writer signed two contradicting states')
  }
  throw new RunnelError('NOT_A_FOLDER', 'nothing was published under this label: it is a log of entries', {
    hint: 'Read it with `runnel tail LINK`.',
  })
}

export function isSite({ entry }: Pick<PlacedEntry, 'entry'>): boolean {
  return (entry.flags & EntryFlag.site) !== 0
}

/** The last site entry of a head, as far as it may be read, and the scope key that opened it. Gone with the head. */
interface FoundSite {
  readonly scope: Uint8Array
  readonly readable: number
  readonly entry: PlacedEntry
}

const foundSites = new WeakMap<HeldHead, FoundSite>()

/** The one of the highest sequence. A head never changes, so it is looked for once. */
async function lastSiteEntry(session: ReadSession, log: TargetLog): Promise<PlacedEntry | undefined> {
  const known = foundSites.get(log.held)
  if (known?.readable === log.readable && equal(known.scope, log.runScope)) return known.entry
  const entry = await findSiteEntry(session, log)
  if (entry !== undefined) foundSites.set(log.held, { scope: log.runScope, readable: log.readable, entry })
  return entry
}

/** As far back as a site is looked for; mostly it is the log's last entry. */
async function findSiteEntry(session: ReadSession, log: TargetLog): Promise<PlacedEntry | undefined> {
  const oldest = Math.max(0, log.readable - siteSearchEntries)
  for (let to = log.readable, step = 1; to > oldest; to -= step, step = stepBack) {
    let last: PlacedEntry | undefined
    const range = { unit: 'sequence', from: Math.max(oldest, to - step), to } as const
    for await (const placed of readLogEntries(session, log, range)) if (isSite(placed)) last = placed
    if (last !== undefined) return last
  }
  return undefined
}

/** The tree that an entry refers to. */
export function referenceOf(placed: PlacedEntry): SiteItem {
  const reference = decodeReference(placed.entry.bytes.subarray(0, referenceBytes))
  if (typeof reference === 'string') throw refused('an entry', reference)
  const child = placed.children[reference.child]
  if (child === undefined) throw refused('an entry', 'bad-index')
  const kind = reference.kind === ReferenceKind.file ? 'file' : 'directory'
  return { kind, child: child.name, id: reference.id, bytes: reference.bytes, mode: 0o644 }
}

/** The site that an entry published. */
export function siteOf(placed: PlacedEntry): Site {
  const note = decodeNote(placed.entry.bytes.subarray(referenceBytes))
  if (typeof note === 'string') throw refused('an entry', note)
  const root = { ...referenceOf(placed), mode: note.mode }
  // What is written is held against the note, so it may not promise less than it refers to.
  if (note.bytes !== root.bytes || (root.kind === 'file' && note.files !== 1)) throw refused('an entry', 'bad-count')
  return { root, note, log: placed.log, timeMs: placed.entry.timeMs }
}

/** The item of a path, its last part not followed when it is a symlink and `follow` is false. */
export async function findItem(
  session: ReadSession,
  target: Target,
  site: Site,
  path: readonly string[],
  follow: boolean,
): Promise<{ item: SiteItem | { kind: 'symlink'; target: string }; path: readonly string[] }> {
  let names = path
  for (let links = 0; links <= maxFollowedSymlinks; links += 1) {
    if (names.length === 0) return { item: site.root, path: names }
    if (site.root.kind === 'file')
      throw new RunnelError('NOT_A_FOLDER', 'what was published is a file, without paths in it')
    const step = await findOnce(session, target, site, names)
    if ('item' in step) {
      const { item } = step
      if (item.kind !== 'symlink' && item.bytes > site.note.bytes) throw refused(path.join('/'), 'too-large')
      if (item.kind !== 'symlink' || !follow) return { item, path: names }
      names = resolve(names.slice(0, -1), item.target)
    } else names = step.next
  }
  throw new RunnelError('NOT_FOUND', `${path.join('/')} is a loop of symlinks`)
}

async function findOnce(
  session: ReadSession,
  target: Target,
  site: Site,
  names: readonly string[],
): Promise<{ item: SiteItem | { kind: 'symlink'; target: string } } | { next: readonly string[] }> {
  const reader = openPathReader(session.crypto, target.fileScope, site.root, names, session.context.directories)
  for (;;) {
    const { result } = reader
    if (typeof result === 'string') throw refused(`the folder on the way to ${names.join('/')}`, result)
    if (result !== undefined) {
      if ('found' in result) return { item: result.found }
      const { missing, instead } = result
      if (instead?.kind === 'symlink') {
        return { next: [...resolve(names.slice(0, missing), instead.target), ...names.slice(missing + 1)] }
      }
      const at = names.slice(0, missing + 1).join('/')
      throw new RunnelError(
        'NOT_FOUND',
        instead ? `${at} is a file: nothing is below it` : `there is no ${at} in that folder`,
      )
    }
    for (const { name, bytes } of reader.wanted()) reader.handleChunk(name, await session.chunk(name, site.log, bytes))
  }
}

/** A symlink's target against its directory, by names alone; that it stays inside was checked with its directory. */
function resolve(directory: readonly string[], target: string): string[] {
  const names = [...directory]
  for (const part of target.split('/')) {
    if (part === '..') names.pop()
    else if (part !== '' && part !== '.') names.push(part)
  }
  return names
}
