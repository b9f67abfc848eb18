// A file on its way to disk. It has a name of its own until it is whole, which no published item may bear, and is written
// by one get at a time: a second one into the same place waits, and then finds what the first has written.

import { constants, fchmodSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { toRunnelError } from '../../errors/index.js'
import { encodeUtf8, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { writeBytes } from './limits.js'

/** The form of the names that unfinished files have: short, however long the name of the file is. */
const partialPattern = /^\.[0-9a-f]{32}\.runnel-partial$/

/** Whether an item of a folder bears a name that is kept for unfinished files. */
export function isPartialName(name: string): boolean {
  return partialPattern.test(name)
}

/** Where a file is written until it is whole; the same for each version of it, so that the next get finds it. */
export function partialPathOf(crypto: Crypto, path: string): string {
  const hash = crypto.hash(encodeUtf8(basename(path)))
  return join(dirname(path), `.${toHex(hash.subarray(0, 16))}.runnel-partial`)
}

const busy = new Map<string, Promise<void>>()

/**
 * Runs `use` when nobody else in this process writes to what has this key (see OutputFolder.key). `waited`: somebody did,
 * so what is on disk is not what it was.
 */
export async function withPath<T>(key: string, use: (waited: boolean) => Promise<T>): Promise<T> {
  let waited = false
  for (let other = busy.get(key); other !== undefined; other = busy.get(key)) {
    waited = true
    await other
  }
  let release: () => void = () => {}
  const free = new Promise<void>((resolve) => {
    release = resolve
  })
  busy.set(key, free)
  try {
    return await use(waited)
  } finally {
    busy.delete(key)
    release()
  }
}

export class PartialFile {
  readonly #file: FileHandle
  readonly #partial: string
  /** Nothing was in it before. */
  readonly #made: boolean
  /** Pieces that are not written yet, in order. */
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #offset = 0
  readonly #giveBack: (piece: Uint8Array) => void

  private constructor(file: FileHandle, partial: string, made: boolean, giveBack: (piece: Uint8Array) => void) {
    this.#giveBack = giveBack
    this.#file = file
    this.#partial = partial
    this.#made = made
  }

  /**
   * Opens it as an earlier get left it, or makes it. A symlink of that name is refused. Close it in any case. Each piece
   * is given to `giveBack` when it is written.
   */
  static async open(partial: string, giveBack: (piece: Uint8Array) => void = () => {}): Promise<PartialFile> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
    return new PartialFile(await open(partial, flags, 0o600).catch(rethrow(partial)), partial, false, giveBack)
  }

  /** Makes it, where nothing of that name is known to be; otherwise as `open`. */
  static async make(partial: string, giveBack: (piece: Uint8Array) => void = () => {}): Promise<PartialFile> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    const file = await open(partial, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') rethrow(partial)(error)
    })
    return file === undefined ? PartialFile.open(partial, giveBack) : new PartialFile(file, partial, true, giveBack)
  }

  /**
   * Takes the next bytes, which nobody changes until they are given back, to be written over what is there: several pieces
   * together, because each write is a way to another thread and back. Gives how many bytes were written now, of all that
   * were taken. Throws when they cannot be: DISK_FULL, IO.
   */
  async write(piece: Uint8Array): Promise<number> {
    return this.add(piece) ? this.flush() : 0
  }

  /** The same without writing; whether it is time to `flush`. */
  add(piece: Uint8Array): boolean {
    this.#pending.push(piece)
    this.#pendingBytes += piece.length
    return this.#pendingBytes >= writeBytes
  }

  /** Writes all that was taken, or throws. Gives how many bytes that were. */
  async flush(): Promise<number> {
    const before = this.#offset
    while (this.#pending.length > 0) {
      const { bytesWritten } = await this.#file.writev(this.#pending, this.#offset).catch(rethrow(this.#partial))
      this.#offset += bytesWritten
      this.#pendingBytes -= bytesWritten
      const written = this.#pending
      this.#pending = behind(written, bytesWritten)
      for (const piece of written.slice(0, written.length - this.#pending.length)) this.#giveBack(piece)
    }
    return this.#offset - before
  }

  /** Ends it behind what was taken, and gives it its mode and its name. Gives how many bytes were written for that. */
  async finish(mode: number, path: string): Promise<number> {
    const written = await this.flush()
    if (!this.#made) await this.#file.truncate(this.#offset).catch(rethrow(this.#partial))
    // The mode of a file that is open waits for no disk, and a promise for it would cost ten times as much.
    try {
      fchmodSync(this.#file.fd, mode)
    } catch (error) {
      rethrow(this.#partial)(error)
    }
    await rename(this.#partial, path).catch(rethrow(path))
    return written
  }

  /** What was taken and could not be written yet is of use to the next get, if it can be written now. */
  async close(): Promise<void> {
    await this.flush().catch(() => 0)
    await this.#file.close()
  }
}

/** What is left of pieces when so many bytes of them have gone. */
function behind(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const left: Uint8Array[] = []
  let gone = bytes
  for (const piece of pieces) {
    if (gone < piece.length) left.push(piece.subarray(gone))
    gone = Math.max(0, gone - piece.length)
  }
  return left
}

/** Turns the failure of a file operation into a `RunnelError` that names the file. */
export function rethrow(path: string): (cause: unknown) => never {
  return (cause) => {
    throw toRunnelError(cause, path)
  }
}
