// The recovery phrases of a new name, given out once: shown on a terminal, else written to a file that only its owner
// reads. They are the only way to have the name back after the disk is lost.

import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { toRunnelError } from '../../errors/index.js'
import type { Invocation } from '../command.js'

export const phrasesText = (phrases: readonly string[]): string =>
  [
    'Recovery phrases of this name. Whoever has them has the name; without them it is lost with this disk.',
    'Write them down, keep each in another place:',
    ...phrases.map((phrase, index) => `  ${index + 1}. ${phrase}`),
    '',
  ].join('\n')

/** Gives the phrases out, when there are any. `file` is where the user wants them; a file that exists is not replaced. */
export function keepPhrases(
  phrases: readonly string[] | undefined,
  invocation: Invocation,
  file: string | undefined,
  show: boolean,
): void {
  if (phrases === undefined) return
  if (file === undefined && show) {
    invocation.output.line(`${phrasesText(phrases)}They are not shown again.\n`)
    return
  }
  const path = file === undefined ? join(invocation.home, 'recovery-phrases') : resolve(file)
  try {
    writeFileSync(path, phrasesText(phrases), { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw toRunnelError(cause, `write the recovery phrases to ${path}`)
  }
  invocation.output.note(`The recovery phrases of this new name are in ${path}: write them down, then delete the file.`)
}
