// Reads what a link points to and drops it: what `get` or `tail` would read, as they would read it. For who wants to know
// how it comes, and not what it is.

import { RunnelError } from '../../errors/index.js'
import { EntryFlag, type FolderEntry, walkFolder } from '../../stack/data/index.js'
import { drive } from './drive.js'
import { readFile } from './file-bytes.js'
import { parallelFiles } from './limits.js'
import { readLogEntries } from './log-walk.js'
import type { ReadSession } from './session.js'
import { findItem, isSite, openSite, referenceOf, type Site, type SiteItem } from './site.js'
import type { Target } from './target.js'

/** Pieces after which everything else that the node has to do gets its turn. */
const turnPieces = 32

/** Reads until all of it was read, or `enough` says so after some piece. Resolves with whether it was all. */
export async function readThrough(session: ReadSession, target: Target, enough: () => boolean): Promise<boolean> {
  let pieces = 0
  const next = async (): Promise<boolean> => {
    pieces += 1
    if (pieces % turnPieces === 0) await session.context.time.turn()
    return enough()
  }
  const site = await siteOf(session, target)
  if (site === undefined) return readLogs(session, target, next)
  const { item, path } = await findItem(session, target, site, target.path, true)
  if (item.kind === 'symlink') throw new RunnelError('NOT_FOUND', 'a symlink that leads nowhere')
  return item.kind === 'file'
    ? readOne(session, target, site.log, item, next)
    : readFolder(session, target, site, item, path, next)
}

/** Undefined for a log of entries. */
async function siteOf(session: ReadSession, target: Target): Promise<Site | undefined> {
  try {
    return await openSite(session, target)
  } catch (error) {
    if (error instanceof RunnelError && error.code === 'NOT_A_FOLDER' && target.path.length === 0) return undefined
    throw error
  }
}

type Next = () => Promise<boolean>

async function readOne(
  session: ReadSession,
  target: Target,
  via: Uint8Array,
  file: Pick<SiteItem, 'child' | 'id' | 'bytes'>,
  next: Next,
): Promise<boolean> {
  for await (const _ of readFile(session, target.fileScope, file, via, 'the file')) if (await next()) return false
  return true
}

/** As many files at once as `get` reads. */
async function readFolder(
  session: ReadSession,
  target: Target,
  site: Site,
  root: SiteItem,
  path: readonly string[],
  next: Next,
): Promise<boolean> {
  const limits = { maxFiles: site.note.files, maxBytes: site.note.bytes }
  const walk = walkFolder(session.crypto, target.fileScope, root, { limits, directoryPath: path })
  const running = new Set<Promise<void>>()
  let over = false
  let failure: unknown
  const read = async (file: Pick<SiteItem, 'child' | 'id' | 'bytes'>): Promise<void> => {
    try {
      if (!(await readOne(session, target, site.log, file, next))) over = true
    } catch (error) {
      failure ??= error
    }
  }
  for await (const { item } of drive<FolderEntry>(session, walk, site.log, 'the folder')) {
    if (item.kind === 'file') {
      const task: Promise<void> = read(item).finally(() => running.delete(task))
      running.add(task)
    }
    if (running.size >= parallelFiles) await Promise.race(running)
    if (over || failure !== undefined || (await next())) {
      over = true
      break
    }
  }
  await Promise.all(running)
  if (failure !== undefined) throw failure
  return !over
}

async function readLogs(session: ReadSession, target: Target, next: Next): Promise<boolean> {
  for (const log of target.logs) {
    const range = { unit: 'sequence', from: 0, to: log.readable } as const
    for await (const placed of readLogEntries(session, log, range)) {
      const refers = (placed.entry.flags & EntryFlag.reference) !== 0 && !isSite(placed)
      const whole = !refers || (await readOne(session, target, log.log, referenceOf(placed), next))
      if (!whole || (await next())) return false
    }
  }
  return true
}
