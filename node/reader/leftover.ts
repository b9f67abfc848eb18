// What is on disk already of a file that is to be written: the finished one, and what an earlier get left of it. Read part
// by part, sealed as its publisher did, and used only where the chunk so made has the very name that is wanted. So nothing
// on disk has to be believed.

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { encodePart, type FileItem, maxPartBytes } from '../../stack/data/index.js'

export class Leftover {
  readonly #crypto: Crypto
  readonly #scope: Uint8Array
  readonly #finished: FileHandle | undefined
  readonly #partial: FileHandle | undefined
  reusedBytes = 0

  private constructor(
    crypto: Crypto,
    scope: Uint8Array,
    finished: FileHandle | undefined,
    partial: FileHandle | undefined,
  ) {
    this.#crypto = crypto
    this.#scope = scope
    this.#finished = finished
    this.#partial = partial
  }

  /** Where nothing is on disk. */
  static none(crypto: Crypto, scope: Uint8Array): Leftover {
    return new Leftover(crypto, scope, undefined, undefined)
  }

  /** Opens those of the two that exist and are files, not symlinks. Close it in any case. */
  static async open(crypto: Crypto, scope: Uint8Array, path: string, partial: string): Promise<Leftover> {
    const finished = await openFile(path)
    return new Leftover(crypto, scope, finished, await openFile(partial))
  }

  get empty(): boolean {
    return this.#finished === undefined && this.#partial === undefined
  }

  /** Whether the finished file of one part is there already, which then gets its mode; larger ones are read part by part. */
  async keepsWhole(item: FileItem): Promise<boolean> {
    const file = this.#finished
    if (file === undefined || (await file.stat()).size !== item.bytes) return false
    if ((await this.#read(file, item.child, 0, item.bytes)) === undefined) return false
    await file.chmod(item.mode)
    return true
  }

  /** The chunk of a part that stands at `offset` and has `bytes` bytes of the file, if one of the files has it there. */
  async chunk(name: Uint8Array, offset: number, bytes: number): Promise<Uint8Array | undefined> {
    for (const file of [this.#partial, this.#finished]) {
      const chunk = file && (await this.#read(file, name, offset, bytes))
      if (chunk === undefined) continue
      this.reusedBytes += bytes
      return chunk
    }
    return undefined
  }

  async close(): Promise<void> {
    await this.#finished?.close()
    await this.#partial?.close()
  }

  async #read(file: FileHandle, name: Uint8Array, offset: number, bytes: number): Promise<Uint8Array | undefined> {
    // No part has another size, whatever the tree says.
    if (bytes < 1 || bytes > maxPartBytes) return undefined
    const plaintext = new Uint8Array(bytes)
    const { bytesRead } = await file.read(plaintext, 0, bytes, offset)
    if (bytesRead < bytes) return undefined
    const { chunk } = encodePart(this.#crypto, this.#scope, plaintext)
    return equal(this.#crypto.hash(chunk), name) ? chunk : undefined
  }
}

/** What cannot be opened is not there: it is written anew, and if that fails too, that says why. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  // A pipe would make us wait for its other end.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => undefined)
  if (file === undefined || (await file.stat()).isFile()) return file
  await file.close()
  return undefined
}
