// A file on its way to disk. It has a name of its own until it is whole, which no published item may bear, and is written
// by one get at a time: a second one into the same place waits, and then finds what the first has written.

import { constants } from 'node:fs'
import { type FileHandle, open, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { toRunnelError } from '../../errors/index.js'
import { encodeUtf8, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'

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

/** Runs `use` when nobody else in this process writes to `path`. */
export async function withPath<T>(path: string, use: () => Promise<T>): Promise<T> {
  const { dev, ino } = await stat(dirname(path), { bigint: true }).catch(rethrow(path))
  const key = `${dev}:${ino}/${basename(path)}`
  for (let other = busy.get(key); other !== undefined; other = busy.get(key)) await other
  let release: () => void = () => {}
  const free = new Promise<void>((resolve) => {
    release = resolve
  })
  busy.set(key, free)
  try {
    return await use()
  } finally {
    busy.delete(key)
    release()
  }
}

export class PartialFile {
  readonly #file: FileHandle
  readonly #partial: string
  #offset = 0

  private constructor(file: FileHandle, partial: string) {
    this.#file = file
    this.#partial = partial
  }

  /** Opens it as an earlier get left it, or makes it. A symlink of that name is refused. Close it in any case. */
  static async open(partial: string): Promise<PartialFile> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
    return new PartialFile(await open(partial, flags, 0o600).catch(rethrow(partial)), partial)
  }

  /** Writes the next bytes, over what is there. All of them are written, or it throws: DISK_FULL, IO. */
  async write(piece: Uint8Array): Promise<void> {
    for (let written = 0; written < piece.length; ) {
      const left = piece.length - written
      const { bytesWritten } = await this.#file.write(piece, written, left, this.#offset).catch(rethrow(this.#partial))
      written += bytesWritten
      this.#offset += bytesWritten
    }
  }

  /** Ends it behind what was written, and gives it its mode and its name. */
  async finish(mode: number, path: string): Promise<void> {
    await this.#file.truncate(this.#offset).catch(rethrow(this.#partial))
    await this.#file.chmod(mode).catch(rethrow(this.#partial))
    await rename(this.#partial, path).catch(rethrow(path))
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** Turns the failure of a file operation into a `RunnelError` that names the file. */
export function rethrow(path: string): (cause: unknown) => never {
  return (cause) => {
    throw toRunnelError(cause, path)
  }
}
