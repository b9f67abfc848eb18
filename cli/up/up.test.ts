// `runnel up` with a real node: ready, in the background, under systemd, and its ends.

import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../test/api/promises.js'
import { command, type Ended, ended, records, startCommand } from '../../test/cli/command.js'
import type { Ready } from './announce.js'

interface Up {
  readonly ready: Ready
  readonly end: Promise<Ended>
  signal(name: NodeJS.Signals): void
}

const homes: string[] = []
const test = suite('up')

test.after.each(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true })
})

function newHome(): string {
  const home = join(mkdtempSync(join(tmpdir(), 'up-')), 'home')
  homes.push(join(home, '..'))
  return home
}

/** Starts `runnel up --json` and resolves when it has said that it is ready. */
async function up(home: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Up> {
  const child = startCommand(['up', '--json', ...args], { home, env })
  const end = ended(child)
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      said += chunk
      if (said.includes('\n')) resolve()
    })
    void end.then(({ stderr }) => reject(new Error(`it ended before it was ready: ${stderr}`)))
  })
  return { ready: JSON.parse(said) as Ready, end, signal: (name) => void child.kill(name) }
}

test('is ready with a name, and with what others need to reach it', async () => {
  const home = newHome()
  const node = await up(home, ['--listen', '127.0.0.1:0', '--listen', '127.0.0.1:0'])
  const { name, device, address, listening, upstreams, pid } = node.ready
  assert.match(name, /^[a-z2-7]{56}$/)
  assert.match(device, /^[a-z2-7]{56}$/)
  assert.match(address, /^2001:2\d:/)
  assert.is(listening.length, 2)
  assert.equal(
    upstreams,
    listening.map((place) => `${device}@${place}`),
  )
  const id = records((await command(['id', '--json'], { home })).stdout)[0]
  assert.is(id?.name, name)
  assert.is(records((await command(['status', '--json'], { home })).stdout)[0]?.pid, pid)
  node.signal('SIGTERM')
  assert.is((await node.end).code, 0)
})

test('an upstream is given as another node prints it', async () => {
  const router = await up(newHome(), ['--listen', '127.0.0.1:0', '--root'])
  const home = newHome()
  const node = await up(home, ['--upstream', router.ready.upstreams[0] ?? ''])
  assert.is((await command(['wait', '--neighbour'], { home })).code, 0)
  assert.is((await command(['wait', '--neighbour', router.ready.device], { home })).code, 0)
  for (const one of [node, router]) {
    one.signal('SIGINT')
    assert.is((await one.end).code, 0)
  }
})

test('the first start writes the recovery phrases where only the owner reads them, and no later one does', async () => {
  const home = newHome()
  const first = await up(home)
  const file = join(home, 'recovery-phrases')
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is((readFileSync(file, 'utf8').match(/^ {2}\d\. ([a-z]+ ){23}[a-z]+$/gm) ?? []).length, 2)
  first.signal('SIGTERM')
  assert.match((await first.end).stderr, `are in ${file}`)
  rmSync(file)
  const second = await up(home)
  second.signal('SIGTERM')
  assert.not.match((await second.end).stderr, 'phrases')
  assert.not(existsSync(file))
})

test('--phrases-file chooses the place; a file that is there is kept, and the phrases are not lost', async () => {
  const home = newHome()
  const chosen = join(home, '..', 'mine')
  const first = await up(home, ['--phrases-file', chosen])
  first.signal('SIGTERM')
  await first.end
  assert.match(readFileSync(chosen, 'utf8'), 'Recovery phrases')
  const other = newHome()
  writeFileSync(chosen, 'precious')
  const second = await up(other, ['--phrases-file', chosen])
  second.signal('SIGTERM')
  const { stderr } = await second.end
  assert.is(readFileSync(chosen, 'utf8'), 'precious')
  assert.match(readFileSync(join(other, 'recovery-phrases'), 'utf8'), 'Recovery phrases')
  assert.match(stderr, 'warning: write the recovery phrases')
})

test('serves HTTP and DNS where it was told to, and says where', async () => {
  const node = await up(newHome(), ['--http', '127.0.0.1:0', '--dns', '127.0.0.1:0'])
  assert.is(node.ready.dns.length, 1)
  assert.match(node.ready.site ?? '', `http://${node.ready.name}.key.localhost:`)
  const [place = ''] = node.ready.http
  const answer = await fetch(`http://${place}/`)
  assert.is(answer.status, 421)
  assert.match(await answer.text(), 'NAME.key.localhost')
  node.signal('SIGTERM')
  assert.is((await node.end).code, 0)
  const without = await up(newHome(), ['--http', 'off'])
  assert.equal([without.ready.http, without.ready.dns, without.ready.site], [[], [], undefined])
  without.signal('SIGTERM')
  await without.end
})

test('its log is a line of JSON an event, and as loud as was said', async () => {
  const loud = await up(newHome())
  loud.signal('SIGTERM')
  const events = (await loud.end).stderr.split('\n').filter((line) => line.startsWith('{'))
  assert.ok(records(events.join('\n')).some(({ event }) => event === 'ready'))
  const silent = await up(newHome(), [], { RUNNEL_LOG: 'silent' })
  silent.signal('SIGTERM')
  assert.not.match((await silent.end).stderr, '{')
})

test('ends when a client says stop', async () => {
  const home = newHome()
  const node = await up(home)
  assert.is((await command(['stop'], { home })).code, 0)
  assert.is((await node.end).code, 0)
  assert.is((await command(['status'], { home })).code, 6)
})

test('a second node on the same home is NODE_RUNNING, exit code 6, and the first goes on', async () => {
  const home = newHome()
  const node = await up(home)
  for (const flags of [[], ['--detach']]) {
    const second = await command(['up', ...flags], { home })
    assert.is(second.code, 6)
    assert.match(second.stderr, 'runnel: NODE_RUNNING')
  }
  assert.is((await command(['status'], { home })).code, 0)
  node.signal('SIGTERM')
  await node.end
})

test('what it cannot do is told, and leaves nothing running', async () => {
  const home = newHome()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  for (const flags of [
    ['--listen', `127.0.0.1:${port}`],
    ['--listen', 'nowhere'],
    ['--upstream', 'x@y'],
    ['--admit', 'x'],
    ['--http', 'nowhere'],
    ['--dns', '0.0.0.0:53'],
  ]) {
    for (const detach of [[], ['--detach']]) {
      const { code, stderr } = await command(['up', ...flags, ...detach], { home })
      assert.ok(code !== 0 && code !== 1 && code !== null, `${flags.join(' ')}: ${code}`)
      assert.match(stderr, /^runnel: [A-Z_]+: .*\nhint: /m)
    }
  }
  taken.close()
  assert.is((await command(['status'], { home })).code, 6)
})

test('--detach returns when it is ready; its log is in the home for the owner alone', async () => {
  const home = newHome()
  const { code, stdout, stderr } = await command(['up', '--detach', '--json', '--listen', '127.0.0.1:0'], { home })
  assert.is(code, 0, stderr)
  const [ready] = records(stdout)
  assert.is((await command(['status'], { home })).code, 0)
  assert.match(stderr, `in ${join(home, 'recovery-phrases')}`)
  const log = join(home, 'node.log')
  assert.is(statSync(log).mode & 0o777, 0o600)
  assert.match(readFileSync(log, 'utf8'), '"event":"ready"')
  const stopped = await command(['stop', '--json'], { home })
  assert.equal(records(stopped.stdout), [{ stopped: ready?.pid }])
})

test('--detach tells a wrong configuration itself', async () => {
  const home = newHome()
  mkdirSync(home, { mode: 0o700 })
  writeFileSync(join(home, 'config.toml'), 'cash = "1G"\n')
  const { code, stderr } = await command(['up', '--detach'], { home })
  assert.is(code, 2)
  assert.match(stderr, 'config.toml:1: there is no key cash; did you mean cache?')
  assert.not(existsSync(join(home, 'node.log')))
})

test('the configuration file sets what no flag does', async () => {
  const home = newHome()
  mkdirSync(home, { mode: 0o700 })
  writeFileSync(join(home, 'config.toml'), 'listen = ["127.0.0.1:0"]\ncache = "16M"\n')
  const node = await up(home)
  assert.is(node.ready.listening.length, 1)
  const [status] = records((await command(['status', '--json'], { home })).stdout)
  assert.is((status?.cache as { limitBytes?: number } | undefined)?.limitBytes, 16 * 1024 ** 2)
  node.signal('SIGTERM')
  await node.end
})

/** What `doctor` says of the provider of cryptography. */
async function providerOf(home: string): Promise<{ level: string; text: string }> {
  const checks = records((await command(['doctor', '--json'], { home })).stdout)
  return checks.find(({ check }) => check === 'provider') as { level: string; text: string }
}

test('--crypto portable declines the native addon, and doctor says so without a warning', async () => {
  const home = newHome()
  const node = await up(home, ['--crypto', 'portable'])
  const { level, text } = await providerOf(home)
  assert.is(level, 'ok')
  assert.match(text, /portable.*as it was asked for/)
  node.signal('SIGTERM')
  await node.end
})

if (existsSync(join(import.meta.dirname, '..', '..', 'native'))) {
  test('--require-native starts with the addon, and doctor names its file', async () => {
    const home = newHome()
    const node = await up(home, ['--require-native'])
    const { level, text } = await providerOf(home)
    assert.is(level, 'ok')
    assert.match(text, /native \(.*\.node\)/)
    node.signal('SIGTERM')
    await node.end
  })
} else {
  test('--require-native does not start without the addon, and says what was tried', async () => {
    const { code, stderr } = await command(['up', '--require-native', '--json'], { home: newHome() })
    assert.is(code, 7)
    assert.match(stderr, /NO_NATIVE.*not there/)
  })

  test('without the addon it runs, warns once in its log and in status, and doctor says what was tried', async () => {
    const home = newHome()
    const node = await up(home)
    const [status] = records((await command(['status', '--json'], { home })).stdout)
    assert.match(JSON.stringify(status?.warnings), 'RUNNEL-W-PORTABLE')
    const { level, text } = await providerOf(home)
    assert.is(level, 'warn')
    assert.match(text, /\.node: not there/)
    node.signal('SIGTERM')
    const { stderr } = await node.end
    assert.is(stderr.split('RUNNEL-W-PORTABLE').length, 2)
  })
}

test('systemd is told when it is ready, that it lives, and when it ends', async () => {
  const home = newHome()
  const bin = join(home, '..', 'bin')
  const told = join(home, '..', 'told')
  mkdirSync(bin)
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$*" >> ${told}\n`)
  chmodSync(join(bin, 'systemd-notify'), 0o755)
  const node = await up(home, [], {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    NOTIFY_SOCKET: '/run/nobody',
    WATCHDOG_USEC: '1000000',
  })
  const lines = () => (existsSync(told) ? readFileSync(told, 'utf8').split('\n') : [])
  await until(() => lines().some((line) => line.includes('WATCHDOG=1')))
  const { pid, name } = node.ready
  assert.ok(lines()[0]?.startsWith(`--pid=${pid} READY=1 STATUS=${name}, listening on`))
  node.signal('SIGTERM')
  assert.is((await node.end).code, 0)
  assert.ok(lines().includes(`--pid=${pid} STOPPING=1`))
})

test('without the program of systemd it warns once and runs', async () => {
  const home = newHome()
  const path = newHome()
  mkdirSync(path, { recursive: true })
  symlinkSync(process.execPath, join(path, 'node'))
  const node = await up(home, [], { PATH: path, NOTIFY_SOCKET: '/run/nobody' })
  node.signal('SIGTERM')
  const { code, stderr } = await node.end
  assert.is(code, 0)
  assert.is(stderr.match(/systemd was not told/g)?.length, 1)
})

test.run()
