// What nobody should send: packets of local programs that are no packets, a device that floods, that comes from a hundred ports,
// and what was seen on the wire sent again a day later. Each is dropped and counted by its reason, and others notice nothing.

import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, counted, filter, openDevices, openDirectly } from '../lab/devices.js'
import { networked } from '../lab/networked.js'
import { type Fields, inject, sixBytes, sixPacket, udp } from '../lab/raw-packets.js'
import { collect } from '../lab/runnel.js'
import { names, namesAnswered, openLoopback, run } from '../lab/unmodified.js'
import { until } from '../lab/until.js'
import type { Village } from '../lab/village.js'

const test = suite('network/bad-packets')
const it = networked(test)
const floodPorts = 3_000

let village: Village
let address = ''
/** The addresses of the devices that send. */
const own = { b: '', c: '' }

test.after(() => village?.close())

it('starts a device, and two that reach it', async () => {
  village = await openDevices(['a', 'b', 'c'], { prepare: (made) => openDirectly(made, 'c') })
  address = await addressOf(village, 'a', 'b')
  for (const host of ['b', 'c'] as const) {
    own[host] = (await village.client(host).status()).address
    await addressOf(village, 'a', host)
    await pings(host, 1)
  }
})

it('what a program hands to the interface and is no packet is dropped, each counted by its reason', async () => {
  const b = village.host('b')
  const [source, destination] = [sixBytes(own.b), sixBytes(address)]
  const well: Fields = { source, destination }
  const fragment = (offset: number, more: boolean, id: number, content: Uint8Array): Buffer => {
    const head = Buffer.from([17, 0, 0, 0, 0, 0, 0, id])
    head.writeUInt16BE((offset << 3) | (more ? 1 : 0), 2)
    return sixPacket({ ...well, next: 44 }, Buffer.concat([head, content]))
  }
  const options = (count: number): Buffer => {
    const each = Buffer.from([60, 0, 1, 4, 0, 0, 0, 0])
    const last = Buffer.from([17, 0, 1, 4, 0, 0, 0, 0])
    return Buffer.concat([...Array(count - 1).fill(each), last, udp(Buffer.alloc(4))])
  }
  const routing = Buffer.concat([Buffer.from([17, 2, 0, 1, 0, 0, 0, 0]), source, udp(Buffer.alloc(4))])
  const bad: readonly [reason: string, packets: readonly Buffer[]][] = [
    [
      'truncated',
      [
        sixPacket({ ...well, length: 500 }, udp(Buffer.alloc(8))),
        sixPacket(well, udp(Buffer.alloc(8))).subarray(0, 30),
      ],
    ],
    ['not-ipv6', [sixPacket({ ...well, version: 4 }, udp(Buffer.alloc(8)))]],
    ['source', [sixPacket({ source: sixBytes(own.c), destination }, udp(Buffer.alloc(8)))]],
    ['scope', [sixPacket({ source, destination: sixBytes('ff02::1') }, udp(Buffer.alloc(8)))]],
    ['routing-header', [sixPacket({ ...well, next: 43 }, routing)]],
    ['extension-headers', [sixPacket({ ...well, next: 60 }, options(9))]],
    ['fragment', [fragment(0, true, 1, Buffer.alloc(0)), fragment(8, false, 2, Buffer.alloc(16))]],
    ['fragment-overlap', [fragment(0, true, 3, udp(Buffer.alloc(32))), fragment(2, false, 3, Buffer.alloc(64))]],
    ['icmp', [sixPacket({ ...well, next: 58 }, Buffer.from([135, 0, 0, 0, 0, 0, 0, 0]))]],
  ]
  for (const [reason, packets] of bad) {
    const before = await counted(village, 'b', `packets ${reason}`)
    await inject(b, 'tun0', packets)
    const wanted = before + (reason === 'fragment-overlap' ? 1 : packets.length)
    await until(`${reason} is counted`, async () => (await counted(village, 'b', `packets ${reason}`)) >= wanted)
    assert.is(await counted(village, 'b', `packets ${reason}`), wanted, reason)
  }
  // With as many options as may be it passes.
  const arrived = await counted(village, 'a', 'packets denied')
  await inject(b, 'tun0', [sixPacket({ ...well, next: 60 }, options(8))])
  await until('it has arrived', async () => (await counted(village, 'a', 'packets denied')) > arrived)
  await pings('b', 3)
})

it('packets that are too large for the interface are refused by it, and a size below that of every IPv6 link is none', async () => {
  const b = village.host('b')
  const ping = async (bytes: number) =>
    (await run(b, 'ping', ['-6', '-M', 'do', '-c', '1', '-W', '5', '-s', String(bytes - 48), address])).output
  await until('as much passes as the interface takes', async () => / 1 received/.test(await ping(1_419)))
  assert.match(await ping(1_420), /message too long, mtu[:=] ?1419/i)
  const refused = await village.run('b', ['up', '--tun-mtu', '1279'])
  assert.is(refused.code, 2)
  assert.match(refused.stderr, /tun-mtu.*1,?280/s)
})

it('a device that floods every port is dropped there, and others ping as before', async () => {
  const before = await counted(village, 'a', 'packets denied')
  const flood = village
    .host('b')
    .spawn('python3', ['-c', floodText, address, String(floodPorts)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(flood, 'close')
  await once(flood.stdout ?? flood, 'data')
  for (let program = 0; program < 10; program += 1) await pings('c', 5)
  await ended
  await until(
    'the flood was dropped by reason',
    async () => (await counted(village, 'a', 'packets denied')) > before + 100,
  )
  await pings('b', 3)
})

it('a device whose every datagram comes from another port is heard, and answered where it has proven to be', async () => {
  const b = village.host('b')
  const [port] = (await village.client('b').status()).tun.ports
  await filter(b, { output: [`udp sport ${port} udp sport set numgen inc mod 100 offset 30000`] })
  const before = await counted(village, 'a', 'packets opened')
  // Nothing can come back to where nobody listens: what it sends arrives all the same.
  await run(b, 'ping', ['-6', '-q', '-c', '100', '-i', '0.002', '-W', '1', address])
  await until('all have come', async () => (await counted(village, 'a', 'packets opened')) >= before + 100)
  await pings('c', 5)
  await filter(b, {})
  await until('it is back where it was', async () => (await pinged('b', 1)) === 1)
})

it('what was on the wire is dropped when it comes again: as seen before, and a day later as that of strangers', async () => {
  const a = village.host('a')
  const [port] = (await village.client('a').status()).tun.ports
  const capture = a.spawn('python3', ['-c', captureText, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const captured = collect(capture.stdout)
  await once(capture.stdout ?? capture, 'data')
  await pings('b', 50)
  await until('they were seen', () => Number(/(\d+) seen\n$/.exec(captured())?.[1] ?? 0) >= 50)
  const again = async (reason: string) => {
    const seen = Number(/(\d+) seen\n$/.exec(captured())?.[1])
    const [before, sent] = [
      await counted(village, 'a', `packets ${reason}`),
      await counted(village, 'a', 'packets interface-writes'),
    ]
    const [now] = (await village.client('a').status()).tun.ports
    capture.stdin?.write(`${now}\n`)
    await until(
      `all are dropped as ${reason}`,
      async () => (await counted(village, 'a', `packets ${reason}`)) >= before + Math.min(seen, 50),
    )
    assert.is(await counted(village, 'a', 'packets interface-writes'), sent)
  }
  await again('replay')
  // Its keys are those of its life, so a day may have passed.
  await village.kill('a')
  await village.again('a')
  await again('stranger')
  capture.kill('SIGKILL')
})

it('a name with a typing error is nobody at once', async () => {
  const b = village.host('b')
  await openLoopback(b)
  await namesAnswered(b)
  const { name } = await village.client('a').id()
  const wrong = `${name.slice(0, 20)}${name[20] === 'a' ? 'b' : 'a'}${name.slice(21)}`
  const { output } = await run(b, 'dig', ['+tries=1', '+time=5', `@${names}`, `${wrong}.key`, 'AAAA'])
  assert.match(output, /status: NXDOMAIN/)
})

test.run()

async function pinged(host: 'b' | 'c', count: number): Promise<number> {
  const { output } = await run(village.host(host), 'ping', [
    '-6',
    '-q',
    '-c',
    String(count),
    '-i',
    '0.02',
    '-W',
    '10',
    address,
  ])
  return Number(/(\d+) received/.exec(output)?.[1] ?? 0)
}

/** Every one of so many is answered. */
async function pings(host: 'b' | 'c', count: number): Promise<void> {
  assert.is(await pinged(host, count), count, host)
}

const floodText = `
import socket, sys, time
flood = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
print("flooding", flush=True)
for port in range(10000, 10000 + int(sys.argv[2])):
    try: flood.sendto(b"flood", (sys.argv[1], port))
    except OSError: pass
    time.sleep(0.0005)
`

/** Notes every datagram that comes to a port; each line that it is told is a port to which all are sent again. */
const captureText = `
import select, socket, struct, sys
port = int(sys.argv[1])
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
raw.bind(("uplink", 0x0800))
again = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
seen, is_noting = [], True
print("ready", flush=True)
while True:
    ready, _, _ = select.select([raw, sys.stdin], [], [])
    if sys.stdin in ready:
        now = sys.stdin.readline().strip()
        if not now: break
        is_noting = False
        for packet in seen:
            there = packet[:22] + struct.pack("!H", int(now)) + packet[24:]
            again.sendto(there, (socket.inet_ntoa(packet[16:20]), 0))
    if raw in ready:
        frame, address = raw.recvfrom(65536)
        packet = frame[14:]
        if not is_noting or address[2] == socket.PACKET_OUTGOING or packet[9] != 17: continue
        if struct.unpack("!H", packet[22:24])[0] != port: continue
        # Without the sum, which a card would have filled in.
        seen.append(packet[:26] + bytes(2) + packet[28:])
        print(len(seen), "seen", flush=True)
`
