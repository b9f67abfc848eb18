// Which home is meant when none is named.

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The home of the node: the one given, else `RUNNEL_HOME`, else `XDG_DATA_HOME/runnel` (`~/.local/share/runnel`). Absolute. */
export function homeOf(options: { readonly home?: string | undefined } = {}): string {
  if (options.home) return resolve(options.home)
  if (process.env.RUNNEL_HOME) return resolve(process.env.RUNNEL_HOME)
  return join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'runnel')
}
