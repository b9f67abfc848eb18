// What somebody writes that is too long for an envelope: it goes as a file that the letter points to. While it is read it
// lies in the home, where nobody else looks; what a kill leaves there may be removed at any time.

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What such a file is called in its letter. */
const fileName = 'letter'

/** Lends `use` the path of a file with these bytes, in a directory of its own below `directory`. Throws IO as files do. */
export async function withLongLetter<T>(
  directory: string,
  bytes: Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  try {
    const path = join(directory, fileName)
    await writeFile(path, bytes, { mode: 0o600, flag: 'wx' })
    return await use(path)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
