// Makes the chunks of a scanned file or folder: reads each file once, cuts and seals it, builds the directories above it.
// A file that changes while it is read is read again, and after a few times the call fails with SOURCE_CHANGED; what was
// stored until then is referred to by nothing.

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type BuiltItem, buildDirectory, FileBuilder } from '../../stack/data/index.js'
import type { ChunkSink } from './chunk-sink.js'
import { fileAttempts, readBytes } from './limits.js'
import { type Found, refuseInside, sameStamp, stampOf } from './scan.js'

/** The root of what was built. */
export interface BuiltTree {
  readonly child: Uint8Array
  readonly id: Uint8Array
  readonly bytes: number
  readonly reachable: number
}

/** Called after each file and each piece of a large one; never awaited. */
export type BuildProgress = (done: { files: number; bytes: number; path: string }) => void

export class TreeBuilder {
  readonly #crypto: Crypto
  readonly #secret: Uint8Array | undefined
  readonly #sink: ChunkSink
  readonly #signal: AbortSignal
  readonly #progress: BuildProgress
  readonly #buffer = new Uint8Array(readBytes)
  #files = 0
  #bytes = 0

  constructor(
    crypto: Crypto,
    secret: Uint8Array | undefined,
    sink: ChunkSink,
    signal: AbortSignal,
    progress: BuildProgress,
  ) {
    this.#crypto = crypto
    this.#secret = secret
    this.#sink = sink
    this.#signal = signal
    this.#progress = progress
  }

  async build(found: Found): Promise<BuiltTree> {
    if (found.kind === 'directory') return this.#directory(found)
    if (found.kind === 'file') return this.#file(found)
    throw new RunnelError('INTERNAL', 'a symlink is no tree')
  }

  async #directory(found: Extract<Found, { kind: 'directory' }>): Promise<BuiltTree> {
    const items: BuiltItem[] = []
    for (const item of found.items) {
      if (item.kind === 'symlink') {
        this.#files += 1
        items.push({ kind: 'symlink', name: item.name, target: item.target })
      } else items.push({ kind: item.kind, name: item.name, mode: item.mode, ...(await this.build(item)) })
    }
    const built = buildDirectory(this.#crypto, this.#secret, items, (name, bytes) => this.#sink.put(name, bytes))
    await this.#sink.room()
    return built
  }

  async #file(found: Extract<Found, { kind: 'file' }>): Promise<BuiltTree> {
    for (let attempt = 0; attempt < fileAttempts; attempt += 1) {
      const built = await this.#readOnce(found, attempt === 0)
      if (built !== undefined) return built
    }
    throw new RunnelError('SOURCE_CHANGED', `${found.path} changed while it was published`)
  }

  /** Undefined when the file is not what it was: on the first reading, as it was scanned; later, as it was opened. */
  async #readOnce(found: Extract<Found, { kind: 'file' }>, asScanned: boolean): Promise<BuiltTree | undefined> {
    // What took the file's place meanwhile may be a symlink out of the folder, or a pipe that would make us wait.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await open(found.path, flags).catch(refuseInside(found.path))
    const before = this.#bytes
    try {
      const stats = await file.stat({ bigint: true })
      const opened = stampOf(stats)
      if (!stats.isFile() || (asScanned && !sameStamp(opened, found.stamp))) return undefined
      const builder = new FileBuilder(this.#crypto, this.#secret, (name, bytes) => this.#sink.put(name, bytes))
      await this.#pour(file, builder, found, opened.bytes)
      if (!sameStamp(stampOf(await file.stat({ bigint: true })), opened)) {
        this.#bytes = before
        return undefined
      }
      const built = builder.end()
      this.#files += 1
      this.#report(found)
      await this.#sink.room()
      return built
    } finally {
      await file.close()
    }
  }

  /** Reads to the end, or a little beyond `size`: a file that grows while it is read need not have an end. */
  async #pour(
    file: FileHandle,
    builder: FileBuilder,
    found: Extract<Found, { kind: 'file' }>,
    size: bigint,
  ): Promise<void> {
    for (let bytes = 0; bytes <= size; ) {
      if (this.#signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: this.#signal.reason })
      const { bytesRead } = await file.read(this.#buffer, 0, this.#buffer.length).catch((cause: unknown) => {
        throw toRunnelError(cause, String(found.path))
      })
      if (bytesRead === 0) return
      builder.push(this.#buffer.subarray(0, bytesRead))
      bytes += bytesRead
      this.#bytes += bytesRead
      await this.#sink.room()
      if (bytesRead === this.#buffer.length) this.#report(found)
    }
  }

  #report(found: Found): void {
    this.#progress({ files: this.#files, bytes: this.#bytes, path: found.name })
  }
}
