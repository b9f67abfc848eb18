// The page docs/benchmarks.md: a section for each suite, written by the bench between two marks; all other text stays.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './machine.js'
import { replaceSection } from './table.js'

/** Puts the text in the place of what the section says; a section that is not there comes to the end. */
export function writeSection(name: string, text: string): void {
  const page = join(root, 'docs', 'benchmarks.md')
  writeFileSync(page, replaceSection(existsSync(page) ? readFileSync(page, 'utf8') : '# Benchmarks\n', name, text))
}
