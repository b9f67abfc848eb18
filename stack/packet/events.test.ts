// What a machine of packets makes of single things that a datapath, a conversation or a router tells, right ones and others.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { addressOf } from '../name/index.js'
import { isSameAddress } from './address.js'
import type { DatapathCommand, UdpAddress } from './datapath.js'
import type { PacketEvent } from './event.js'
import { MAX_FLOWS, WAITING_US } from './limits.js'
import { PacketMachine } from './machine.js'
import type { Device } from './testing/network.js'
import { echo, udp } from './testing/packets.js'
import { introduce, statusOf, stream, type Two, two } from './testing/two.js'

const crypto = await openTestCrypto()
const test = suite('packet/events')
const second = 1_000_000
const other: UdpAddress = { address: Uint8Array.of(192, 0, 2, 77), port: 77 }

/** What a device's datapath is told from now on. */
function watch(device: Device): DatapathCommand[] {
  const told: DatapathCommand[] = []
  const tell = device.datapath.tell.bind(device.datapath)
  device.datapath.tell = (nowUs, command) => {
    told.push(command)
    tell(nowUs, command)
  }
  return told
}

function machine(): { readonly machine: PacketMachine; drain(): PacketEvent[] } {
  let drawn = 0
  const made = new PacketMachine({
    ...{ crypto, device: new Uint8Array(32).fill(9) },
    randomBytes: (count) => new Uint8Array(count).fill(++drawn),
    world: { deviceAt: () => new Uint8Array(32).fill(1), groupsOf: () => [] },
  })
  const drain = (): PacketEvent[] => {
    const events: PacketEvent[] = []
    for (let event = made.pollEvent(); event !== undefined; event = made.pollEvent()) events.push(event)
    return events
  }
  return { machine: made, drain }
}

/** Two devices that have found their direct way. */
function talking(): Two {
  const world = two(crypto)
  introduce(world)
  stream(world, 20, 100_000)
  world.network.run(3 * second)
  return world
}

test('a label that is gone is used no more, and another one in its place is', () => {
  const { network, a, b } = two(crypto)
  const labels: number[] = []
  const handleLabel = a.machine.handleLabel.bind(a.machine)
  a.machine.handleLabel = (nowUs, conversation, index, label) => {
    labels.push(index)
    handleLabel(nowUs, conversation, index, label)
  }
  network.send(a, echo(a.address, b.address, 128, 1))
  network.run(second)
  const [conversation = 0] = a.talks.keys()
  const [index = 0] = labels
  assert.equal(statusOf(a).way?.to, network.routerUdp)
  a.machine.handleLabelGone(network.nowUs, conversation, index)
  const told = watch(a)
  a.machine.handleLabel(network.nowUs, conversation, index, { to: other, label: 5 })
  network.drain(a)
  assert.ok(told.some((command) => command.type === 'use-path' && command.to === other && command.remote === 5))
  assert.equal(statusOf(a).way?.to, other)
  // Of a conversation that is none nothing is heard.
  for (const none of [0, 99]) {
    a.machine.handleLabel(network.nowUs, none, index, { to: network.routerUdp, label: 6 })
    a.machine.handleMessage(network.nowUs, none, Uint8Array.of(9))
    a.machine.handleOver(network.nowUs, none)
  }
  assert.equal([statusOf(a).way?.to, a.machine.counters.bad], [other, 0])
})

test('nobody goes back to earlier keys, though the way of the newer ones is gone and theirs is not', () => {
  const { network, a, b } = two(crypto)
  const labels: number[] = []
  const handleLabel = a.machine.handleLabel.bind(a.machine)
  a.machine.handleLabel = (nowUs, conversation, index, label) => {
    labels.push(index)
    handleLabel(nowUs, conversation, index, label)
  }
  const told = watch(a)
  network.send(a, echo(a.address, b.address, 128, 1))
  network.run(121 * second)
  assert.is(labels.length, 2)
  const [conversation = 0] = a.talks.keys()
  const before = told.length
  a.machine.handleLabelGone(network.nowUs, conversation, labels[1] ?? 0)
  network.drain(a)
  network.run(second)
  const paths = told.slice(before).filter(({ type }) => type === 'use-path')
  assert.equal([paths.length, b.machine.counters.bad, a.talks.size], [0, 0, 1])
})

test('a packet that overtakes what is said about its keys is answered under them', () => {
  const { network, a, b } = two(crypto, { talkUs: 300_000 })
  network.send(a, echo(a.address, b.address, 128, 1))
  for (let waited = 0; b.received.length === 0 && waited < 100; waited++) network.run(10_000)
  network.send(b, echo(b.address, a.address, 129, 1))
  network.run(100_000)
  assert.equal([a.received.length, b.received.length], [1, 1])
})

test('a way that nobody is said to be at is asked at once, and not given up for that', () => {
  const { network, a, b } = talking()
  const told = watch(a)
  a.machine.handleDatapathEvent(network.nowUs, { type: 'unreachable', to: b.udp, errno: 111 })
  a.machine.handleTimeout(network.nowUs)
  network.drain(a)
  assert.ok(told.some((command) => command.type === 'probe' && isSameAddress(command.to, b.udp)))
  assert.ok(statusOf(a).way?.isDirect)
})

test('a way on which even the question is refused, as without an uplink, is not asked again for that', () => {
  const { network, a, b } = talking()
  const told = watch(a)
  for (let times = 0; times < 100; times += 1) {
    a.machine.handleDatapathEvent(network.nowUs, { type: 'unreachable', to: b.udp, errno: 101 })
    a.machine.handleTimeout(network.nowUs)
    network.drain(a)
  }
  assert.is(told.filter((command) => command.type === 'probe' && isSameAddress(command.to, b.udp)).length, 1)
})

test('a datapath without room for a flow is told to forget the oldest one', () => {
  const { network, a, b } = two(crypto)
  for (const port of [1, 2, 3]) network.send(a, udp(a.address, b.address, [port, 9], new Uint8Array(1)))
  network.run(second)
  const told = watch(a)
  const key = { peer: b.address, protocol: 17, ownPort: 3, peerPort: 9 }
  a.machine.handleDatapathEvent(network.nowUs, { type: 'refused', key })
  network.drain(a)
  assert.equal(told, [{ type: 'remove-flow', key: { ...key, ownPort: 1 } }])
  assert.is(statusOf(a).flows, 1)
  assert.ok(MAX_FLOWS > 3)
})

test('a probe that says nothing is counted, and one under keys of nobody is not looked at', () => {
  const { network, a, b } = two(crypto)
  network.send(a, echo(a.address, b.address, 128, 1))
  network.run(second)
  const told = watch(a)
  const index = b.events.length
  assert.ok(index > 0)
  const [probe] = a.events.filter((event) => event.type === 'probe')
  assert.ok(probe !== undefined && probe.type === 'probe')
  for (const content of [Uint8Array.of(9), new Uint8Array(9), new Uint8Array(0)]) {
    a.machine.handleDatapathEvent(network.nowUs, { ...probe, content })
  }
  assert.is(a.machine.counters.bad, 3)
  a.machine.handleDatapathEvent(network.nowUs, { ...probe, index: 1 })
  a.machine.handleDatapathEvent(network.nowUs, { type: 'source', index: 1, from: other })
  a.machine.handleDatapathEvent(network.nowUs, {
    type: 'miss',
    key: keyOf(b),
    direction: 'inbound',
    peer: 99,
    head: new Uint8Array(0),
  })
  network.drain(a)
  assert.equal(told, [])
  assert.is(a.machine.counters.bad, 3)
})

function keyOf(device: Device) {
  return { peer: device.address, protocol: 17, ownPort: 1, peerPort: 1 }
}

test('what has waited for its time is given up, and dialling goes on by itself only while somebody waits', () => {
  const { machine: packets, drain } = machine()
  const device = new Uint8Array(32).fill(1)
  const key = { peer: addressOf(crypto, 'device', device), protocol: 17, ownPort: 1, peerPort: 2 }
  const miss = { type: 'miss', key, direction: 'outbound', peer: undefined, head: new Uint8Array(0) } as const
  const dials = () => drain().filter(({ kind }) => kind === 'dial').length
  packets.handleDatapathEvent(0, miss)
  packets.handleTimeout(0)
  assert.is(dials(), 1)
  // Asked again while it is being dialled: nobody is dialled twice.
  packets.handleDatapathEvent(1, miss)
  packets.handleTimeout(1)
  assert.is(dials(), 0)
  packets.handleTimeout(WAITING_US + 1)
  assert.is(packets.status()[0]?.flows, 0)
  packets.handleNoConversation(WAITING_US + 2, device)
  packets.handleTimeout(60 * second)
  assert.is(dials(), 0)
  packets.handleNoConversation(60 * second, device)
  packets.handleNoConversation(60 * second, new Uint8Array(32).fill(3))
  assert.equal(drain(), [])
})

test('nobody has packets with himself', () => {
  const { machine: packets, drain } = machine()
  packets.handleConversation(0, 4, { device: new Uint8Array(32).fill(9), name: undefined, isOurs: false })
  assert.equal(drain(), [{ kind: 'close', conversation: 4, isBad: false }])
})

test('a conversation of somebody with another name comes in by other rules', () => {
  const world = two(crypto)
  const { network, a, b } = world
  introduce(world)
  const friend = new Uint8Array(32).fill(7)
  b.machine.setRules(network.nowUs, [{ action: 'allow', protocol: 'udp', port: 9, from: friend }])
  const packet = udp(a.address, b.address, [1, 9], new Uint8Array(1))
  network.send(a, packet)
  network.run(second)
  assert.is(b.received.length, 0)
  b.machine.handleConversation(network.nowUs, 500, { device: a.key, name: friend, isOurs: false })
  network.drain(b)
  network.send(a, packet)
  network.run(second)
  assert.is(b.received.length, 1)
})

test.run()
