// Plants a defect: links the compiled tree beside the packages that it needs, and puts a changed file in the place of one.
// Names are linked, not contents copied, because there are thousands: a harness that wrote over a file of its own tree in
// place would write into the tree that is tried, so none may.

import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Defect } from './defect.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What a tree needs besides `dist/` to run. */
const beside = ['node_modules', 'docs', 'package.json', 'test', 'bench', 'README.md']

/** What runs nowhere: types, and the way back to the source. */
const idle = /\.(d\.ts|map|tsbuildinfo)$/

/** The directory of the defective tree; `remove` it. Throws when the piece is not there exactly once. */
export function plant({ file, find, replace }: Pick<Defect, 'file' | 'find' | 'replace'>): {
  directory: string
  remove: () => void
} {
  const directory = mkdtempSync(join(tmpdir(), 'canary-'))
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  try {
    linkTree(join(root, 'dist'), join(directory, 'dist'))
    for (const name of beside) symlinkSync(join(root, name), join(directory, name))
    const path = join(directory, 'dist', file)
    const before = readFileSync(path, 'utf8')
    const found = before.split(find).length - 1
    if (found !== 1) throw new Error(`${file} has ${found} times: ${find}`)
    // Removed first: written in place, the defect would stand in the tree that it comes from.
    rmSync(path)
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

function linkTree(from: string, to: string): void {
  mkdirSync(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) linkTree(source, target)
    else if (!idle.test(entry.name)) linkFile(source, target)
  }
}

/** Copies where it cannot link: temporary files may have a file system of their own. */
function linkFile(source: string, target: string): void {
  try {
    linkSync(source, target)
  } catch {
    copyFileSync(source, target)
  }
}
