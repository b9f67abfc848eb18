// What an earlier get left on disk of a file: read again part by part, sealed as its publisher did, and used only where
// the chunk so made has the very name that is wanted. So nothing on disk has to be believed.

import { type FileHandle, open } from 'node:fs/promises'
import { concat, equal } from '../../stack/bytes/index.js'
import { type Crypto, seal } from '../../stack/crypto/index.js'
import { ChunkKind, type FileItem } from '../../stack/data/index.js'

const noContext = new Uint8Array(0)
const kind = Uint8Array.of(ChunkKind.part)

export class Leftover {
  readonly #crypto: Crypto
  readonly #scope: Uint8Array
  readonly #files: readonly FileHandle[]
  reusedBytes = 0

  private constructor(crypto: Crypto, scope: Uint8Array, files: readonly FileHandle[]) {
    this.#crypto = crypto
    this.#scope = scope
    this.#files = files
  }

  /** Opens those of the paths that exist and are files, the likeliest first. */
  static async open(crypto: Crypto, scope: Uint8Array, paths: readonly string[]): Promise<Leftover> {
    const files: FileHandle[] = []
    for (const path of paths) {
      const file = await open(path, 'r').catch(() => undefined)
      if (file === undefined) continue
      if ((await file.stat()).isFile()) files.push(file)
      else await file.close()
    }
    return new Leftover(crypto, scope, files)
  }

  get empty(): boolean {
    return this.#files.length === 0
  }

  /** Whether the finished file of one part is there already; larger ones are found part by part. */
  async isWhole(item: FileItem): Promise<boolean> {
    const last = this.#files.at(-1)
    if (last === undefined || item.bytes === 0 || (await last.stat()).size !== item.bytes) return false
    if (item.bytes > maxSingleBytes) return false
    return (await this.#read(last, item.child, 0, item.bytes)) !== undefined
  }

  /** The chunk of a part that stands at `offset` and has `bytes` bytes of the file, if one of the files has it there. */
  async chunk(name: Uint8Array, offset: number, bytes: number): Promise<Uint8Array | undefined> {
    for (const file of this.#files) {
      const chunk = await this.#read(file, name, offset, bytes)
      if (chunk === undefined) continue
      this.reusedBytes += bytes
      return chunk
    }
    return undefined
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close()
  }

  async #read(file: FileHandle, name: Uint8Array, offset: number, bytes: number): Promise<Uint8Array | undefined> {
    const plaintext = new Uint8Array(bytes)
    const { bytesRead } = await file.read(plaintext, 0, bytes, offset)
    if (bytesRead < bytes) return undefined
    const { sealed } = seal(this.#crypto, this.#scope, ChunkKind.part, noContext, plaintext)
    const chunk = concat(kind, sealed)
    return equal(this.#crypto.hash(chunk), name) ? chunk : undefined
  }
}

/** The largest part (docs/protocol.md §6.3): a larger file has several. */
const maxSingleBytes = 57_344
