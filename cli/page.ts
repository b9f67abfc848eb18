// Writes docs/reference/cli.md from the table of commands and the settings, so that the page and the command cannot disagree.

import { exitMeanings } from '../errors/index.js'
import type { CommandRow } from './command.js'
import { type SettingName, settingNames, settings } from './config/settings.js'
import { commands } from './table.js'

/** The whole page, as Markdown. */
export function cliPage(): string {
  return [opening, ...commands.map(commandSection), settingsSection(), exitSection(), closing].join('\n')
}

const opening = `# The runnel command

*This page is written by \`npm run docs\` from \`cli/table.ts\` and \`cli/config/settings.ts\`.*

\`\`\`
runnel COMMAND [ARGUMENT]… [--home DIR] [--json]
\`\`\`

A **link** is \`[LABEL.]NAME[+SECRET]\`, with \`/PATH\` after it for a part of a folder. Without a label it means the label \`main\`. \`@PETNAME\` may stand for the name, with a label before it too: \`@alice\`, \`posts.@alice/2026\`.

Every command takes

| flag | does |
|---|---|
| \`--home DIR\` | names the home of the node; without it \`RUNNEL_HOME\`, else \`$XDG_DATA_HOME/runnel\`, else \`~/.local/share/runnel\` |
| \`--json\` | prints one object, or for lists one a line, instead of text; an error is then \`{"error": {…}}\` on standard error |
| \`-h\`, \`--help\` | explains the command; \`runnel help COMMAND\` does too |

and \`runnel --version\` prints the version. What was asked for goes to standard output, everything about it to standard error: \`LINK=$(runnel publish site)\` works. Texts that others wrote are shown without control characters. A first interrupt cancels the call, a second one ends the command at once.

Times are seconds, or have a unit: \`500ms\`, \`30s\`, \`5m\`, \`2h\`, \`1d\`. Sizes are bytes, or have one: \`512M\`, \`10G\` (powers of 1024), \`1.5TB\` (powers of 1000).

## Commands
`

function commandSection(row: CommandRow): string {
  const usage = ['runnel', row.name, ...row.arguments.map(usageOf)]
  const flags = [
    ...row.options.map(({ flags, text }) => [flags, text]),
    ...row.settings.map((name) => [settings[name].flags, settings[name].text]),
  ]
  return [
    `### ${row.name}\n`,
    `\`${usage.join(' ')}\`\n`,
    `${row.summary.charAt(0).toUpperCase()}${row.summary.slice(1)}.\n`,
    ...(row.arguments.length === 0
      ? []
      : [
          table(
            ['argument', 'is'],
            row.arguments.map(({ name, text }) => [`\`${name.toUpperCase()}\``, text]),
          ),
        ]),
    ...(flags.length === 0
      ? []
      : [
          table(
            ['flag', 'does'],
            flags.map(([flag, text]) => [`\`${flag}\``, text ?? '']),
          ),
        ]),
    ...(notes[row.name] === undefined ? [] : [`${notes[row.name]}\n`]),
    `JSON: ${row.json}.\n`,
  ].join('\n')
}

function usageOf({ name, required, many = false }: CommandRow['arguments'][number]): string {
  const shown = many ? `-- ${name.toUpperCase()}…` : name.toUpperCase()
  return required ? shown : `[${shown}]`
}

/** What a table cannot say. */
const notes: Readonly<Record<string, string>> = {
  up: 'The first start makes the name of the node and gives out its recovery phrases, once: on a terminal it shows them, else it writes them to `recovery-phrases` in the home, for the owner alone. SIGTERM or SIGINT end it gracefully, a second one at once; so does `runnel stop`. See [Run the node as a service](../how-to/run-as-a-service.md).',
  doctor:
    'Looks at the machine whether a node runs or not, and needs no network: whether there can be a network interface (`tun`), what the kernel does for UDP (`udp`), the size of packets (`mtu`), who is asked for names (`dns`), the clock, a flush to disk (`flush`); a node adds what it knows, such as where neighbours see it (`nat`), and then speaks for itself. Ends with 7 when a check failed; a warning is no failure.',
  cleanup:
    'After `kill -9`: rules of routing whose interface is gone with its node, which takes the right to change them, and the lock and sockets of the home. What belongs to a node that runs stays. The next `runnel up` does the same by itself.',
  metrics:
    'The same is served on `metrics.sock` in the home, for scrapers. What each one means: [metrics](metrics.md).',
  wait: 'Waits for a node that has not started yet too. It is ready when the servers that `up` runs listen, those of the interface included, or `status` says why they cannot. With both flags it waits for both. The exit code says why it was in vain: 6 no node answered, 4 no such neighbour in time, 3 nobody has the link.',
  publish:
    'Standard output gets the link alone. Published again under the same label, only what changed is stored and moved. A symbolic link is published as one, and must stay inside the folder.',
  get: 'Says how many bytes came from where: `own cache` and `own store` are this node, `hop 1` its neighbour, `hop 2` the one behind it; `(the writer)` is the node that wrote it. Everything that is shown has been verified. What is at the output already and verifies is not fetched again. Without `-o` it writes to the last part of the path, else to the name under which it was published, else to the label; a name that is hidden or no plain file name is not taken. Of a stream that its writer has forked it writes what both histories share, and then ends with `FORKED` and 5.',
  probe:
    'Prints a line a stage as it settles, with what was measured, and stops behind the first that is broken: with the cause, who was asked, and what to do. `warn` is what works and is not as it should be: a writer that does not answer, a fork. The head is always asked of others anew. `own cache` and `own store` are this node and no proof that anybody else is there; `hop 1` is its neighbour. Needs no internet, only the neighbours. What it reads for at most a second is cached like any read, and nothing else is left behind; `--timeout` is 10s by default. Ends with 0 when every stage is ok, else with the [exit code of the first error](errors.md#exit-codes-of-the-command): 2 a wrong name or link, 3 nobody has it or no such label, 4 nobody answered, no upstream, or only an old state, 5 a secret, a clock or a fork, 6 no node runs. See [Find out where it breaks](../how-to/find-out-where-it-breaks.md).',
  append:
    'An entry is the line without its newline, up to 2 MiB. On a terminal each line is stored at once; from a pipe many are stored together. When it ends with an error it says how many lines are stored. With `--keep` others are asked from the first line on, and at the end it waits until two have promised all of it, or all that were asked have answered.',
  tail: 'Stays, and prints each entry as it is written; with `--no-follow` it ends after what is there. An interrupt ends it quietly. That nobody can be asked now, and that somebody can again, is told on standard error. In a pipe entries are printed as they are. An entry that is a publishing prints as what it changed.',
  dial: 'Like `nc`: the end of the input ends this direction, and the command ends when both have ended. It goes on over changes of the way; what it cannot keep it says. Who is at the other end, proven by their key, and the neighbour that leads there are told on standard error. Ends with 0 when both sides have ended; else with 2 for a wrong name or service, 3 when nobody listens for it there, 4 when no way was found, or the conversation was given up or lost, 5 when they do not let this name in, 8 when they take no more conversations.',
  listen:
    "Without a command it takes one conversation and answers nobody else, and ends as `dial` does; 130 when it is interrupted before. With a command each conversation has a process of its own, 64 at once: its standard input and output are the conversation, `RUNNEL_PEER_NAME` (empty when none was proven), `RUNNEL_PEER_DEVICE` and `RUNNEL_SERVICE` stand in its environment, and it gets SIGTERM when the conversation is given up or lost. An interrupt ends it quietly, with 0. One listens for a service at a time; names that begin with `runnel.` are the node's own.",
  stop: 'What was acknowledged is on disk before and after.',
}

function settingsSection(): string {
  const rows = settingNames.map((name) => [
    `\`${name}\``,
    `\`${settings[name].flags}\``,
    `\`${settings[name].variable}\``,
    defaultText(name),
    settings[name].text,
  ])
  return [
    '## Settings\n',
    'Each setting is a flag of the commands that use it, a variable, and a key of `config.toml` in the home. A flag counts before the variable, the variable before the file, the file before the default; `runnel config show` tells which it was. A key that there is not, or a value that cannot be, is `BAD_CONFIG` with the line. Lists are arrays in the file, divided by commas in a variable, repeated as flags. Switches can be turned the other way too: `--no-root`, `--stale`.\n',
    table(['key', 'flag', 'variable', 'default', 'is'], rows),
    '```toml\nlisten = ["0.0.0.0:7254", "[::]:7254"]\ncache = "20G"\nmax-age = "1m"\n```\n',
  ].join('\n')
}

function defaultText(name: SettingName): string {
  const { kind, default: preset } = settings[name]
  const text = (kind as { show(value: unknown): string }).show(preset)
  return text === '' ? '–' : `\`${text}\``
}

function exitSection(): string {
  const rows = Object.entries(exitMeanings).map(([code, meaning]) => [code, meaning])
  return [
    '## Exit codes\n',
    table(['exit', 'means'], rows),
    'Which error gives which: [errors](errors.md#exit-codes-of-the-command).\n',
  ].join('\n')
}

const closing = `## Environment

| variable | is |
|---|---|
| \`RUNNEL_HOME\` | the home, where \`--home\` does not name one |
| \`XDG_DATA_HOME\` | where the home is otherwise, as \`runnel\` in it |
| \`NOTIFY_SOCKET\`, \`WATCHDOG_USEC\`, \`WATCHDOG_PID\` | set by systemd for \`runnel up\`, which then says when it is ready, lives and ends |

and one for each setting, above.

## Files

In the home, which is for its owner alone (0700):

| file | is |
|---|---|
| \`config.toml\` | the settings; written by you, never by Runnel |
| \`runnel.sock\` | where the node answers the commands and programs of its user (0600) |
| \`metrics.sock\` | where the node answers \`GET /metrics\` by HTTP, for scrapers (0600) |
| \`recovery-phrases\` | the phrases of a new name, until you delete it (0600) |
| \`node.log\` | the log of a node that was started with \`--detach\` (0600); above 16 MiB it becomes \`node.log.1\` at the next start |
| \`keys/\`, \`own/\` | the keys of this node and what it wrote: to be kept |
| \`kept/\` | what it keeps for others |
| \`cache/\` | what it read and forwarded; may be deleted while the node is stopped |
`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n')
}
