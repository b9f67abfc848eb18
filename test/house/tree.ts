// Reads the project's own files, for the tests that look at them.

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's root, seen from the compiled file in dist/test/house/. */
export const root = fileURLToPath(new URL('../../..', import.meta.url))

const skipped = new Set(['node_modules', 'dist', 'coverage', 'corpus', 'fixtures', 'target'])

/** Path (relative, with `/`) to text of every file whose name ends in one of `endings`; generated and foreign ones apart. */
export function readTree(endings: readonly string[]): Map<string, string> {
  const tree = new Map<string, string>()
  for (const path of pathsIn(root)) {
    if (endings.some((ending) => path.endsWith(ending))) tree.set(path, readFileSync(join(root, path), 'utf8'))
  }
  return tree
}

function pathsIn(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    if (skipped.has(entry.name) || entry.name === '.git') return []
    const path = join(directory, entry.name)
    return entry.isDirectory() ? pathsIn(path) : entry.isFile() ? [relative(root, path).split(sep).join('/')] : []
  })
}
