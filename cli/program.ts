// The parser, made of the table of commands; and one run of the command from its line to its exit code.

import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { RunnelError } from '../errors/index.js'
import type { CommandRow, Invocation } from './command.js'
import { type SettingName, settings } from './config/settings.js'
import { tellFailure } from './failure.js'
import { Output } from './output.js'
import { commands } from './table.js'

/** Runs a command line (without the program's own name) to its end and returns the exit code. */
export async function run(line: readonly string[]): Promise<number> {
  const interrupt = new AbortController()
  const handleInterrupt = (): void => {
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort(new RunnelError('ABORTED', 'interrupted'))
  }
  // Whoever closes the pipe (`runnel tail … | head`) has all that it wants.
  process.stdout.on('error', () => process.exit(0))
  let json = line.includes('--json')
  const program = makeProgram(async (row, given) => {
    json = given.json
    // `up` has its own ways to end.
    if (row.name !== 'up') for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, handleInterrupt)
    const command = await row.load()
    const { homeOf } = await import('../api/index.js')
    const home = homeOf({ home: given.home })
    await command.run(invocationOf(row, given, { home, line, signal: interrupt.signal }))
  })
  try {
    await program.parseAsync(line, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return 0
      return tellFailure(badLine(thrown, line), json)
    }
    return tellFailure(interrupt.signal.aborted ? interrupt.signal.reason : thrown, json)
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, handleInterrupt)
  }
}

/** What was given on the line. */
export interface Given {
  readonly home: string | undefined
  readonly json: boolean
  readonly arguments: readonly string[]
  readonly flags: Readonly<Record<string, unknown>>
}

/** The parser; `act` is called with the row and what was given. Throws CommanderError for what does not parse. */
export function makeProgram(act: (row: CommandRow, given: Given) => Promise<void>): Command {
  const program = strict(new Command('runnel'))
    .description('signed, ordered, resumable bytes, named by keys, from the nearest node that has them')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--home <dir>', 'the home of the node (RUNNEL_HOME; else XDG_DATA_HOME/runnel)')
    .option('--json', 'print JSON: one object, or one a line for lists')
    .helpOption('-h, --help', 'explain')
    .helpCommand('help [command]', 'explain a command')
    .configureHelp({ showGlobalOptions: true })
    .allowExcessArguments(false)
  const groups = new Map<string, Command>()
  for (const row of commands) {
    const [first = '', second] = row.name.split(' ')
    if (second === undefined) addCommand(program, first, row, act)
    else {
      const group = groups.get(first) ?? strict(program.command(first)).description(row.summary)
      groups.set(first, group)
      addCommand(group, second, row, act)
    }
  }
  return program
}

function addCommand(
  parent: Command,
  name: string,
  row: CommandRow,
  act: (row: CommandRow, given: Given) => Promise<void>,
): void {
  const command = strict(parent.command(name)).description(row.summary).allowExcessArguments(false)
  for (const { name, required, many = false, text } of row.arguments) {
    const shown = many ? `${name}...` : name
    command.argument(required ? `<${shown}>` : `[${shown}]`, text)
  }
  for (const { flags, many = false, text } of row.options) {
    command.addOption(many ? new Option(flags, text).argParser(collected) : new Option(flags, text))
  }
  for (const setting of row.settings) addSetting(command, setting)
  command.action(async () => {
    const flags: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(command.opts())) {
      if (command.getOptionValueSource(key) === 'cli') flags[key] = value
    }
    const shared = command.optsWithGlobals<{ home?: string; json?: boolean }>()
    await act(row, { home: shared.home, json: shared.json === true, arguments: command.args, flags })
  })
}

/** The values of a flag that was given more than once. */
function collected(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), value]
}

/** A setting as a flag; a switch can be turned both ways, and help shows the way that changes the default. What can be off also has a `--no-`. */
function addSetting(command: Command, name: SettingName): void {
  const { flags, text, default: preset } = settings[name]
  if (typeof preset === 'boolean') {
    const shown = new Option(flags, text)
    const opposite = new Option(flags === `--${name}` ? `--no-${name}` : `--${name}`).hideHelp()
    command.addOption(shown).addOption(opposite)
    return
  }
  const option = new Option(flags, text)
  if (flags.includes('|off>')) command.addOption(new Option(`--no-${name}`).hideHelp())
  if (Array.isArray(preset)) {
    option.argParser(collected)
  }
  command.addOption(option)
}

function strict(command: Command): Command {
  return command.exitOverride().configureOutput({ writeErr: () => {} })
}

function badLine(error: CommanderError, line: readonly string[]): RunnelError {
  // The program or a group without a command: commander would print the help as an error.
  const message =
    error.code === 'commander.help'
      ? 'no command was given'
      : error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
  const row = commands.find(({ name }) => ` ${line.join(' ')} `.includes(` ${name} `))
  return new RunnelError('BAD_ARGUMENT', message, {
    hint: row === undefined ? '`runnel help` lists the commands.' : `\`runnel help ${row.name}\` explains it.`,
  })
}

function invocationOf(
  row: CommandRow,
  given: Given,
  { home, line, signal }: Pick<Invocation, 'home' | 'line' | 'signal'>,
): Invocation {
  const names = new Map(row.settings.map((name) => [camelCase(name), name]))
  const own: Record<string, unknown> = {}
  const set = new Map<SettingName, unknown>()
  for (const [key, value] of Object.entries(given.flags)) {
    const name = names.get(key)
    if (name === undefined) own[key] = value
    // `--no-http` is `--http off`.
    else set.set(name, value === false && typeof settings[name].default !== 'boolean' ? 'off' : value)
  }
  const settled = async () => (await import('./config/settle.js')).settle(home, set, process.env)
  return {
    home,
    arguments: given.arguments,
    flags: own,
    settings: async () => (await settled()).values,
    origins: async () => (await settled()).origins,
    output: new Output(given.json),
    signal,
    line,
  }
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
