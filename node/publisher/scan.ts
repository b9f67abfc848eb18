// Reads the shape of what is to be published: a file, or a folder with everything below it, in the order of the bytes of
// the names. What cannot be carried is refused by name before anything is stored: symlinks that leave the folder, sockets
// and devices, names that are not UTF-8, and what an interrupted get has left.

import type { BigIntStats, Dirent } from 'node:fs'
import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import { compare, decodeUtf8, encodeUtf8 } from '../../stack/bytes/index.js'
import { checkItemName, checkSymlink } from '../../stack/data/index.js'
import { isPartialName } from '../reader/index.js'
import { inOrder } from './in-order.js'
import { maxDepth, maxItems, statsAtOnce } from './limits.js'

/** What must be the same when a file is read to its end as when it was found. */
export interface Stamp {
  readonly inode: bigint
  readonly bytes: bigint
  readonly modifiedNs: bigint
  readonly changedNs: bigint
}

export type Found =
  | {
      readonly kind: 'file'
      readonly name: string
      readonly path: Buffer
      readonly mode: number
      readonly bytes: number
      readonly stamp: Stamp
    }
  | {
      readonly kind: 'directory'
      readonly name: string
      readonly path: Buffer
      readonly mode: number
      readonly items: readonly Found[]
    }
  | { readonly kind: 'symlink'; readonly name: string; readonly target: string }

export interface Scan {
  readonly root: Exclude<Found, { kind: 'symlink' }>
  /** Files and symlinks, and the bytes of the files. */
  readonly files: number
  readonly bytes: number
}

interface Totals {
  items: number
  files: number
  bytes: number
}

/**
 * Scans `path` (absolute), which may be a symlink itself. Throws RunnelError: NOT_FOUND, PERMISSION, PATH_ESCAPES,
 * BAD_ARGUMENT, SOURCE_CHANGED, TOO_MANY, ABORTED.
 */
export async function scanTree(path: string, signal: AbortSignal): Promise<Scan> {
  const totals: Totals = { items: 0, files: 0, bytes: 0 }
  const name = basename(path)
  const place = Buffer.from(await realpath(path).catch(refuse(path)))
  const stats = await lstat(place, { bigint: true }).catch(refuse(path))
  if (!stats.isFile() && !stats.isDirectory()) {
    throw new RunnelError('BAD_ARGUMENT', `${path} is neither a file nor a folder`)
  }
  const root = stats.isFile()
    ? fileOf(name, place, stats, totals)
    : await directoryOf(name, place, stats, [], totals, signal)
  return { root, files: totals.files, bytes: totals.bytes }
}

/** The stamp of a file as it is now. */
export function stampOf(stats: BigIntStats): Stamp {
  return { inode: stats.ino, bytes: stats.size, modifiedNs: stats.mtimeNs, changedNs: stats.ctimeNs }
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.inode === b.inode && a.bytes === b.bytes && a.modifiedNs === b.modifiedNs && a.changedNs === b.changedNs
}

function fileOf(name: string, path: Buffer, stats: BigIntStats, totals: Totals): Extract<Found, { kind: 'file' }> {
  totals.files += 1
  totals.bytes += Number(stats.size)
  const mode = Number(stats.mode) & 0o777
  return { kind: 'file', name, path, mode, bytes: Number(stats.size), stamp: stampOf(stats) }
}

async function directoryOf(
  name: string,
  path: Buffer,
  stats: BigIntStats,
  above: readonly string[],
  totals: Totals,
  signal: AbortSignal,
): Promise<Extract<Found, { kind: 'directory' }>> {
  if (signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: signal.reason })
  if (above.length > maxDepth) throw new RunnelError('TOO_MANY', `${path} is nested deeper than ${maxDepth} folders`)
  const items: { key: Uint8Array; found: Found }[] = []
  const looked = inOrder(await entriesOf(path), statsAtOnce, async (entry) => {
    const itemPath = Buffer.concat([path, Buffer.from('/'), entry.name])
    const itemName = nameOf(entry.name, itemPath)
    const itemStats = await lstat(itemPath, { bigint: true }).catch(refuseInside(itemPath))
    return { itemPath, itemName, itemStats }
  })
  for await (const { itemPath, itemName, itemStats } of looked) {
    totals.items += 1
    if (totals.items > maxItems) throw new RunnelError('TOO_MANY', `a folder may hold ${maxItems} items; split it`)
    items.push({ key: encodeUtf8(itemName), found: await itemOf(itemName, itemPath, itemStats, above, totals, signal) })
  }
  items.sort((a, b) => compare(a.key, b.key))
  return { kind: 'directory', name, path, mode: Number(stats.mode) & 0o777, items: items.map(({ found }) => found) }
}

async function itemOf(
  name: string,
  path: Buffer,
  stats: BigIntStats,
  above: readonly string[],
  totals: Totals,
  signal: AbortSignal,
): Promise<Found> {
  if (stats.isDirectory()) return directoryOf(name, path, stats, [...above, name], totals, signal)
  if (stats.isFile()) return fileOf(name, path, stats, totals)
  if (!stats.isSymbolicLink()) {
    throw new RunnelError('BAD_ARGUMENT', `${path} is a socket, a pipe or a device and cannot be published`)
  }
  const target = decodeUtf8(await readlink(path, { encoding: 'buffer' }).catch(refuseInside(path)))
  if (target === undefined || checkSymlink([...above], target) !== undefined) {
    throw new RunnelError('PATH_ESCAPES', `the symlink ${path} leaves the folder or has no UTF-8 target`, {
      hint: 'Symlinks must be relative, climb by `..` at their beginning only, and stay inside the folder that is published. Replace it by a copy, or leave it out.',
    })
  }
  totals.files += 1
  return { kind: 'symlink', name, target }
}

function nameOf(bytes: Buffer, path: Buffer): string {
  const name = decodeUtf8(bytes)
  if (name === undefined || checkItemName(name) !== undefined) {
    throw new RunnelError('BAD_ARGUMENT', `the name of ${path} is not UTF-8 and cannot be published`)
  }
  if (isPartialName(name)) {
    throw new RunnelError('BAD_ARGUMENT', `${path} is what an interrupted get has left`, {
      hint: 'Let that get come to its end by calling it again, or remove the file.',
    })
  }
  return name
}

async function entriesOf(path: Buffer): Promise<Dirent<Buffer>[]> {
  return readdir(path, { withFileTypes: true, encoding: 'buffer' }).catch(refuseInside(path))
}

function refuse(path: string): (cause: unknown) => never {
  return (cause) => {
    throw toRunnelError(cause, path)
  }
}

/** Below the root something is missing only because it was there a moment ago. */
export function refuseInside(path: Buffer): (cause: unknown) => never {
  return (cause) => {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO') {
      throw new RunnelError('SOURCE_CHANGED', `${path} changed while it was published`, { cause })
    }
    throw toRunnelError(cause, String(path))
  }
}
