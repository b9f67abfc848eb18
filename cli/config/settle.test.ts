// Flag before environment before file before default; and whatever is wrong is told with its place.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../../test/api/promises.js'
import { settingNames, settings } from './settings.js'
import { type Settled, settle } from './settle.js'

const test = suite('settings')

async function settled(
  file: string | undefined,
  flags: Record<string, unknown> = {},
  environment: NodeJS.ProcessEnv = {},
): Promise<Settled> {
  const home = mkdtempSync(join(tmpdir(), 'settings-'))
  try {
    if (file !== undefined) writeFileSync(join(home, 'config.toml'), file)
    return await settle(home, new Map(Object.entries(flags)) as never, environment)
  } finally {
    rmSync(home, { recursive: true })
  }
}

test('are the defaults where nothing is said, with no home and with no file', async () => {
  for (const { values, origins } of [await settled(undefined), await settle('/nonexistent', new Map(), {})]) {
    for (const name of settingNames) {
      assert.equal(values[name], settings[name].default)
      assert.is(origins.get(name), 'default')
    }
  }
})

test('come from the flag, else the environment, else the file, else the default', async () => {
  const file = 'cache = "1G"\nprogress = "plain"\nmax-age = 5\n'
  const environment = { RUNNEL_CACHE: '2G', RUNNEL_PROGRESS: 'json' }
  const { values, origins } = await settled(file, { cache: '3G' }, environment)
  assert.is(values.cache, 3 * 1024 ** 3)
  assert.is(values.progress, 'json')
  assert.is(values['max-age'], 5)
  assert.is(values['log-level'], 'info')
  assert.equal(
    ['cache', 'progress', 'max-age', 'log-level'].map((name) => origins.get(name as never)),
    ['flag', 'environment', 'file', 'default'],
  )
})

test('an empty variable says nothing', async () => {
  assert.is((await settled('root = true', {}, { RUNNEL_ROOT: '' })).values.root, true)
})

test('each can be given in the file, in a variable and as a flag', async () => {
  const samples: Record<string, [string, string]> = {
    listen: ['["127.0.0.1:1"]', '127.0.0.1:1'],
    upstream: ['["k@h:1"]', 'k@h:1'],
    root: ['true', 'true'],
    cache: ['4096', '4096'],
    crypto: ['"portable"', 'portable'],
    admit: ['["k"]', 'k'],
    custody: ['"5G"', '5G'],
    'custody-client': ['"1M"', '1M'],
    'custody-days': ['30', '30d'],
    'custody-from': ['["k"]', 'k'],
    deny: ['"/d"', '/d'],
    custodian: ['["k"]', 'k'],
    inboxes: ['"5M"', '5M'],
    'inbox-at': ['["k"]', 'k'],
    http: ['["[::1]:1"]', '[::1]:1'],
    dns: ['["[::1]:1"]', '[::1]:1'],
    suffix: ['"k"', 'k'],
    'http-wide': ['["n"]', 'n'],
    tun: ['"runnel0"', 'runnel0'],
    'tun-mtu': ['1280', '1280'],
    routes: ['2500000', '2500000'],
    'phrases-file': ['"/p"', '/p'],
    'log-level': ['"debug"', 'debug'],
    'max-age': ['60', '1m'],
    stale: ['false', 'no'],
    timeout: ['"1m"', '60'],
    progress: ['"none"', 'none'],
  }
  assert.equal(Object.keys(samples).sort(), [...settingNames].sort())
  for (const name of settingNames) {
    const [toml, plain] = samples[name]!
    const fromFile = (await settled(`${name} = ${toml}\n`)).values[name]
    const fromVariable = (await settled(undefined, {}, { [settings[name].variable]: plain })).values[name]
    const fromFlag = (await settled(undefined, { [name]: plain })).values[name]
    assert.equal(fromVariable, fromFile, name)
    assert.equal(fromFlag, fromFile, name)
    assert.not.equal(fromFile, settings[name].default, name)
  }
})

test('an unknown key is told with its line and the nearest one', async () => {
  const error = await failure(settled('# mine\ncache = "1G"\nupstraem = ["x"]\n'), 'BAD_CONFIG')
  assert.match(error.message, /config\.toml:3: there is no key upstraem; did you mean upstream\?$/)
  const table = await failure(settled('root = true\n[neighbour]\na = 1\n'), 'BAD_CONFIG')
  assert.match(table.message, /config\.toml:2: there is no key neighbour$/)
  const underscore = await failure(settled('log_level = "info"'), 'BAD_CONFIG')
  assert.match(underscore.message, 'did you mean log-level?')
})

test('a wrong value is told with its line and what it may be', async () => {
  const error = await failure(settled('\ncache = "big"\n'), 'BAD_CONFIG')
  assert.match(error.message, /config\.toml:2: cache must be a size such as/)
  await failure(settled('root = "maybe"'), 'BAD_CONFIG')
  await failure(settled('listen = [1]'), 'BAD_CONFIG')
})

test('a file that is no TOML is told with its line', async () => {
  const error = await failure(settled('root = true\ncache = = 5\n'), 'BAD_CONFIG')
  assert.match(error.message, /config\.toml:2: /)
  await failure(settled('root = true\nroot = true\n'), 'BAD_CONFIG')
  await failure(settled('\u0000'), 'BAD_CONFIG')
})

test('what stands in the file is told without its control characters', async () => {
  const error = await failure(settled('"a\\u001b[31mb" = 1'), 'BAD_CONFIG')
  assert.not.match(error.message, '\u001b')
})

test('a wrong variable is BAD_CONFIG by its name, a wrong flag BAD_ARGUMENT by its own', async () => {
  assert.match(
    (await failure(settled(undefined, {}, { RUNNEL_CACHE: 'x' }), 'BAD_CONFIG')).message,
    'RUNNEL_CACHE must be',
  )
  assert.match((await failure(settled(undefined, { cache: 'x' }), 'BAD_ARGUMENT')).message, '--cache must be')
})

test('a file that may not be read is PERMISSION', async () => {
  const home = mkdtempSync(join(tmpdir(), 'settings-'))
  chmodSync(home, 0o755)
  writeFileSync(join(home, 'config.toml'), '', { mode: 0 })
  const root = process.getuid?.() === 0
  try {
    if (root) process.seteuid?.(65_534)
    await failure(settle(home, new Map(), {}), 'PERMISSION')
  } finally {
    if (root) process.seteuid?.(0)
    rmSync(home, { recursive: true })
  }
})

test.run()
