// The seeds on disk: one file a key in HOME/keys, 64 hex digits and a line end, mode 0600, flushed before anything is
// signed with it. A file that is not exactly that is DAMAGED and never overwritten.

import { RunnelError, toRunnelError } from '../../errors/index.js'
import { encodeUtf8, fromHex, toHex } from '../../stack/bytes/index.js'
import { type Files, readWhole, writeWhole } from '../store/index.js'

export type KeyName = 'device' | 'rung-0'

/** 64 hex digits and a line end. */
const fileBytes = 65

export class KeyFiles {
  readonly #files: Files
  readonly #directory: string

  constructor(files: Files, home: string) {
    this.#files = files
    this.#directory = `${home}/keys`
  }

  /** The seed of this name, or undefined when there is none. Throws DAMAGED, PERMISSION. */
  read(name: KeyName): Uint8Array | undefined {
    const path = this.#path(name)
    let content: Uint8Array | undefined
    try {
      if (this.#files.stat(path) === undefined) return undefined
      content = readWhole(this.#files, path, fileBytes)
    } catch (cause) {
      throw new RunnelError('PERMISSION', `the key ${path} cannot be read`, { cause })
    }
    const text = String.fromCharCode(...(content ?? []))
    const seed = /^[0-9a-f]{64}\n$/.test(text) ? fromHex(text.slice(0, 64)) : undefined
    if (seed === undefined) throw this.damaged(name, 'not a key')
    return seed
  }

  /** The error for a file that holds what it should not. */
  damaged(name: KeyName, what: string): RunnelError {
    return new RunnelError('DAMAGED', `the key file ${this.#path(name)} is damaged: it is ${what}`, {
      hint: 'Restore the file from a backup of this home, or restore the name with a recovery phrase.',
    })
  }

  /** Writes a seed so that it is whole or absent after any crash; replaces one of the same name. Throws DISK_FULL, IO. */
  async write(name: KeyName, seed: Uint8Array): Promise<void> {
    const path = this.#path(name)
    try {
      await writeWhole(this.#files, path, encodeUtf8(`${toHex(seed)}\n`), true)
    } catch (cause) {
      throw toRunnelError(cause, `the key ${path}`)
    }
  }

  /**
   * Keeps a seed that belongs to no name that the store knows: of a first start that was killed, or of a name whose store
   * was lost. Only its owner can tell which.
   */
  async setAside(name: KeyName, nowMs: number): Promise<void> {
    const path = this.#path(name)
    try {
      if (this.#files.stat(path) !== undefined) await this.#files.rename(path, `${path}.before-${nowMs}`)
    } catch (cause) {
      throw toRunnelError(cause, `the key ${path}`)
    }
  }

  #path(name: KeyName): string {
    return `${this.#directory}/${name}`
  }
}
