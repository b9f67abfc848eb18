// The ways that an OPEN takes: one after the other, what each leaves behind for the next search, and when there is none.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import {
  type CloseReason,
  decodeAnnounce,
  decodeOpen,
  encodeAccept,
  encodeAnnounce,
  encodeClose,
  encodeOpen,
  ForwardMachine,
  FrameType,
  MAX_HOPS,
} from '../index.js'
import { MemoryStore } from '../testing/memory-store.js'
import { Network, type Node } from '../testing/network.js'
import { signDeviceProof } from './device-proof.js'
import { MAX_WAYS, WAY_TIMEOUT_US } from './limits.js'
import { closings, eventsOf, open, openDevice } from './testing/devices.js'

const test = suite('forward/channels/ways')
const crypto = await openTestCrypto()
const seed = new Uint8Array(32).fill(77)
const far = crypto.ed25519.publicKeyFromSeed(seed)

/** What a neighbour that leads to `far` does with an OPEN. */
type Way = 'silent' | 'accepts' | CloseReason

/** A node below which there are ways to `far`, the first one the cheapest; who was asked stands in `asked`. */
function behind(ways: readonly Way[]) {
  const network = new Network(crypto)
  const node = network.node('node', { root: true })
  const asked: number[] = []
  const heard: { readonly way: number; readonly type: number }[] = []
  const peers = ways.map((way, index) => {
    const peer = network.peer(node, ({ type, body }, self) => {
      heard.push({ way: index, type })
      const read = type === FrameType.open ? decodeOpen(body) : 'bad-kind'
      if (typeof read === 'string') return
      asked.push(index)
      const { channel } = read
      if (way === 'accepts') self.send(FrameType.accept, 0, encodeAccept({ channel, message: Uint8Array.of(6) }))
      else if (way !== 'silent') self.send(FrameType.close, 0, encodeClose({ channel, reason: way }))
    })
    const proof = signDeviceProof(crypto, seed, network.clock.nowMs + 600_000)
    const routes = [{ kind: 'device' as const, key: far, lifetimeS: 300, cost: index, proof }]
    peer.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes }))
    return peer
  })
  network.settle()
  return { network, node, asked, heard, peers }
}

function routes(node: Node) {
  return node.machine.routesOf('device', far).sort((a, b) => a.cost - b.cost)
}

test('a way that leads nowhere is left for the next one, which is proven when the device has taken it', () => {
  // None of all hops is left where a way leads in a circle.
  for (const reason of ['NoRoute', 'Busy', 'Expired', 'LinkDown', 'Hops'] as const) {
    const { network, node, asked } = behind([reason, 'accepts'])
    const channel = open(node, far)
    network.settle()
    assert.equal(asked, [0, 1], reason)
    const accepted = eventsOf(node, 'channel-accepted').map(({ channel, message }) => [channel, message])
    assert.equal(accepted, [[channel, Uint8Array.of(6)]])
    assert.equal(
      routes(node).map(({ proven, failures }) => [proven, failures]),
      [
        [false, 1],
        [true, 0],
      ],
    )
  }
})

test('what the device itself says is the end: no other way is tried', () => {
  // protocol.md §10.11 MUST: A reason with another number ends the channel
  for (const reason of ['Bad', 'Reset', 'Done', 'Unknown8', 'Unknown255'] as const) {
    const { network, node, asked } = behind([reason, 'accepts'])
    open(node, far)
    network.settle()
    assert.equal([asked, closings(node)], [[0], [reason]])
    assert.is(node.machine.status().channels.open, 0)
  }
})

test('a way that says nothing for 3 s is told so and left for the next one', () => {
  const { network, node, asked, heard } = behind(['silent', 'accepts'])
  open(node, far)
  network.run(WAY_TIMEOUT_US / 1_000 - 100)
  assert.equal(asked, [0])
  network.run(200)
  assert.equal(asked, [0, 1])
  assert.ok(heard.some(({ way, type }) => way === 0 && type === FrameType.close))
  assert.is(eventsOf(node, 'channel-accepted').length, 1)
})

test('four ways are tried at most, and then the asker hears why the last one failed', () => {
  const { network, node, asked } = behind(['Busy', 'Busy', 'Busy', 'NoRoute', 'accepts'])
  open(node, far)
  network.settle()
  assert.equal(asked, [0, 1, 2, 3])
  assert.is(asked.length, MAX_WAYS)
  assert.equal(closings(node), ['NoRoute'])
})

test('a link that ends while its way is tried is one more way that leads nowhere', () => {
  const { network, node, asked, peers } = behind(['silent', 'accepts'])
  open(node, far)
  network.settle()
  peers[0]?.close()
  network.settle()
  assert.equal(asked, [0, 1])
  assert.is(eventsOf(node, 'channel-accepted').length, 1)
})

test('an OPEN of few hops is answered by the last node that it reaches, which fails no route and has no other way tried', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const between = network.node('between')
  const [a, b] = [openDevice(network, crypto, 1), openDevice(network, crypto, 2)]
  network.link(a.node, router)
  network.link(between, router)
  network.link(b.node, between)
  network.settle()
  const reach = (hops: number): void => {
    a.node.run(() => a.node.machine.openChannel(a.node.clock, b.key, Uint8Array.of(1), hops))
    network.settle()
  }
  reach(1)
  reach(2)
  assert.equal(closings(a.node), ['Hops', 'Hops'])
  assert.equal(eventsOf(b.node, 'channel-opened'), [])
  reach(3)
  const opened = eventsOf(b.node, 'channel-opened')[0]?.channel ?? 0
  b.node.run(() => b.node.machine.acceptChannel(b.node.clock, opened, Uint8Array.of(4)))
  network.settle()
  assert.equal(
    eventsOf(a.node, 'channel-accepted').map(({ through }) => through),
    [router.device],
  )
  const { network: other, node, asked } = behind(['Hops', 'accepts'])
  node.run(() => node.machine.openChannel(node.clock, far, Uint8Array.of(1), MAX_HOPS - 1))
  other.settle()
  assert.equal([asked, closings(node)], [[0], ['Hops']])
  assert.ok(routes(node).every(({ failures }) => failures === 0))
})

test('a node without any way opens a channel all the same, and is told at once that there is none', () => {
  const { node } = behind([])
  const channel = open(node, far)
  assert.equal(eventsOf(node, 'channel-closed'), [{ kind: 'channel-closed', channel, reason: 'NoRoute' }])
  assert.is(node.machine.status().channels.open, 0)
})

test('an OPEN that nobody may pass on has no hops, and one to this node ends here all the same', () => {
  const network = new Network(crypto)
  const { node, key } = openDevice(network, crypto, 1)
  const other = openDevice(network, crypto, 2)
  network.link(other.node, node)
  const reasons: (number | undefined)[] = []
  const peer = network.peer(node, ({ type, body }) => type === FrameType.close && reasons.push(body[4]))
  const send = (channel: number, device: Uint8Array): void =>
    peer.send(FrameType.open, 0, encodeOpen({ channel, hops: 0, rank: 254, device, message: Uint8Array.of(1) }))
  send(1, other.key)
  network.settle()
  assert.equal(reasons, [7])
  send(3, key)
  network.settle()
  assert.is(eventsOf(node, 'channel-opened').length, 1)
})

test('whoever opened a channel may end it before it is accepted: the device hears, and may no longer accept', () => {
  const network = new Network(crypto)
  const [a, b] = [openDevice(network, crypto, 1), openDevice(network, crypto, 2)]
  network.link(a.node, b.node)
  network.settle()
  const channel = open(a.node, b.key)
  network.settle()
  a.node.run(() => a.node.machine.closeChannel(a.node.clock, channel, 'Done'))
  network.settle()
  assert.equal(closings(b.node), ['Done'])
  const opened = eventsOf(b.node, 'channel-opened')[0]?.channel ?? 0
  b.node.run(() => b.node.machine.acceptChannel(b.node.clock, opened, Uint8Array.of(1)))
  network.settle()
  assert.equal(eventsOf(a.node, 'channel-accepted'), [])
  assert.equal(closings(a.node), [])
})

test('a device that takes no channel says so, and the asker hears its reason', () => {
  const network = new Network(crypto)
  const [a, b] = [openDevice(network, crypto, 1), openDevice(network, crypto, 2)]
  network.link(a.node, b.node)
  network.settle()
  open(a.node, b.key)
  network.settle()
  const opened = eventsOf(b.node, 'channel-opened')[0]?.channel ?? 0
  b.node.run(() => b.node.machine.closeChannel(b.node.clock, opened, 'Busy'))
  network.settle()
  assert.equal(closings(a.node), ['Busy'])
})

test('a node holds as many channels as it may and refuses one more, of its own and of a neighbour', () => {
  const network = new Network(crypto)
  const { node, key } = openDevice(network, crypto, 1, { channels: 1 })
  const reasons: (number | undefined)[] = []
  const peer = network.peer(node, ({ type, body }) => type === FrameType.close && reasons.push(body[4]))
  const first = open(node, key)
  assert.is(
    node.run(() => node.machine.openChannel(node.clock, key, Uint8Array.of(1))),
    undefined,
  )
  const message = Uint8Array.of(1)
  peer.send(FrameType.open, 0, encodeOpen({ channel: 1, hops: 3, rank: 254, device: key, message }))
  network.settle()
  assert.equal(reasons, [2])
  assert.is(node.machine.status().channels.counters.refused, 2)
  node.run(() => node.machine.closeChannel(node.clock, first, 'Done'))
  assert.type(open(node, key), 'number')
})

test('a node without a device key announces none', () => {
  const network = new Network(crypto)
  const announced = [undefined, far].map((device) => {
    const options = { contentStore: new MemoryStore(), seed: new Uint8Array(8), root: false, device }
    const machine = new ForwardMachine(crypto, options)
    const { clock } = network
    machine.handleNeighbourUp(clock, 1, { device: new Uint8Array(32), upstream: true, rank: 0 })
    machine.announceDevice(clock, seed, clock.nowMs + 600_000)
    const keys: Uint8Array[] = []
    for (let frame = machine.pollTransmit(clock); frame !== undefined; frame = machine.pollTransmit(clock)) {
      const told = frame.type === FrameType.announce ? decodeAnnounce(frame.head) : 'bad-kind'
      if (typeof told !== 'string') keys.push(...told.routes.map(({ key }) => key.slice()))
    }
    return keys
  })
  assert.equal(announced, [[], [far]])
})

test.run()
