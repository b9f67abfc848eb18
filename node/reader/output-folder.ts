// What a folder held when a get came to it: one look at the folder instead of several at each of its files.

import { readdir, stat } from 'node:fs/promises'
import { rethrow } from './partial-file.js'

export class OutputFolder {
  /** The same for every path that leads to it. */
  readonly key: string
  readonly #names: ReadonlySet<string> | undefined

  private constructor(key: string, names: ReadonlySet<string> | undefined) {
    this.key = key
    this.#names = names
  }

  /** Looks at a folder that is there and lists it, unless this get has just made it. Throws what the system says. */
  static async look(path: string, contents: 'none' | 'listed' | 'unlisted'): Promise<OutputFolder> {
    const { dev, ino } = await stat(path, { bigint: true }).catch(rethrow(path))
    // One that may be written to and not be listed may hold anything.
    const names = contents === 'listed' ? await readdir(path).catch(() => undefined) : []
    return new OutputFolder(
      `${dev}:${ino}`,
      contents === 'unlisted' || names === undefined ? undefined : new Set(names),
    )
  }

  /** Whether it may have held this name. Of what came later nothing is known. */
  mayHold(name: string): boolean {
    return this.#names?.has(name) ?? true
  }
}
