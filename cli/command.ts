// What a command is: a row of the table, and a function in a file of its own that is loaded when the command is run.

import type { SettingName, Settings } from './config/settings.js'
import type { Output } from './output.js'

export interface ArgumentRow {
  readonly name: string
  readonly required: boolean
  /** It takes all that follow, too. */
  readonly many?: boolean
  readonly text: string
}

export interface OptionRow {
  /** As commander reads it: `-o, --output <path>`. */
  readonly flags: string
  /** It can be given again: then its values are a list. */
  readonly many?: boolean
  readonly text: string
}

export interface CommandRow {
  /** One word, or two for a command of a group: `config show`. */
  readonly name: string
  readonly summary: string
  readonly arguments: readonly ArgumentRow[]
  readonly options: readonly OptionRow[]
  /** The settings that it uses: each is a flag of it, a RUNNEL_ variable and a key of the configuration file. */
  readonly settings: readonly SettingName[]
  /** What `--json` prints, for the reference. */
  readonly json: string
  readonly load: () => Promise<{ run: (invocation: Invocation) => Promise<void> }>
}

/** One use of a command. */
export interface Invocation {
  readonly home: string
  readonly arguments: readonly string[]
  /** Flags that are no settings, by their names in camel case; only those that were given. */
  readonly flags: Readonly<Record<string, unknown>>
  /** The settings, as the flags, the environment and the file give them. Throws BAD_CONFIG or BAD_ARGUMENT. */
  settings(): Promise<Settings>
  /** Where each came from. */
  origins(): Promise<ReadonlyMap<SettingName, Origin>>
  readonly output: Output
  /** Aborted by the first interrupt. */
  readonly signal: AbortSignal
  /** The command line after the program, to start the same command again. */
  readonly line: readonly string[]
}

export type Origin = 'flag' | 'environment' | 'file' | 'default'

/** An argument by its place; '' when it was left out. */
export function argument(invocation: Invocation, index: number): string {
  return invocation.arguments[index] ?? ''
}

/** A flag with a text; undefined when it was not given. */
export function textFlag(invocation: Invocation, name: string): string | undefined {
  const value = invocation.flags[name]
  return typeof value === 'string' ? value : undefined
}
