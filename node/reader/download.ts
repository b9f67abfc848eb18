// Writes a site, a folder of it or one file to disk. Every byte is verified before it is written; a file appears under its
// name only when it is whole; what is there already is read, checked against the tree and kept, so an interrupted get
// goes on where it was and a newer version fetches only what changed. Nothing is written outside of the output.

import { chmod, lstat, mkdir, readlink, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { RunnelError } from '../../errors/index.js'
import { Rooms } from '../../stack/bytes/index.js'
import { type FileItem, type FolderEntry, maxPartBytes, walkFolder } from '../../stack/data/index.js'
import { drive } from './drive.js'
import { readFile } from './file-bytes.js'
import { Leftover } from './leftover.js'
import { leastRoomBytes, parallelFiles, spareRooms, waitingFiles, windowBytes } from './limits.js'
import { OutputFolder } from './output-folder.js'
import { isPartialName, PartialFile, partialPathOf, rethrow, withPath } from './partial-file.js'
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

type Pieces = AsyncGenerator<Uint8Array, void, undefined>
type Next = ReturnType<Pieces['next']>

export class Download {
  readonly #session: ReadSession
  readonly #target: Target
  readonly #site: Site
  readonly #progress: (progress: DownloadProgress) => void
  readonly #total: DownloadProgress
  /** The folders that were come to, by path. */
  readonly #folders = new Map<string, Promise<OutputFolder>>()
  readonly #rooms = new Rooms({ leastBytes: leastRoomBytes, roomBytes: maxPartBytes, maxSpare: spareRooms })
  #reusedBytes = 0

  constructor(session: ReadSession, target: Target, site: Site, progress: (progress: DownloadProgress) => void) {
    this.#session = session
    this.#target = target
    this.#site = site
    this.#progress = progress
    this.#total = { files: 0, bytes: 0, totalFiles: site.note.files, totalBytes: site.note.bytes, path: '' }
  }

  /**
   * Writes `item`, which `path` named in the site, to `output`. When it throws, nothing is being written any more, what
   * is whole stays, and the session is closed.
   */
  async write(item: SiteItem, path: readonly string[], output: string): Promise<Downloaded> {
    if (item.kind === 'file') {
      this.#total.totalFiles = 1
      this.#total.totalBytes = item.bytes
      await mkdir(dirname(output), { recursive: true }).catch(rethrow(output))
      // For one file a large folder is not listed.
      this.#comeTo(dirname(output), 'unlisted')
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
    await this.#makeRoot(output)
    const running = new Set<Promise<void>>()
    let handleEnd = (): void => {}
    let failure: unknown
    try {
      for await (const { directoryPath, item } of drive<FolderEntry>(this.#session, walk, log, 'the folder')) {
        const at = join(output, ...directoryPath.slice(path.length), item.name)
        if (isPartialName(item.name)) throw new RunnelError('EXISTS', `${at}: this name is kept for unfinished files`)
        if (item.kind === 'directory') {
          await this.#makeDirectory(at)
          directories.push({ path: at, mode: item.mode })
        } else if (item.kind === 'symlink') await this.#writeSymlink(item.target, at)
        else {
          const task: Promise<void> = this.#writeFile(item, at)
            .catch((error: unknown) => {
              failure ??= error
            })
            .finally(() => {
              running.delete(task)
              handleEnd()
            })
          running.add(task)
          while (this.#areEnough(running.size)) {
            await new Promise<void>((resolve) => {
              handleEnd = resolve
            })
          }
        }
        if (failure !== undefined) break
      }
    } catch (error) {
      failure ??= error
    }
    if (failure !== undefined) this.#session.close()
    await Promise.all(running)
    if (failure !== undefined) throw failure
    // Last, so that a folder that may not be written to can be filled before.
    for (const { path: directory, mode } of directories.reverse())
      await chmod(directory, mode).catch(rethrow(directory))
  }

  /** Small files that come from others are waited for together, as many as fill the way. */
  #areEnough(files: number): boolean {
    const { sources, inFlightBytes } = this.#session
    return files >= (sources.areFar && inFlightBytes < windowBytes ? waitingFiles : parallelFiles)
  }

  /** The output itself may be a symlink to a folder: it is the user's, not the publisher's. */
  async #makeRoot(path: string): Promise<void> {
    const stats = await stat(path).catch(() => undefined)
    if (stats !== undefined && !stats.isDirectory()) {
      throw new RunnelError('EXISTS', `${path} is in the way: a folder is to be written there`)
    }
    if (stats === undefined) await this.#makeNew(path)
    else await openFolder(path, stats.mode)
  }

  /** A file or symlink that has the name of a folder now goes: nothing may be written through it. */
  async #makeDirectory(path: string): Promise<void> {
    const stats = await lstat(path).catch(() => undefined)
    if (stats?.isDirectory()) return openFolder(path, stats.mode)
    if (stats !== undefined) await rm(path).catch(rethrow(path))
    await this.#makeNew(path)
  }

  async #makeNew(path: string): Promise<void> {
    // Undefined where another get into the same place has made it meanwhile.
    const made = await mkdir(path, { recursive: true }).catch(rethrow(path))
    this.#comeTo(path, made === undefined ? 'listed' : 'none')
  }

  #comeTo(path: string, contents: 'none' | 'listed' | 'unlisted'): Promise<OutputFolder> {
    const folder = OutputFolder.look(path, contents)
    // That it cannot be looked at is told to whoever writes into it.
    folder.catch(() => {})
    this.#folders.set(path, folder)
    return folder
  }

  /** Runs `use` when nobody else writes to `path`. `mayBe`: whether a file of such a name in its folder may be there. */
  async #withPath(path: string, use: (mayBe: (path: string) => boolean) => Promise<void>): Promise<void> {
    const directory = dirname(path)
    const folder = await (this.#folders.get(directory) ?? this.#comeTo(directory, 'listed'))
    await withPath(`${folder.key}/${basename(path)}`, (waited) =>
      use((other) => waited || folder.mayHold(basename(other))),
    )
  }

  async #writeSymlink(target: string, path: string): Promise<void> {
    await this.#withPath(path, async () => {
      const stats = await lstat(path).catch(() => undefined)
      if (stats?.isSymbolicLink() && (await readlink(path)) === target) return
      if (stats?.isDirectory()) throw inTheWay(path, 'symlink')
      if (stats !== undefined) await rm(path).catch(rethrow(path))
      await symlink(target, path).catch(rethrow(path))
    })
    this.#done(path)
  }

  async #writeFile(item: FileItem, path: string): Promise<void> {
    await this.#withPath(path, async (mayBe) => {
      const { crypto } = this.#session
      const { fileScope } = this.#target
      const partial = partialPathOf(crypto, path)
      const mayBeLeft = mayBe(path) || mayBe(partial)
      const kept = mayBeLeft ? await Leftover.open(crypto, fileScope, path, partial) : Leftover.none(crypto, fileScope)
      try {
        if (await kept.keepsWhole(item)) {
          this.#reusedBytes += item.bytes
          this.#total.bytes += item.bytes
          // Left by a get that ended after another one had finished the file.
          await rm(partial, { force: true })
        } else {
          if (mayBe(path)) await this.#giveWay(path)
          const pieces = this.#piecesOf(item, path, kept)
          // Asked for before the file is made where that takes its time. What is here would all be read before any file is.
          const first = this.#session.sources.areFar ? pieces.next() : undefined
          first?.catch(() => {})
          const giveBack = (piece: Uint8Array): void => this.#rooms.giveBack(piece)
          const file = await (mayBe(partial)
            ? PartialFile.open(partial, giveBack)
            : PartialFile.make(partial, giveBack))
          await this.#fill(item, file, path, first, pieces)
          this.#reusedBytes += kept.reusedBytes
        }
      } catch (error) {
        rethrow(path)(error)
      } finally {
        await kept.close()
      }
    })
    this.#done(path)
  }

  /** A folder in the place of a file is never removed. */
  async #giveWay(path: string): Promise<void> {
    const stats = await lstat(path).catch(() => undefined)
    if (stats?.isDirectory()) throw inTheWay(path, 'file')
  }

  #piecesOf(item: FileItem, path: string, kept: Leftover): Pieces {
    const local = kept.empty ? undefined : kept.chunk.bind(kept)
    const room = (bytes: number): Uint8Array | undefined => this.#rooms.take(bytes)
    return readFile(this.#session, this.#target.fileScope, item, this.#site.log, path, {}, local, room)
  }

  /** Writes in place over what an earlier get left: each piece is either the same bytes or the right ones. */
  async #fill(item: FileItem, file: PartialFile, path: string, first: Next | undefined, pieces: Pieces): Promise<void> {
    try {
      for (let next = await (first ?? pieces.next()); next.done !== true; next = await pieces.next()) {
        const written = file.add(next.value) ? await file.flush() : 0
        this.#total.bytes += written
        if (written > 0) this.#report(path)
      }
      const rest = await file.finish(item.mode, path)
      this.#total.bytes += rest
    } finally {
      await pieces.return()
      await file.close()
    }
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

/** Makes a folder writable while it is filled; its own mode comes last. */
async function openFolder(path: string, mode: number): Promise<void> {
  if ((mode & 0o700) !== 0o700) await chmod(path, (mode & 0o777) | 0o700).catch(rethrow(path))
}

function inTheWay(path: string, what: string): RunnelError {
  return new RunnelError('EXISTS', `${path} is a folder, and in the way: a ${what} is to be written there`, {
    hint: 'Remove it or choose another output: a folder is never removed for you.',
  })
}
