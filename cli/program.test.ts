// The command line itself: help, what does not parse, where the home and the settings come from, and what a quick command
// does not load.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFakeNode } from '../test/api/fake-node.js'
import { command, ended, records } from '../test/cli/command.js'
import { settingNames } from './config/settings.js'
import { commands } from './table.js'

const id = { name: 'n', device: 'd', address: 'a', home: 'h' }
const test = suite('command line')

test('--version and help answer on standard output, with 0', async () => {
  assert.match((await command(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  const help = await command(['--help'])
  assert.is(help.code, 0)
  assert.is(help.stderr, '')
  for (const { name } of commands) assert.match(help.stdout, new RegExp(`^ {2}${name.split(' ')[0]}\\b`, 'm'))
})

test('help of a command names its arguments and flags, and those that every command takes', async () => {
  for (const { name, summary, arguments: given, options } of commands) {
    const { code, stdout } = await command(['help', ...name.split(' ')].slice(0, 2))
    assert.is(code, 0, name)
    if (name.includes(' ')) continue
    assert.ok(stdout.replace(/\s+/g, ' ').includes(summary), name)
    for (const argument of given) assert.match(stdout, argument.name)
    for (const { flags } of options) assert.match(stdout, flags.split(/[ ,]/)[0] ?? '')
    assert.match(stdout, '--home <dir>')
    assert.match(stdout, '--json')
  }
})

test('what does not parse is BAD_ARGUMENT with what was probably meant, exit code 2', async () => {
  const wrong: [string[], RegExp][] = [
    [[], /no command was given/],
    [['config'], /no command was given/],
    [['gett'], /unknown command 'gett' \(Did you mean get\?\)/],
    [['get'], /missing required argument 'link'\nhint: `runnel help get` explains it\./],
    [['get', 'a', 'b'], /too many arguments/],
    [['status', '--max-age', '5'], /unknown option '--max-age'/],
    [['get', 'a', '--outptu', 'b'], /unknown option '--outptu' \(Did you mean --output\?\)/],
    [['get', 'a', '-o'], /argument missing/],
    [['up', '--cache', 'big'], /--cache must be a size/],
    [['up', '--log-level', 'loud'], /--log-level must be one of debug/],
  ]
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await command(args, { home: '/nonexistent' })
    assert.is(code, 2, args.join(' '))
    assert.is(stdout, '')
    assert.match(stderr, /^runnel: BAD_ARGUMENT: /)
    assert.match(stderr, message)
  }
})

test('with --json an error is one object on standard error', async () => {
  const [record] = records((await command(['gett', '--json'])).stderr) as { error: { code: string } }[]
  assert.is(record?.error.code, 'BAD_ARGUMENT')
})

test('--home and --json may stand before the command and after it, and --home counts before RUNNEL_HOME', async () => {
  const node = await openFakeNode({ id: async () => id })
  const lines = [
    ['--home', node.home, '--json', 'id'],
    ['id', '--home', node.home, '--json'],
    ['--json', 'id', `--home=${node.home}`],
  ]
  for (const line of lines) assert.equal(records((await command(line)).stdout), [id], line.join(' '))
  assert.is((await command(['id'], { env: { RUNNEL_HOME: node.home } })).code, 0)
  assert.is((await command(['id'], { home: node.home, env: { RUNNEL_HOME: '/nonexistent' } })).code, 0)
  assert.is((await command(['id'], { env: { RUNNEL_HOME: '/nonexistent' } })).code, 6)
  const data = mkdtempSync(join(tmpdir(), 'data-'))
  assert.match((await command(['id'], { env: { XDG_DATA_HOME: data } })).stderr, join(data, 'runnel', 'runnel.sock'))
  rmSync(data, { recursive: true })
  await node.close()
})

test('config show tells every setting, its value, and where it came from', async () => {
  const home = mkdtempSync(join(tmpdir(), 'config-'))
  writeFileSync(join(home, 'config.toml'), 'cache = "1G"\nlisten = ["127.0.0.1:1", "[::1]:2"]\nroot = true\n')
  const env = { RUNNEL_LOG: 'debug', RUNNEL_CACHE: '2G' }
  const shown = records((await command(['config', 'show', '--json', '--cache', '3G'], { home, env })).stdout)
  assert.equal(
    shown.map(({ key }) => key),
    settingNames,
  )
  const of = (key: string) => shown.find((one) => one.key === key)
  assert.equal(of('cache'), { key: 'cache', value: 3 * 1024 ** 3, from: 'flag', variable: 'RUNNEL_CACHE' })
  assert.equal(of('log-level'), { key: 'log-level', value: 'debug', from: 'environment', variable: 'RUNNEL_LOG' })
  assert.equal(of('root'), { key: 'root', value: true, from: 'file', variable: 'RUNNEL_ROOT' })
  assert.equal(of('timeout'), { key: 'timeout', value: null, from: 'default', variable: 'RUNNEL_TIMEOUT' })
  const { stdout } = await command(
    ['config', 'show', '--no-root', '--no-tun', '--no-http', '--listen', 'a:1', '--listen', 'b:2'],
    { home, env },
  )
  assert.match(stdout, /^cache +2G +RUNNEL_CACHE$/m)
  assert.match(stdout, /^root +false +flag$/m)
  assert.match(stdout, /^tun +off +flag$/m)
  assert.match(stdout, /^http +off +flag$/m)
  assert.match(stdout, /^listen +a:1, b:2 +flag$/m)
  assert.match(stdout, /^admit +- +default$/m)
  rmSync(home, { recursive: true })
})

test('a quick command loads neither the node nor what only other commands need', async () => {
  const node = await openFakeNode({ id: async () => id })
  const log = pathToFileURL(join(import.meta.dirname, '..', 'test', 'cli', 'log-imports.js'))
  const main = join(import.meta.dirname, 'main.js')
  const child = spawn(process.execPath, [`--import=${log}`, main, 'id', '--home', node.home])
  const { code, stderr } = await ended(child)
  assert.is(code, 0)
  const loaded = stderr.match(/^import .*$/gm) ?? []
  assert.ok(loaded.some((url) => url.endsWith('/cli/commands/id.js')))
  const unwanted =
    /\/dist\/(node|stack\/(?!bytes))|pino|cli-progress|smol-toml|valibot|@noble|hash-wasm|commands\/(?!id\.js)/
  assert.equal(
    loaded.filter((url) => unwanted.test(url)),
    [],
  )
  await node.close()
})

test.run()
