// Makes the chunks of a scanned file or folder: reads each file once, several at a time, cuts and seals it, and builds the
// directories above it. A file that is known and has not changed since is not opened.
// A file that changes while it is read is read again, and after a few times the call fails with SOURCE_CHANGED; what was
// stored until then is referred to by nothing.

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type BuiltItem, buildDirectory, FileBuilder } from '../../stack/data/index.js'
import type { ChunkSink } from './chunk-sink.js'
import { inOrder } from './in-order.js'
import { fileAttempts, filesAtOnce, readBytes } from './limits.js'
import { type Found, refuseInside, type Stamp, sameStamp, stampOf } from './scan.js'

/** The root of what was built. */
export interface BuiltTree {
  readonly child: Uint8Array
  readonly id: Uint8Array
  readonly bytes: number
  readonly reachable: number
}

/** Called after each file and each piece of a large one; never awaited. */
export type BuildProgress = (done: { files: number; bytes: number; path: string }) => void

/** What was made of files before, by their path with the name of what is published in front. */
export interface BuiltBefore {
  /** Only what is whole on disk. */
  find(path: string, stamp: Stamp): BuiltTree | undefined
  /** Called for every file, also for one that was found. It was opened, or found to be as it was, at `openedNs`. */
  add(path: string, stamp: Stamp, openedNs: bigint, built: BuiltTree): void
}

type FoundFile = Extract<Found, { kind: 'file' }>
type FoundDirectory = Extract<Found, { kind: 'directory' }>

interface PlacedFile {
  readonly found: FoundFile
  /** With the name of what is published in front. */
  readonly path: string
}

/** What one file at a time goes through. */
interface FileInput {
  readonly builder: FileBuilder
  readonly buffer: Uint8Array
}

export interface TreeBuilderOptions {
  readonly crypto: Crypto
  /** Of an unlisted stream. */
  readonly secret: Uint8Array | undefined
  readonly sink: ChunkSink
  readonly before: BuiltBefore
  readonly nowNs: () => bigint
  readonly signal: AbortSignal
  readonly progress: BuildProgress
}

export class TreeBuilder {
  readonly #options: TreeBuilderOptions
  /** Those that read nothing now: each file needs one, and making one takes longer than to read a small file. */
  readonly #idle: FileInput[] = []
  #files = 0
  #bytes = 0

  constructor(options: TreeBuilderOptions) {
    this.#options = options
  }

  async build(root: FoundFile | FoundDirectory): Promise<BuiltTree> {
    const built = inOrder(filesOf(root, ''), filesAtOnce, (file) => this.#file(file))
    try {
      return root.kind === 'file' ? await next(built) : await this.#directory(root, built)
    } finally {
      await built.return()
    }
  }

  /** `files` gives the files below, in the order in which `filesOf` lists them. */
  async #directory(found: FoundDirectory, files: AsyncGenerator<BuiltTree>): Promise<BuiltTree> {
    const { crypto, secret, sink } = this.#options
    const items: BuiltItem[] = []
    for (const item of found.items) {
      if (item.kind === 'symlink') {
        this.#files += 1
        items.push({ kind: 'symlink', name: item.name, target: item.target })
      } else {
        const tree = item.kind === 'file' ? await next(files) : await this.#directory(item, files)
        items.push({ kind: item.kind, name: item.name, mode: item.mode, ...tree })
      }
    }
    const built = buildDirectory(crypto, secret, items, (name, bytes) => sink.put(name, bytes))
    await sink.room()
    return built
  }

  async #file(file: PlacedFile): Promise<BuiltTree> {
    const { before, nowNs } = this.#options
    const { found, path } = file
    const known = before.find(path, found.stamp)
    if (known !== undefined) {
      before.add(path, found.stamp, nowNs(), known)
      this.#files += 1
      this.#bytes += known.bytes
      this.#report(found)
      return known
    }
    for (let attempt = 0; attempt < fileAttempts; attempt += 1) {
      const built = await this.#readOnce(file, attempt === 0)
      if (built !== undefined) return built
    }
    throw new RunnelError('SOURCE_CHANGED', `${found.path} changed while it was published`)
  }

  /** Undefined when the file is not what it was: on the first reading, as it was scanned; later, as it was opened. */
  async #readOnce({ found, path }: PlacedFile, asScanned: boolean): Promise<BuiltTree | undefined> {
    const { sink, before, nowNs } = this.#options
    const openedNs = nowNs()
    // What took the file's place meanwhile may be a symlink out of the folder, or a pipe that would make us wait.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await open(found.path, flags).catch(refuseInside(found.path))
    const input = this.#idle.pop() ?? this.#openInput()
    try {
      const stats = await file.stat({ bigint: true })
      const opened = stampOf(stats)
      if (!stats.isFile() || (asScanned && !sameStamp(opened, found.stamp))) return undefined
      const poured = await this.#pour(file, input, found, opened.bytes)
      if (!sameStamp(stampOf(await file.stat({ bigint: true })), opened)) {
        this.#bytes -= poured
        return undefined
      }
      const built = input.builder.end()
      this.#idle.push(input)
      before.add(path, opened, openedNs, built)
      this.#files += 1
      this.#report(found)
      await sink.room()
      return built
    } finally {
      await file.close()
    }
  }

  /**
   * Reads to the end, or a little beyond `size`: a file that grows while it is read need not have an end. Gives how many
   * bytes that were.
   */
  async #pour(file: FileHandle, { builder, buffer }: FileInput, found: FoundFile, size: bigint): Promise<number> {
    const { sink, signal } = this.#options
    let bytes = 0
    while (bytes <= size) {
      if (signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: signal.reason })
      const { bytesRead } = await file.read(buffer, 0, buffer.length).catch((cause: unknown) => {
        throw toRunnelError(cause, String(found.path))
      })
      if (bytesRead === 0) break
      builder.push(buffer.subarray(0, bytesRead))
      bytes += bytesRead
      this.#bytes += bytesRead
      await sink.room()
      if (bytesRead === buffer.length) this.#report(found)
    }
    return bytes
  }

  #openInput(): FileInput {
    const { crypto, secret, sink } = this.#options
    const builder = new FileBuilder(crypto, secret, (name, bytes) => sink.put(name, bytes))
    return { builder, buffer: new Uint8Array(readBytes) }
  }

  #report(found: Found): void {
    this.#options.progress({ files: this.#files, bytes: this.#bytes, path: found.name })
  }
}

/** The files of a tree with their paths, in the order in which directories list them. */
function* filesOf(found: Found, directory: string): Generator<PlacedFile, void, undefined> {
  const path = `${directory}${found.name}`
  if (found.kind === 'file') yield { found, path }
  else if (found.kind === 'directory') for (const item of found.items) yield* filesOf(item, `${path}/`)
}

async function next(files: AsyncGenerator<BuiltTree>): Promise<BuiltTree> {
  const { value, done } = await files.next()
  if (done) throw new RunnelError('INTERNAL', 'a file of the folder is missing')
  return value
}
