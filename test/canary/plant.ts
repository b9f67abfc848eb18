// Plants a defect: copies the compiled tree beside the packages that it needs, and replaces one piece of it.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Defect } from './defects.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What a tree needs besides `dist/` to run. */
const beside = ['node_modules', 'docs', 'package.json', 'test', 'bench', 'README.md']

/** The directory of the defective tree; `remove` it. Throws when the piece is not there exactly once. */
export function plant({ file, find, replace }: Pick<Defect, 'file' | 'find' | 'replace'>): {
  directory: string
  remove: () => void
} {
  const directory = mkdtempSync(join(tmpdir(), 'canary-'))
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  try {
    cpSync(join(root, 'dist'), join(directory, 'dist'), { recursive: true })
    for (const name of beside) symlinkSync(join(root, name), join(directory, name))
    const path = join(directory, 'dist', file)
    const before = readFileSync(path, 'utf8')
    const found = before.split(find).length - 1
    if (found !== 1) throw new Error(`${file} has ${found} times: ${find}`)
    writeFileSync(
      path,
      before.replace(find, () => replace),
    )
    return { directory, remove }
  } catch (error) {
    remove()
    throw error
  }
}
