// Packets between devices as unmodified programs send them: through a router by labels, closed until a rule opens a port, and
// through restarts, floods of loss and changes of rules.

import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, openDevices, rule } from '../lab/devices.js'
import { networked } from '../lab/networked.js'
import { collect } from '../lab/runnel.js'
import { openLoopback, type Ran, run } from '../lab/unmodified.js'
import { until } from '../lab/until.js'

const test = suite('network/packets')
const it = networked(test)
const port = 2200

it('a program reaches another device through a router, and only what a rule lets in', async () => {
  const village = await openDevices(['a', 'b'])
  try {
    const [a, b] = [village.host('a'), village.host('b')]
    const address = await addressOf(village, 'a', 'b')
    // The first packet already arrives; nothing but the wait for keys is in its time.
    const ping = await run(b, 'ping', ['-6', '-c', '3', '-i', '0.2', '-W', '10', address])
    assert.match(ping.output, /3 packets transmitted, 3 received/)

    const server = a.spawn('python3', ['-c', serverText(address)], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(server.stdout ?? server, 'data')
    const ask = () => run(b, 'python3', ['-c', askText(address)])
    assert.is((await ask()).output, 'no answer\n')
    const { name } = await village.client('b').id()
    await rule(village, 'a', { action: 'allow', protocol: 'tcp', port, from: name })
    assert.is((await until('the port is open', async () => answered(await ask()))).output, '3000000 3000000\n')
    // Of the other device nobody gets in, and what it allows comes back to it alone.
    await rule(village, 'a', { action: 'deny', protocol: 'any', from: 'anybody' })
    assert.is((await ask()).output, 'no answer\n')
    server.kill()

    const router = (await village.router.client.status()).counters
    const there = (await village.client('a').status()).counters
    assert.ok((router['packets switched'] ?? 0) > 1_000, 'the router has switched them')
    assert.is(router['packets sealed'] ?? 0, 0, 'and has sealed nothing')
    assert.ok((there['packets flows denied'] ?? 0) >= 1)
  } finally {
    await village.close()
  }
})

it('port 80 of a device whose name has no site is its own', async () => {
  const village = await openDevices(['a', 'b'], { args: { a: ['--http', 'off'] } })
  try {
    const [a, b] = [village.host('a'), village.host('b')]
    await Promise.all([a, b].map(openLoopback))
    const address = await addressOf(village, 'a', 'b')
    await rule(village, 'a', { action: 'allow', protocol: 'tcp', port: 80, from: 'anybody' })
    const server = a.spawn('python3', ['-c', webText(address)], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(server.stdout ?? server, 'data')
    const { name } = await village.client('a').id()
    const ask = (...args: string[]) => {
      return run(b, 'curl', ['-sS', '--max-time', '30', '--resolve', `${name}.key:80:[${address}]`, ...args])
    }
    const { output } = await ask('-d', 'a question', `http://${name}.key/x?y`)
    assert.is(output, `POST /x?y ${name}.key a question`)
    assert.is((await ask(`http://${name}.key/`)).output, `GET / ${name}.key `)
    assert.is((await ask('-H', 'Host: other.example', `http://${name}.key/`)).output, 'GET / other.example ')
    server.kill()
    assert.match((await ask(`http://${name}.key/`)).output, /NETWORK_DOWN: the name has no site, and its device/)
  } finally {
    await village.close()
  }
})

it('packets pass again soon after the router was killed and is back, and the connection has survived', async () => {
  const village = await openDevices(['a', 'b'])
  try {
    const [a, b] = [village.host('a'), village.host('b')]
    const address = await addressOf(village, 'a', 'b')
    await rule(village, 'a', { action: 'allow', protocol: 'tcp', port, from: 'anybody' })
    const server = a.spawn('python3', ['-c', echoText(address)], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(server.stdout ?? server, 'data')
    const talker = b.spawn('python3', ['-c', talkText(address)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const said = collect(talker.stdout)
    const lines = () => said().split('\n').length - 1
    await until('the connection is there', () => lines() >= 1)
    await village.crash('router')
    talker.stdin?.write('while it is off\n')
    await village.again('router')
    await until('what was said while the router was off has come back', () => lines() >= 2)
    talker.stdin?.write('afterwards\n')
    await until('and what was said afterwards', () => lines() >= 3)
    talker.stdin?.end()
    await once(talker, 'close')
    server.kill()
    assert.equal(said().split('\n').slice(1, 3), ['while it is off', 'afterwards'])
  } finally {
    await village.close()
  }
})

test.run()

const answered = (ran: Ran): Ran | undefined => (ran.code === 0 ? ran : undefined)

/** Answers with what it was asked. */
function webText(address: string): string {
  return `
import socket, socketserver
from http.server import BaseHTTPRequestHandler
class Six(socketserver.TCPServer):
    address_family = socket.AF_INET6
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        text = f"{self.command} {self.path} {self.headers['Host']} {body}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    do_POST = do_GET
    def log_message(self, *_): pass
server = Six(("${address}", 80), Answer)
print("listening", flush=True)
server.serve_forever()
`
}

/** Takes 3,000,000 bytes, says how many there were, and again. */
function serverText(address: string): string {
  return `
import socket
listener = socket.create_server(("${address}", ${port}), family=socket.AF_INET6)
print("listening", flush=True)
while True:
    peer, _ = listener.accept()
    length = 0
    while length < 3000000:
        got = peer.recv(65536)
        if not got: break
        length += len(got)
    peer.sendall(str(length).encode())
    peer.close()
`
}

function askText(address: string): string {
  return `
import socket, sys
try:
    peer = socket.create_connection(("${address}", ${port}), 2)
    peer.settimeout(20)
    peer.sendall(bytes(3000000))
    print(3000000, peer.recv(100).decode())
except OSError:
    print("no answer")
    sys.exit(1)
`
}

function echoText(address: string): string {
  return `
import socket
listener = socket.create_server(("${address}", ${port}), family=socket.AF_INET6)
print("listening", flush=True)
peer, _ = listener.accept()
while True:
    got = peer.recv(1000)
    if not got: break
    peer.sendall(got)
`
}

/** Says that it is there, then each line of its input, and what came back. */
function talkText(address: string): string {
  return `
import socket, sys
peer = socket.create_connection(("${address}", ${port}), 20).makefile("rw")
peer.write("here\\n"); peer.flush()
sys.stdout.write(peer.readline()); sys.stdout.flush()
for line in sys.stdin:
    peer.write(line); peer.flush()
    sys.stdout.write(peer.readline()); sys.stdout.flush()
`
}
