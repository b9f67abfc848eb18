// The recovery phrases of a new name exist once. Whoever starts a node for the first time has them written to a file that
// only its owner reads, and no file that is there already is replaced by it.

import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toRunnelError } from '../errors/index.js'

/** The phrases with what they are for, as a person keeps them. */
export function phrasesText(phrases: readonly string[]): string {
  return [
    'Recovery phrases of this name. Whoever has them has the name; without them it is lost with this disk.',
    'Write them down, keep each in another place:',
    ...phrases.map((phrase, index) => `  ${index + 1}. ${phrase}`),
    '',
  ].join('\n')
}

/**
 * Writes the phrases (mode 0600) to `file`, or else to `HOME/recovery-phrases`, or else beside that under another name, and
 * returns where they are. `problem` says why they are not where they were wanted. Throws when no place was left.
 */
export function writePhrases(
  home: string,
  phrases: readonly string[],
  file?: string,
): { readonly path: string; readonly problem?: Error } {
  const fallback = join(home, 'recovery-phrases')
  const places = [...(file === undefined ? [] : [file]), fallback, ...[2, 3, 4].map((index) => `${fallback}.${index}`)]
  let problem: Error | undefined
  for (const path of places) {
    try {
      writeFileSync(path, phrasesText(phrases), { mode: 0o600, flag: 'wx', flush: true })
      return problem === undefined ? { path } : { path, problem }
    } catch (cause) {
      problem ??= toRunnelError(cause, `write the recovery phrases to ${path}`)
    }
  }
  throw problem ?? new Error(`the recovery phrases could not be written into ${dirname(fallback)}`)
}
