// Writes a site, a folder of it or one file to disk. Every byte is verified before it is written; a file appears under its
// name only when it is whole; what is there already is read, checked against the tree and kept, so an interrupted get
// goes on where it was and a newer version fetches only what changed. Nothing is written outside of the output.

import { constants } from 'node:fs'
import { chmod, type FileHandle, lstat, mkdir, open, readlink, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import { type FileItem, type FolderEntry, walkFolder } from '../../stack/data/index.js'
import { drive } from './drive.js'
import { readFile } from './file-bytes.js'
import { Leftover } from './leftover.js'
import { parallelFiles } from './limits.js'
import type { ReadSession } from './session.js'
import type { Site, SiteItem } from './site.js'
import type { Target } from './target.js'

export interface DownloadProgress {
  files: number
  bytes: number
  totalFiles: number
  totalBytes: number
  path: string
}

export interface Downloaded {
  readonly files: number
  readonly bytes: number
  /** Bytes that were on disk already, verified, and not fetched. */
  readonly reusedBytes: number
}

/** What is being written bears this at its end until it is whole. */
const partialSuffix = '.runnel-partial'

export class Download {
  readonly #session: ReadSession
  readonly #target: Target
  readonly #site: Site
  readonly #progress: (progress: DownloadProgress) => void
  readonly #total: DownloadProgress
  #reusedBytes = 0

  constructor(session: ReadSession, target: Target, site: Site, progress: (progress: DownloadProgress) => void) {
    this.#session = session
    this.#target = target
    this.#site = site
    this.#progress = progress
    this.#total = { files: 0, bytes: 0, totalFiles: site.note.files, totalBytes: site.note.bytes, path: '' }
  }

  /** Writes `item`, which `path` named in the site, to `output`. */
  async write(item: SiteItem, path: readonly string[], output: string): Promise<Downloaded> {
    if (item.kind === 'file') {
      this.#total.totalFiles = 1
      this.#total.totalBytes = item.bytes
      await mkdir(dirname(output), { recursive: true }).catch(rethrow(output))
      await this.#writeFile({ ...item, kind: 'file', name: '' }, output)
    } else await this.#writeFolder(item, path, output)
    return { files: this.#total.files, bytes: this.#total.bytes, reusedBytes: this.#reusedBytes }
  }

  async #writeFolder(root: SiteItem, path: readonly string[], output: string): Promise<void> {
    const { note, log } = this.#site
    if (path.length > 0) this.#total.totalBytes = root.bytes
    const limits = { maxFiles: note.files, maxBytes: note.bytes }
    const walk = walkFolder(this.#session.crypto, this.#target.fileScope, root, { limits, directoryPath: path })
    const directories: { path: string; mode: number }[] = [{ path: output, mode: root.mode }]
    await this.#makeDirectory(output)
    const running = new Set<Promise<void>>()
    let failure: unknown
    for await (const { directoryPath, item } of drive<FolderEntry>(this.#session, walk, log, 'the folder')) {
      const at = join(output, ...directoryPath.slice(path.length), item.name)
      if (item.kind === 'directory') {
        await this.#makeDirectory(at)
        directories.push({ path: at, mode: item.mode })
      } else if (item.kind === 'symlink') await this.#writeSymlink(item.target, at)
      else {
        const task: Promise<void> = this.#writeFile(item, at)
          .catch((error: unknown) => {
            failure ??= error
          })
          .finally(() => running.delete(task))
        running.add(task)
        if (running.size >= parallelFiles) await Promise.race(running)
      }
      if (failure !== undefined) break
    }
    await Promise.all(running)
    if (failure !== undefined) throw failure
    // Last, so that a folder that may not be written to can be filled before.
    for (const { path: directory, mode } of directories.reverse())
      await chmod(directory, mode).catch(rethrow(directory))
  }

  async #makeDirectory(path: string): Promise<void> {
    const stats = await lstat(path).catch(() => undefined)
    if (stats?.isDirectory()) {
      if ((stats.mode & 0o700) !== 0o700) await chmod(path, stats.mode | 0o700).catch(rethrow(path))
      return
    }
    if (stats !== undefined) {
      throw new RunnelError('EXISTS', `${path} is in the way: a folder is to be written there`)
    }
    await mkdir(path, { recursive: true, mode: 0o755 }).catch(rethrow(path))
  }

  async #writeSymlink(target: string, path: string): Promise<void> {
    const stats = await lstat(path).catch(() => undefined)
    if (stats?.isSymbolicLink() && (await readlink(path)) === target) return this.#done(path)
    if (stats?.isDirectory()) throw new RunnelError('EXISTS', `${path} is in the way: a symlink is to be written there`)
    if (stats !== undefined) await rm(path).catch(rethrow(path))
    await symlink(target, path).catch(rethrow(path))
    this.#done(path)
  }

  async #writeFile(item: FileItem, path: string): Promise<void> {
    const partial = path + partialSuffix
    const kept = await Leftover.open(this.#session.crypto, this.#target.fileScope, [partial, path])
    try {
      if (await kept.isWhole(item)) {
        await chmod(path, item.mode).catch(rethrow(path))
        this.#reusedBytes += item.bytes
        this.#total.bytes += item.bytes
        return this.#done(path)
      }
      const stats = await lstat(path).catch(() => undefined)
      if (stats?.isDirectory()) throw new RunnelError('EXISTS', `${path} is in the way: a file is to be written there`)
      await this.#fill(item, partial, path, kept)
    } finally {
      await kept.close()
    }
    this.#done(path)
  }

  /** Writes in place over what an earlier get left: each piece is either the same bytes or the right ones. */
  async #fill(item: FileItem, partial: string, path: string, kept: Leftover): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW
    const file: FileHandle = await open(partial, flags, 0o600).catch(rethrow(partial))
    try {
      let offset = 0
      const local = kept.empty ? undefined : kept.chunk.bind(kept)
      for await (const piece of readFile(
        this.#session,
        this.#target.fileScope,
        item,
        this.#site.log,
        path,
        {},
        local,
      )) {
        await file.write(piece, 0, piece.length, offset)
        offset += piece.length
        this.#total.bytes += piece.length
        this.#report(path)
      }
      await file.truncate(offset)
      await file.chmod(item.mode)
    } catch (error) {
      throw toRunnelError(error, partial)
    } finally {
      await file.close()
    }
    this.#reusedBytes += kept.reusedBytes
    await rename(partial, path).catch(rethrow(path))
  }

  #done(path: string): void {
    this.#total.files += 1
    this.#report(path)
  }

  #report(path: string): void {
    this.#total.path = path
    this.#progress({ ...this.#total })
  }
}

function rethrow(path: string): (cause: unknown) => never {
  return (cause) => {
    throw toRunnelError(cause, path)
  }
}
