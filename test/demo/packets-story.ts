// The third story: programs that know nothing of Runnel. A name is looked up by DNS, its site is read by curl while its
// publisher is off, and one machine reaches a port of another as its owner allows.

import { once } from 'node:events'
import { openLoopback, resolving } from '../lab/unmodified.js'
import { until } from '../lab/until.js'
import type { Stage } from './stage.js'

const port = 8022
const greeting = 'SSH-2.0-greeting'

/** `readme` is what the site of `name` has under README.md. */
export async function packetsStory(stage: Stage, name: string, readme: string): Promise<void> {
  const { village, claims } = stage
  const [c, d] = [village.host('c'), village.host('d')]
  await Promise.all([c, d].map(openLoopback))
  const curl = async () => {
    const args = ['curl', '-sS', '--max-time', '30', `http://${name}.key/README.md`]
    return (await resolving(village, c, args)).output
  }
  claims.check(`c reads http://${name}.key/ by DNS and curl`, (await curl()) === readme)
  console.log('a is killed with -9')
  await village.kill('a')
  claims.check('and again, after a has gone', (await curl()) === readme)
  await village.again('a')

  const { name: owner } = await village.client('d').id()
  const ping = await resolving(village, c, ['ping', '-6', '-c', '3', '-i', '0.2', '-W', '10', `${owner}.key`])
  claims.check(`c pings ${owner}.key through the router`, ping.output.includes('3 received'))

  console.log(`d serves port ${port}, which nobody may reach`)
  const { address } = await village.client('d').status()
  const server = d.spawn('python3', ['-c', serverText(address)], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(server.stdout ?? server, 'data')
    const knock = () => resolving(village, c, ['python3', '-c', knockText(`${owner}.key`)])
    claims.check('c does not reach the port', (await knock()).code !== 0)
    const { name: caller } = await village.client('c').id()
    await stage.run('d', ['allow', `tcp/${port}`, 'from', caller])
    const reached = await until('the port is open', async () => {
      const { code, output } = await knock()
      return code === 0 ? output : undefined
    })
    claims.check('after `runnel allow` it does', reached === greeting)
    const { counters } = await village.json<{ counters: Record<string, number> }>('router', ['status'])
    claims.check(
      'the router has sent the packets on, and sealed and opened none',
      (counters['packets switched'] ?? 0) > 0 && (counters['packets sealed'] ?? 0) === 0,
    )
  } finally {
    server.kill()
    if (server.exitCode === null && server.signalCode === null) await once(server, 'close')
  }
}

function serverText(address: string): string {
  return `
import socket
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('${address}', ${port}))
s.listen()
print('ready', flush=True)
while True:
    c, _ = s.accept()
    c.sendall(b'${greeting}')
    c.close()
`
}

function knockText(host: string): string {
  return `
import socket
s = socket.create_connection(('${host}', ${port}), timeout=3)
print(s.recv(100).decode(), end='')
`
}
