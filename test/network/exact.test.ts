// What WireGuard's own test holds its tunnel to: what was counted is what was on the wire, to the packet; what is routed into the
// tunnel and does not belong there ends there; and a tunnel goes through a tunnel, with two nodes on each machine.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, counted, filter, openDevices, rule } from '../lab/devices.js'
import type { Host } from '../lab/lab.js'
import { networked } from '../lab/networked.js'
import { RunningNode } from '../lab/running-node.js'
import { run, withInterface } from '../lab/unmodified.js'
import { until } from '../lab/until.js'
import type { Village } from '../lab/village.js'

const test = suite('network/exact')
const it = networked(test)
/** A ping of 56 bytes: 40 of IPv6 and 8 of ICMPv6 before it. */
const pingBytes = 104
/** On the wire: 20 of IPv4, 8 of UDP, header, kind and tag of a datagram (§21.4). */
const wireBytes = pingBytes + 20 + 8 + 16 + 1 + 16

let village: Village
let address = ''

test.after(() => village?.close())

it('every datagram that left was counted, and so was every one that came: from the first one on', async () => {
  const counting = (device: string) => [
    `${device} uplink meta l4proto udp counter comment "all"`,
    `${device} uplink meta l4proto udp meta length ${wireBytes} counter comment "pings"`,
  ]
  village = await openDevices(['a', 'b'], {
    prepare: (made) => filter(made.host('b'), { output: counting('oifname'), prerouting: counting('iifname') }),
  })
  address = await addressOf(village, 'a', 'b')
  assert.is(await pinged(1), 1)
  const [sealed, bytes] = [
    await counted(village, 'b', 'packets sealed'),
    await counted(village, 'b', 'packets sealed-bytes'),
  ]
  const before = await onTheWire(village.host('b'))
  assert.is(await pinged(10), 10)
  const after = await onTheWire(village.host('b'))
  assert.equal([after.output.pings - before.output.pings, after.prerouting.pings - before.prerouting.pings], [10, 10])
  assert.is((await counted(village, 'b', 'packets sealed')) - sealed, 10)
  assert.is((await counted(village, 'b', 'packets sealed-bytes')) - bytes, 10 * pingBytes)
  await until('both have counted the same', async () => {
    const { output, prerouting } = await onTheWire(village.host('b'))
    const { counters } = await village.client('b').status()
    return output.all === counters['packets sends'] && prerouting.all === counters['packets receives']
  })
})

it('datagrams of the tunnel that are routed into it end there, counted, and it is well once they are not', async () => {
  const b = village.host('b')
  const route = (what: string) => run(b, 'ip', ['route', what, `${b.routerAddress}/32`, 'dev', 'tun0'])
  const [sends, refused] = [
    await counted(village, 'b', 'packets sends'),
    await counted(village, 'b', 'packets not-ipv6'),
  ]
  await route('add')
  await run(b, 'ping', ['-6', '-q', '-f', '-c', '50', '-w', '2', address])
  assert.ok((await counted(village, 'b', 'packets not-ipv6')) > refused)
  // Each ping once, and what asks for the way now and then.
  assert.ok((await counted(village, 'b', 'packets sends')) - sends < 500)
  await route('delete')
  await until('it is reached again', async () => (await pinged(1)) === 1)
})

it('a tunnel goes through a tunnel, between the second nodes of both machines', async () => {
  for (const protocol of ['tcp', 'udp'] as const)
    await rule(village, 'a', { action: 'allow', protocol, from: 'anybody' })
  const inner: RunningNode[] = []
  try {
    const listen = ['--listen', `[${address}]:7299`, '--root']
    const above = await RunningNode.up(village.host('a'), village.path('above'), listen, withInterface)
    inner.push(above)
    const upstream = ['--upstream', `${(await above.client.id()).device}@[${address}]:7299`]
    const below = await RunningNode.up(village.host('b'), village.path('below'), upstream, withInterface)
    inner.push(below)
    await below.client.wait({ for: 'neighbour', timeoutMs: 20_000 })
    const [own, far] = [(await below.client.status()).address, (await above.client.status()).address]
    await below.client.addresses({ link: (await above.client.id()).name })
    const outer = await counted(village, 'b', 'packets sealed')
    const { output } = await run(village.host('b'), 'ping', [
      '-6',
      '-c',
      '5',
      '-i',
      '0.2',
      '-W',
      '10',
      '-s',
      '1232',
      '-I',
      own,
      far,
    ])
    assert.match(output, /5 received/, output)
    assert.ok((await counted(village, 'b', 'packets sealed')) - outer >= 5)
    // What has the address of a node leaves by its interface: the first one's goes on as ever.
    assert.is(await pinged(3), 3)
  } finally {
    for (const node of inner) await node.kill()
  }
})

test.run()

/** How many of so many were answered. */
async function pinged(count: number): Promise<number> {
  const args = ['-6', '-q', '-c', String(count), '-i', '0.02', '-W', '10', '-s', '56', address]
  const { output } = await run(village.host('b'), 'ping', args)
  return Number(/(\d+) received/.exec(output)?.[1] ?? 0)
}

type Counts = Record<'output' | 'prerouting', Record<'all' | 'pings', number>>

/** Packets by the counters of the packet filter. */
async function onTheWire(host: Host): Promise<Counts> {
  const { output } = await run(host, 'nft', ['-j', 'list', 'table', 'inet', 'lab'])
  const counts: Counts = { output: { all: 0, pings: 0 }, prerouting: { all: 0, pings: 0 } }
  const { nftables } = JSON.parse(output) as { nftables: { rule?: Rule }[] }
  for (const { rule: of } of nftables) {
    const packets = of?.expr.find(({ counter }) => counter !== undefined)?.counter?.packets
    if (of !== undefined) counts[of.chain][of.comment] = packets ?? 0
  }
  return counts
}

interface Rule {
  readonly chain: 'output' | 'prerouting'
  readonly comment: 'all' | 'pings'
  readonly expr: readonly { readonly counter?: { readonly packets: number } }[]
}
