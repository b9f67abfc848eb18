// Programs that know nothing of Runnel, from a device that reaches the other one directly, and from one that does so through a
// router: by their names where a program takes a name. Each is what a distribution ships.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, counted, openDevices, openDirectly, rule } from '../lab/devices.js'
import { sampleBytes } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { canLogIn, Logins } from '../lab/ssh.js'
import { namesAnswered, openLoopback, resolving, run } from '../lab/unmodified.js'
import { until } from '../lab/until.js'
import type { Village } from '../lab/village.js'

const test = suite('network/programs')
const it = networked(test)
const execute = promisify(execFile)

/** `b` reaches `a` directly, `c` only through the router. */
const askers = ['b', 'c'] as const
type Asker = (typeof askers)[number]
const bytes = sampleBytes('programs', 1_000_000)
const hash = createHash('sha256').update(bytes).digest('hex')

let village: Village
let name = ''
let address = ''
const servers: { close(): void }[] = []

test.after(async () => {
  for (const server of servers) server.close()
  await village?.close()
})

it('starts a device with servers, one that reaches it directly, and one behind a router', async () => {
  village = await openDevices(['a', 'b', 'c'], { prepare: (made) => openDirectly(made, 'c') })
  await Promise.all(['a', ...askers].map((host) => openLoopback(village.host(host))))
  name = (await village.client('a').id()).name
  address = await addressOf(village, 'a', 'b')
  for (const protocol of ['tcp', 'udp'] as const)
    await rule(village, 'a', { action: 'allow', protocol, from: 'anybody' })
  writeFileSync(village.path('sample'), bytes)
  await everyone((asker) => namesAnswered(village.host(asker)))
})

it('ping', () =>
  everyone(async (_asker, resolve) => {
    const { output } = await resolve('ping', '-6', '-c', '5', '-i', '0.2', '-W', '10', `${name}.key`)
    assert.match(output, /5 packets transmitted, 5 received/, output)
  }))

it('one goes directly, and the other one by the router, unopened', async () => {
  const switchedBy = async (asker: Asker) => {
    const before = await counted(village, 'router', 'packets switched')
    await run(village.host(asker), 'ping', ['-6', '-q', '-c', '10', '-i', '0.02', '-W', '5', address])
    return (await counted(village, 'router', 'packets switched')) - before
  }
  await until('the direct way is found', async () => (await switchedBy('b')) === 0)
  const there = await switchedBy('c')
  assert.ok(there >= 20, `${there}`)
  assert.is(await counted(village, 'router', 'packets opened'), 0)
})

it('curl, and a server in Node that keeps connections alive', async () => {
  await serve(process.execPath, '--input-type=module', '-e', webText, address, village.path('sample'))
  await everyone(async (asker, resolve) => {
    const { output } = await resolve('sh', '-c', `curl -sS --max-time 30 http://${name}.key:8080/ | sha256sum`)
    assert.match(output, new RegExp(`^${hash}`))
    const asked = await run(village.host(asker), process.execPath, ['--input-type=module', '-e', askText, address])
    assert.is(asked.output, '20 answers over 1 connection\n')
  })
})

it('ssh', async () => {
  if (!canLogIn) {
    console.log('left out: ssh')
    return
  }
  const logins = await Logins.open(village.host('a'), address, village.path('ssh'))
  servers.push(logins)
  const line = logins.line(`${name}.key`, 'cat | sha256sum; echo $SSH_CONNECTION')
  await everyone(async (_asker, resolve) => {
    const { output, code } = await resolve('sh', '-c', `exec "$@" < ${village.path('sample')}`, 'sh', ...line)
    assert.is(code, 0, output)
    assert.ok(output.includes(hash) && output.includes(address), output)
  })
})

it('iperf3, by TCP and by UDP', async () => {
  for (const [index] of askers.entries()) {
    for (const port of [5201 + 2 * index, 5202 + 2 * index])
      await serve('iperf3', '-s', '-1', '-B', address, '-p', String(port), '--forceflush')
  }
  await everyone(async (asker) => {
    const first = 5201 + 2 * askers.indexOf(asker)
    const measure = async (port: number, ...args: string[]) => {
      const { output } = await run(village.host(asker), 'iperf3', ['-c', address, '-p', String(port), '-J', ...args])
      return JSON.parse(output) as {
        end: { sum_received?: { bytes: number }; sum?: { packets: number; lost_packets: number } }
      }
    }
    const tcp = await measure(first, '-t', '1')
    assert.ok((tcp.end.sum_received?.bytes ?? 0) >= 1_000_000, JSON.stringify(tcp.end))
    const udp = await measure(first + 1, '-u', '-l', '1200', '-b', '10M', '-n', '240000')
    assert.ok((udp.end.sum?.packets ?? 0) >= 200 && (udp.end.sum?.lost_packets ?? 200) < 20, JSON.stringify(udp.end))
  })
})

it('a static program in Go', async () => {
  const program = village.path('echo')
  const source = join(import.meta.dirname, '../../../test/lab/echo.go')
  await execute('go', ['build', '-o', program, source], {
    env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' },
  })
  await serve(program, 'serve', `[${address}]:7777`)
  await everyone(async (asker) => {
    const { output } = await run(village.host(asker), program, ['ask', `[${address}]:7777`])
    assert.is(output, '1048600 true\n')
  })
})

it('a client of a database, redis-cli', async () => {
  const args = ['--bind', address, '--port', '6379', '--save', '', '--protected-mode', 'no', '--dir', village.scratch]
  await serve('redis-server', ...args)
  await everyone(async (asker) => {
    const ask = async (...words: string[]) => {
      const { output } = await run(village.host(asker), 'redis-cli', ['-h', address, ...words])
      return output.trim()
    }
    await until('the server is there', async () => (await ask('PING')) === 'PONG')
    const { output } = await run(village.host(asker), 'sh', [
      '-c',
      `redis-cli -h ${address} -x SET ${asker} < ${village.path('sample')}`,
    ])
    assert.is(output, 'OK\n')
    assert.is(await ask('STRLEN', asker), String(bytes.length))
    assert.equal((await ask('LRANGE', await pushed(asker, ask), '0', '-1')).split('\n'), ['one', 'two'])
  })
})

test.run()

/** Does the same from both devices, at once; `resolve` runs a program that asks the node for names. */
async function everyone(
  done: (asker: Asker, resolve: (...line: string[]) => ReturnType<typeof run>) => Promise<void>,
): Promise<void> {
  await Promise.all(askers.map((asker) => done(asker, (...line) => resolving(village, village.host(asker), line))))
}

/** Starts a server on `a`, and waits for the first thing that it says. */
async function serve(command: string, ...args: readonly string[]): Promise<void> {
  const server = village.host('a').spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  servers.push({ close: () => server.kill('SIGKILL') })
  await once(server.stdout ?? server, 'data')
  server.stdout?.resume()
}

async function pushed(asker: Asker, ask: (...words: string[]) => Promise<string>): Promise<string> {
  assert.is(await ask('RPUSH', `list-${asker}`, 'one', 'two'), '2')
  return `list-${asker}`
}

const webText = `
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
const [address, path] = process.argv.slice(1)
const body = readFileSync(path)
createServer((request, response) => response.end(request.url === '/' ? body : request.url))
  .listen({ host: address, port: 8080 }, () => console.log('listening'))
`

const askText = `
import { Agent, get } from 'node:http'
const [host] = process.argv.slice(1)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const ports = new Set()
let answers = 0
for (let count = 0; count < 20; count++) {
  answers += await new Promise((resolve, reject) => {
    const request = get({ host, port: 8080, path: '/' + count, agent }, (response) => {
      ports.add(response.socket.localPort)
      let text = ''
      response.on('data', (data) => (text += data)).on('end', () => resolve(text === '/' + count ? 1 : 0))
    })
    request.on('error', reject)
  })
}
console.log(answers + ' answers over ' + ports.size + ' connection')
agent.destroy()
`
