// The recovery phrases of a new name, given out once: shown on a terminal, else written to a file that only its owner
// reads. Nothing else may go wrong before they are out, and when no file can be written they are shown wherever it is.

import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { phrasesText, writePhrases } from '../../api/index.js'
import { clean } from '../text.js'

/** Writes the phrases to `file`, else into the home, and returns what to tell the user about it. */
export function keepPhrases(home: string, phrases: readonly string[], file: string | undefined): string[] {
  try {
    const { path, problem } = writePhrases(home, phrases, file === undefined ? undefined : resolve(file))
    const warning = problem === undefined ? [] : [`warning: ${clean(problem.message)}`]
    return [
      ...warning,
      `The recovery phrases of this new name are in ${clean(path)}: write them down, then delete the file.`,
    ]
  } catch (error) {
    return [`warning: ${clean((error as Error).message)}`, shownOnce(phrases)]
  }
}

/** Takes away the file in the home, once somebody has seen the phrases. */
export function forgetPhrases(home: string): void {
  rmSync(join(home, 'recovery-phrases'), { force: true })
}

/** The phrases for a terminal. */
export function shownOnce(phrases: readonly string[]): string {
  return `${phrasesText(phrases)}They are not shown again.\n`
}
