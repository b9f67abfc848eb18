// Segment files that are open for reading, a bounded number of them.

import { uninitialized } from '../../stack/bytes/index.js'
import type { Files, OpenFile } from './files.js'
import { OPEN_FILES_MAX } from './limits.js'

/** Memory for so many bytes, or undefined where none of its own is needed. */
export type Room = (bytes: number) => Uint8Array | undefined

export class OpenFiles {
  readonly #files: Files
  readonly #open = new Map<string, OpenFile>()
  #closed = false

  constructor(files: Files) {
    this.#files = files
  }

  /** What stands at an offset, in memory from `room` where it gives some; undefined when it cannot be read in full. */
  read(path: string, offset: number, bytes: number, room?: Room): Uint8Array | undefined {
    if (this.#closed) return undefined
    try {
      const target = room?.(bytes) ?? uninitialized(bytes)
      return this.#file(path).read(offset, target) === bytes ? target : undefined
    } catch {
      // A file that fails is opened anew for the next read.
      this.close(path)
      return undefined
    }
  }

  close(path: string): void {
    const file = this.#open.get(path)
    this.#open.delete(path)
    try {
      file?.close()
    } catch {
      // Nothing was written through it.
    }
  }

  /** Closes all, and opens none any more. */
  closeAll(): void {
    this.#closed = true
    for (const path of [...this.#open.keys()]) this.close(path)
  }

  #file(path: string): OpenFile {
    const known = this.#open.get(path)
    if (known !== undefined) return known
    const [oldest] = this.#open.keys()
    if (oldest !== undefined && this.#open.size >= OPEN_FILES_MAX) this.close(oldest)
    const file = this.#files.open(path, 'read')
    this.#open.set(path, file)
    return file
  }
}
