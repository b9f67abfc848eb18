// The one table of commands: it makes the parser, the help and is what docs/reference/cli.md is tested against.

import type { CommandRow } from './command.js'
import { settingNames } from './config/settings.js'
import { readingSettings } from './open.js'

const link = { name: 'link', required: true, text: '[LABEL.]NAME[+SECRET][/PATH]; a petname may stand for the name' }
const visibility = {
  flags: '--visibility <kind>',
  text: 'public (the default: whoever has the name reads it) or unlisted (only with the link)',
}

const keep = {
  flags: '--keep <time>',
  text: 'have it kept by others for so long, such as 30d; renewed until `unpublish`, and true of what is published or appended later',
}

/** What `allow` and `deny` have in common. */
const ofRules = {
  arguments: [
    { name: 'what', required: false, text: 'tcp, udp, icmp or any, and a port behind a slash or none: tcp/22' },
    { name: 'from', required: false, text: 'the word from' },
    { name: 'who', required: false, text: 'a name, a petname, group:GROUP, or anybody' },
  ],
  options: [{ flags: '--remove', text: 'take the rule away' }],
  settings: [],
  json: '`{action, protocol, port?, from}` a line',
}

const nodeSettings = [
  ...(['listen', 'upstream', 'root', 'cache', 'admit'] as const),
  ...(['custody', 'custody-client', 'custody-days', 'custody-from', 'deny', 'custodian'] as const),
  ...([
    'inboxes',
    'inbox-at',
    'http',
    'http-wide',
    'dns',
    'suffix',
    'tun',
    'tun-mtu',
    'crypto',
    'phrases-file',
    'log-level',
  ] as const),
]

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
    json: '`{name, device, address, home, listening, upstreams, site?, http, dns, pid}` when it is ready; `upstreams` are what other nodes give as `--upstream`',
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
    summary: 'list the streams of this node, and those that it keeps for others',
    arguments: [],
    options: [],
    settings: [],
    json: '[an item of `streams`](api.md#streams) a line, then [an item of `pins`](api.md#pins) a line with `kind: "pin"`',
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
    name: 'metrics',
    summary: 'print everything that the node counts, in the text format of Prometheus',
    arguments: [],
    options: [],
    settings: [],
    json: '`{text}`',
    load: () => import('./commands/metrics.js'),
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
    options: [{ flags: '--label <label>', text: 'the label of the stream; main by default' }, visibility, keep],
    settings: ['progress'],
    json: '`{link, name, label, visibility, files, bytes, newBytes, added, changed, removed, unchanged}`, and with `--keep` `custody`: [what custodians said](api.md#receipts)',
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
    name: 'probe',
    summary: 'find out where a link breaks: name, route, link, head, first chunk, goodput',
    arguments: [link],
    options: [],
    settings: ['timeout'],
    json: '`{link, ok, stages}`, one object at the end; `stages` are [the items of `probe`](api.md#probe)',
    load: () => import('./commands/probe.js'),
  },
  {
    name: 'append',
    summary: 'append each line of standard input as an entry, and print the link',
    arguments: [{ name: 'label', required: true, text: 'the label of the stream' }],
    options: [visibility, keep],
    settings: [],
    json: '`{link, first, count, length}`: the sequence of the first line, how many were appended, how many entries there are now; with `--keep` `custody` too: [what custodians said](api.md#receipts)',
    load: () => import('./commands/append.js'),
  },
  {
    name: 'tail',
    summary: 'print the entries of a stream, one a line, and each that is written from then on',
    arguments: [link],
    options: [
      { flags: '--from <sequence>', text: 'the first entry to print; the last ten by default' },
      { flags: '--no-follow', text: 'end after what is there' },
    ],
    settings: readingSettings,
    json: '`{sequence, log, timeMs, length, long}` a line, and `text`, `base64` (what is no text) or `site` (what a publishing changed)',
    load: () => import('./commands/tail.js'),
  },
  {
    name: 'unpublish',
    summary: 'take a stream of this node back; copies that others hold may survive',
    arguments: [{ name: 'label', required: true, text: 'the label of the stream' }],
    options: [],
    settings: [],
    json: '`{label, link}`',
    load: () => import('./commands/unpublish.js'),
  },
  {
    name: 'send',
    summary: 'send a letter to the inbox of a name, whether its owner is up or not',
    arguments: [
      { name: 'name', required: true, text: 'a name or a petname' },
      { name: 'text', required: false, text: 'what it says; - or nothing reads standard input' },
    ],
    options: [
      { flags: '--subject <text>', text: 'what it is about' },
      { flags: '--attach <file...>', text: 'files that go with it, each as an unlisted stream' },
    ],
    settings: [],
    json: '[the result of `sendToInbox`](api.md#sendToInbox)',
    load: () => import('./commands/send.js'),
  },
  {
    name: 'inbox',
    summary: 'show the letters that wait here; say who may write without a puzzle, and who not at all',
    arguments: [
      { name: 'action', required: false, text: 'allow or block; nothing shows the letters' },
      { name: 'name', required: false, text: 'whom to allow or to block' },
    ],
    options: [
      { flags: '--follow', text: 'stay, and show what comes' },
      { flags: '--keep', text: 'do not acknowledge: show it again the next time' },
    ],
    settings: [],
    json: '[an item of `inbox`](api.md#inbox), with `text` or `base64` for its body',
    load: () => import('./commands/inbox.js'),
  },
  {
    name: 'dial',
    summary: 'speak to a service of a name: standard input and output, sealed end to end, also to behind NAT',
    arguments: [
      { name: 'name', required: true, text: 'a name, a petname or a device' },
      { name: 'service', required: true, text: '1 to 63 of a-z, 0-9, hyphen and dot' },
    ],
    options: [{ flags: '--timeout <time>', text: 'look for a way no longer than this; 15s by default' }],
    settings: [],
    json: 'on standard error, `{peer}` when it has begun and `{bytesIn, bytesOut}` when it has ended, as [`dial`](api.md#dial) gives them',
    load: () => import('./commands/dial.js'),
  },
  {
    name: 'listen',
    summary: 'answer for a service: one conversation on standard input and output, or a process for each',
    arguments: [
      { name: 'service', required: true, text: '1 to 63 of a-z, 0-9, hyphen and dot' },
      {
        name: 'command',
        required: false,
        many: true,
        text: 'behind `--`: started for each conversation, until interrupted',
      },
    ],
    options: [
      {
        flags: '--from <name>',
        text: 'who may come, by name or petname; can be repeated. Everybody by default',
        many: true,
      },
    ],
    settings: [],
    json: 'on standard error: `{listening, name}`; then as of `dial`, and with a command each of both with its number as `conversation`, the second also with `code`, `signal` and, when it was given up, `error`',
    load: () => import('./commands/listen.js'),
  },
  {
    name: 'pin',
    summary: 'keep a stream of somebody else for whoever asks, and follow it',
    arguments: [
      { name: 'link', required: true, text: 'as for get, without a path; the log key of an unlisted stream is enough' },
    ],
    options: [{ flags: '--size <size>', text: 'what it may take; the newest stays. 10G by default' }],
    settings: [],
    json: '[an item of `pins`](api.md#pins)',
    load: () => import('./commands/pin.js'),
  },
  {
    name: 'unpin',
    summary: 'keep a pinned stream no longer',
    arguments: [{ name: 'link', required: true, text: 'as it was pinned, or as `streams` prints it' }],
    options: [],
    settings: [],
    json: '`{link, freedBytes}`',
    load: () => import('./commands/unpin.js'),
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
    name: 'allow',
    summary: 'let something in by packets: `allow tcp/22 from NAME`; or list the rules',
    ...ofRules,
    load: () => import('./commands/allow.js'),
  },
  {
    name: 'deny',
    summary: 'keep something out, whatever is allowed: `deny tcp/22 from NAME`; or list the rules',
    ...ofRules,
    load: () => import('./commands/deny.js'),
  },
  {
    name: 'group',
    summary: 'put a name into a group, for rules about many; or list groups',
    arguments: [
      { name: 'group', required: false, text: 'the group' },
      { name: 'name', required: false, text: 'a name or a petname' },
    ],
    options: [{ flags: '--remove', text: 'take the name out of the group' }],
    settings: [],
    json: '`{group, name}` a line',
    load: () => import('./commands/group.js'),
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
