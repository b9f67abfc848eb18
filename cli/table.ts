// The one table of commands: it makes the parser, the help and is what docs/reference/cli.md is tested against.

import type { CommandRow } from './command.js'
import { settingNames } from './config/settings.js'
import { readingSettings } from './open.js'

const link = { name: 'link', required: true, text: '[LABEL.]NAME[+SECRET][/PATH]; a petname may stand for the name' }
const visibility = {
  flags: '--visibility <kind>',
  text: 'public (the default: whoever has the name reads it) or unlisted (only with the link)',
}

const nodeSettings = ['listen', 'upstream', 'root', 'cache', 'admit', 'crypto', 'phrases-file', 'log-level'] as const

export const commands: readonly CommandRow[] = [
  {
    name: 'up',
    summary: 'run the node of this home',
    arguments: [],
    options: [
      { flags: '--detach', text: 'run it in the background; return when it is ready' },
      { flags: '--require-native', text: 'the same as --crypto native: do not start without the native addon' },
    ],
    settings: nodeSettings,
    json: '`{name, device, address, home, listening, upstreams, pid}` when it is ready; `upstreams` are what other nodes give as `--upstream`',
    load: () => import('./commands/up.js'),
  },
  {
    name: 'id',
    summary: 'say who this node is',
    arguments: [],
    options: [],
    settings: [],
    json: '`{name, device, address, home}`',
    load: () => import('./commands/id.js'),
  },
  {
    name: 'status',
    summary: 'say what the node does and whether all is well',
    arguments: [],
    options: [],
    settings: [],
    json: '[the result of `status`](api.md#status)',
    load: () => import('./commands/status.js'),
  },
  {
    name: 'peers',
    summary: 'list the neighbours, and why one is not connected',
    arguments: [],
    options: [],
    settings: [],
    json: '[an item of `peers`](api.md#peers) a line',
    load: () => import('./commands/peers.js'),
  },
  {
    name: 'streams',
    summary: 'list the streams of this node',
    arguments: [],
    options: [],
    settings: [],
    json: '[an item of `streams`](api.md#streams) a line',
    load: () => import('./commands/streams.js'),
  },
  {
    name: 'doctor',
    summary: 'find what is wrong here, and say how to mend it',
    arguments: [],
    options: [],
    settings: [],
    json: '`{check, level, text, fix}` a line; `level` is `ok`, `warn` or `fail`',
    load: () => import('./commands/doctor.js'),
  },
  {
    name: 'wait',
    summary: 'wait until the node is ready, a neighbour is connected or a link can be read',
    arguments: [],
    options: [
      { flags: '--neighbour [key]', text: 'any neighbour, or the one with this device key' },
      { flags: '--head <link>', text: 'the newest state of this link' },
      { flags: '--timeout <time>', text: 'give up after this time; 60s by default' },
    ],
    settings: [],
    json: '`{waitedMs}`',
    load: () => import('./commands/wait.js'),
  },
  {
    name: 'publish',
    summary: 'publish a file or a folder, and print its link',
    arguments: [{ name: 'path', required: true, text: 'the file or folder' }],
    options: [{ flags: '--label <label>', text: 'the label of the stream; main by default' }, visibility],
    settings: ['progress'],
    json: '`{link, name, label, visibility, files, bytes, newBytes, added, changed, removed, unchanged}`',
    load: () => import('./commands/publish.js'),
  },
  {
    name: 'get',
    summary: 'read a file or a folder, verified; goes on where it was interrupted',
    arguments: [link],
    options: [{ flags: '-o, --output <path>', text: 'where to write it; - is standard output' }],
    settings: [...readingSettings, 'progress'],
    json: '`{link, output, files, bytes, reusedBytes, verified, stale, head, sources: [{hop, cached, bytes}]}`; with `-o -` it is written to standard error, without `files` and `reusedBytes`',
    load: () => import('./commands/get.js'),
  },
  {
    name: 'ls',
    summary: 'list what a folder holds',
    arguments: [link],
    options: [],
    settings: readingSettings,
    json: '`{name, kind, mode, bytes, target}` a line; `kind` is `file`, `directory` or `symlink`',
    load: () => import('./commands/ls.js'),
  },
  {
    name: 'append',
    summary: 'append each line of standard input as an entry, and print the link',
    arguments: [{ name: 'label', required: true, text: 'the label of the stream' }],
    options: [visibility],
    settings: [],
    json: '`{link, first, count, length}`: the sequence of the first line, how many were appended, how many entries there are now',
    load: () => import('./commands/append.js'),
  },
  {
    name: 'tail',
    summary: 'print the entries of a stream, one a line',
    arguments: [link],
    options: [{ flags: '--from <sequence>', text: 'the first entry to print; the last ten by default' }],
    settings: readingSettings,
    json: '`{sequence, log, timeMs, length, long}` a line, and `text`, `base64` (what is no text) or `site` (what a publishing changed)',
    load: () => import('./commands/tail.js'),
  },
  {
    name: 'petname',
    summary: 'give a name a petname of your own, or list them; @PETNAME then stands for the name',
    arguments: [
      { name: 'petname', required: false, text: 'the petname' },
      { name: 'name', required: false, text: 'the name that it stands for' },
    ],
    options: [{ flags: '--remove', text: 'take the petname away' }],
    settings: [],
    json: '`{petname, name}` a line',
    load: () => import('./commands/petname.js'),
  },
  {
    name: 'stop',
    summary: 'stop the node of this home, and wait until it has ended',
    arguments: [],
    options: [],
    settings: [],
    json: '`{stopped}`: the process that ended',
    load: () => import('./commands/stop.js'),
  },
  {
    name: 'config show',
    summary: 'show every setting, its value and where it came from',
    arguments: [],
    options: [],
    settings: settingNames,
    json: '`{key, value, from, variable}` a line; `from` is `flag`, `environment`, `file` or `default`',
    load: () => import('./commands/config-show.js'),
  },
]
