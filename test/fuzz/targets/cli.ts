// Targets of what a user types or writes into a file, and of what comes on standard input.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { readConfig } from '../../../cli/config/file.js'
import { settingNames, settings } from '../../../cli/config/settings.js'
import { joinLines } from '../../../cli/lines.js'
import { nearest } from '../../../cli/nearest.js'
import { clean, jsonLine } from '../../../cli/text.js'
import { isRunnelError } from '../../../errors/index.js'
import { formatHostPort, parseListen } from '../../../node/carrier/address.js'
import { decodeUtf8, encodeUtf8, toHex } from '../../../stack/bytes/index.js'
import { Choices, choose } from '../choices.js'
import { words } from '../samples.js'
import { demand, type Target } from '../target.js'

const config = `# a comment\nlisten = ["0.0.0.0:7254", "[::1]:1"]\nroot = true\ncache = "10G"\nmax-age = 1.5\nlog-level = "info"\n`

export const cliTargets: readonly Target[] = [
  {
    name: 'cli/config',
    kind: 'decoder',
    covers: ['readConfig'],
    casesInCi: 2_000,
    allocatesBytes: 1 << 21,
    seeds: () => words(config, 'timeout = "5m"\n[progress]\na = 1\n', 'stale = false\nadmit = []\nprogress = "json"\n'),
    words: words(
      ...settingNames,
      '__proto__',
      '[',
      ']',
      '{',
      '}',
      '"""',
      '= nan',
      '= 1e99',
      '1979-05-27',
      '\\u0000',
      '\n',
    ),
    run: runConfig,
  },
  {
    name: 'cli/settings',
    kind: 'decoder',
    covers: [],
    seeds: () => words('10G', '1.5TB', '500ms', 'yes', 'a, b', '127.0.0.1:80'),
    words: words('9'.repeat(40), 'e', '.', 'KiB', 'ms', '\u2028', '-'),
    run(bytes) {
      const text = decodeUtf8(bytes) ?? ''
      for (const name of settingNames) {
        const { kind } = settings[name]
        const value = kind.read(text)
        const number = typeof value === 'number'
        demand(!number || (Number.isFinite(value) && value >= 0), `${name} is no number that cannot be`)
        const shown = (kind.show as (value: unknown) => string)(value ?? settings[name].default)
        demand(typeof shown === 'string', 'what is read can be shown')
      }
      nearest(text, settingNames)
    },
  },
  {
    name: 'cli/text',
    kind: 'decoder',
    covers: [],
    seeds: () => words('text', '\u001b[31m', '\u202e', '\ufeff', 'a\tb\nc'),
    run(bytes) {
      const text = decodeUtf8(bytes) ?? ''
      const shown = clean(text)
      demand(!/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u.test(shown), 'nothing moves the cursor')
      demand(clean(shown) === shown, 'what is clean stays as it is')
      demand(JSON.parse(jsonLine({ text })).text === text, 'a line of JSON says the same')
    },
  },
  {
    name: 'node/carrier/listen',
    kind: 'decoder',
    covers: ['parseListen'],
    seeds: () => words('0.0.0.0:7254', '[::]:1', ':7254', '7254', 'host.name:65535'),
    run(bytes) {
      try {
        const parsed = parseListen(decodeUtf8(bytes) ?? '')
        const again = parseListen(formatHostPort(parsed))
        demand(again.host === parsed.host && again.port === parsed.port, 'an address stays itself')
      } catch (thrown) {
        demand(isRunnelError(thrown, 'BAD_ARGUMENT'), `what is no address is BAD_ARGUMENT, and not ${String(thrown)}`)
      }
    },
  },
  {
    name: 'cli/lines',
    kind: 'machine',
    covers: [],
    allocatesBytes: 1 << 20,
    seeds: () => [choose(3, ...encodeUtf8('one\ntwo\n\nthree'))],
    words: words('\n', '\n\n'),
    run: runLines,
  },
]

let home: string | undefined

function configHome(): string {
  if (home !== undefined) return home
  const made = mkdtempSync(join(tmpdir(), 'fuzz-config-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  home = made
  return made
}

async function runConfig(bytes: Uint8Array): Promise<void> {
  writeFileSync(join(configHome(), 'config.toml'), bytes)
  try {
    const values = await readConfig(configHome())
    for (const [name, value] of values)
      demand(settingNames.includes(name) && value !== undefined, 'known keys have values')
  } catch (thrown) {
    demand(isRunnelError(thrown, 'BAD_CONFIG'), `a bad file is BAD_CONFIG, and not ${String(thrown)}`)
  }
}

/** Lines are the same however the stream is cut, and all of the stream but its newlines. */
async function runLines(bytes: Uint8Array): Promise<void> {
  const choices = new Choices(bytes)
  const cut = 1 + choices.below(32)
  const stream = choices.rest()
  const pieces: Uint8Array[] = []
  for (let at = 0; at < stream.length; at += cut) pieces.push(stream.slice(at, at + cut))
  const lines: string[] = []
  for await (const batch of joinLines(Readable.from(pieces, { objectMode: false }))) lines.push(...batch.map(toHex))
  const split = toHex(stream)
    .replace(/../g, '$& ')
    .split('0a ')
    .map((line) => line.replaceAll(' ', ''))
  if (split.at(-1) === '') split.pop()
  demand(lines.join() === split.join(), 'lines are what stands between newlines')
}
