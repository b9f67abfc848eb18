// Channels through real machines under virtual time: how they are found, carried, held back and ended.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { encodeBytesHead, encodeClose, encodeCredit, encodeOpen, FrameType } from '../index.js'
import { Network, type Node } from '../testing/network.js'
import { OpenFlag } from '../wire/index.js'
import { CHANNEL_IDLE_US, FIRST_CREDIT_BYTES } from './limits.js'
import { accept, bytesTo, closings, type Device, eventsOf, open, openDevice, send } from './testing/devices.js'

const test = suite('forward/channels')
const crypto = await openTestCrypto()

interface Village {
  readonly network: Network
  readonly router: Node
  readonly a: Device
  readonly b: Device
}

/** Two devices that have both dialled one router. */
function village(options: { bytesPerSecond?: number } = {}): Village {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const [a, b] = [openDevice(network, crypto, 1), openDevice(network, crypto, 2)]
  network.link(a.node, router, options)
  network.link(b.node, router, options)
  network.settle()
  return { network, router, a, b }
}

function sealed(length: number, fill = 7): Uint8Array {
  return new Uint8Array(length).fill(fill)
}

test('two devices that both only dial out speak through the router between them', () => {
  const { network, router, a, b } = village()
  const from = open(a.node, b.key, Uint8Array.of(9, 9))
  network.settle()
  assert.equal(eventsOf(b.node, 'channel-opened')[0]?.message, Uint8Array.of(9, 9))
  const to = accept(b.node, Uint8Array.of(8))
  network.settle()
  assert.equal(eventsOf(a.node, 'channel-accepted')[0]?.message, Uint8Array.of(8))
  assert.ok(send(a.node, from, sealed(100, 1)))
  assert.ok(send(b.node, to, sealed(50, 2)))
  network.settle()
  assert.equal(eventsOf(b.node, 'channel-bytes')[0]?.sealed, sealed(100, 1))
  assert.equal(eventsOf(a.node, 'channel-bytes')[0]?.sealed, sealed(50, 2))
  a.node.run(() => a.node.machine.closeChannel(a.node.clock, from, 'Done'))
  network.settle()
  assert.equal(closings(b.node), ['Done'])
  for (const { machine } of [a.node, b.node, router]) assert.is(machine.status().channels.open, 0)
})

test('a channel to a neighbour, and to the node itself, needs no route', () => {
  const network = new Network(crypto)
  const a = openDevice(network, crypto, 1)
  const b = openDevice(network, crypto, 2)
  network.link(a.node, b.node)
  network.settle()
  open(b.node, a.key)
  open(a.node, b.key)
  network.settle()
  assert.is(eventsOf(a.node, 'channel-opened').length, 1)
  assert.is(eventsOf(b.node, 'channel-opened').length, 1)
  const own = open(a.node, a.key)
  const to = accept(a.node)
  assert.ok(send(a.node, own, sealed(20)))
  assert.is(bytesTo(a.node, to), 20)
})

test('a device that nobody announced has no route', () => {
  const { network, a } = village()
  open(a.node, sealed(32))
  network.settle()
  assert.equal(closings(a.node), ['NoRoute'])
})

test('bytes come in order, all of them, and no hop holds more than a window', () => {
  const { network, router, a, b } = village({ bytesPerSecond: 1_000_000 })
  const from = open(a.node, b.key)
  network.settle()
  const to = accept(b.node)
  network.settle()
  let sent = 0
  let most = 0
  for (let round = 0; round < 400 && sent < 2_000_000; round++) {
    while (sent < 2_000_000 && send(a.node, from, sealed(10_000, sent / 10_000))) sent += 10_000
    network.run(20)
    most = Math.max(most, router.machine.status().channels.bufferedBytes)
  }
  network.run(3_000)
  assert.is(bytesTo(b.node, to), 2_000_000)
  for (const [index, { sealed: bytes }] of eventsOf(b.node, 'channel-bytes').entries())
    assert.is(bytes[0], index & 0xff)
  assert.ok(most <= 1_048_576, `${most}`)
  assert.is(router.machine.status().channels.bufferedBytes, 0)
})

test('a frame of any size comes through behind frames of any other', () => {
  for (const before of [17, 1_300, 10_000, 16_000, 50_000, 65_511]) {
    const { network, a, b } = village()
    const from = open(a.node, b.key)
    network.settle()
    const to = accept(b.node)
    network.settle()
    let sent = 0
    for (const length of [before, 65_511, before, before, 65_511]) {
      assert.ok(send(a.node, from, sealed(length)), `${length} behind ${before}`)
      sent += length
      network.run(1_000)
      assert.is(bytesTo(b.node, to), sent, `${length} behind ${before}`)
    }
  }
})

// protocol.md §10.11 MUST: A reason with another number ends the channel
test('a reason of a later version ends an open channel at every hop, and comes to its end as it was said', () => {
  const { network, router, a, b } = village()
  open(a.node, b.key)
  network.settle()
  const to = accept(b.node)
  network.settle()
  b.node.run(() => b.node.machine.closeChannel(b.node.clock, to, 'Unknown200'))
  network.settle()
  assert.equal(closings(a.node), ['Unknown200'])
  for (const { machine } of [a.node, b.node, router]) assert.is(machine.status().channels.open, 0)
})

test('a link that ends closes its channels toward the other side', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const [a, b] = [openDevice(network, crypto, 1), openDevice(network, crypto, 2)]
  network.link(a.node, router)
  const link = network.link(b.node, router)
  network.settle()
  open(a.node, b.key)
  network.settle()
  accept(b.node)
  network.settle()
  link.close()
  network.settle()
  assert.equal(closings(a.node), ['LinkDown'])
  assert.equal(closings(b.node), ['LinkDown'])
})

test('who sends beyond its credit, or grants more than may be outstanding, loses the channel', () => {
  for (const bad of ['bytes', 'credit'] as const) {
    const { network, router, b } = village()
    const seen: number[] = []
    const peer = network.peer(router, ({ type, body }) => {
      if (type === FrameType.close) seen.push(body[4] ?? -1)
    })
    network.settle()
    peer.send(FrameType.open, 0, encodeOpen({ channel: 1, hops: 32, rank: 254, device: b.key, message: sealed(4) }))
    network.settle()
    accept(b.node)
    network.settle()
    if (bad === 'credit') peer.send(FrameType.credit, 0, encodeCredit({ channel: 1, bytes: 0xffffffff }))
    else {
      const frame = new Uint8Array([...encodeBytesHead(1), ...sealed(FIRST_CREDIT_BYTES - 25)])
      for (let count = 0; count < 4; count++) peer.send(FrameType.bytes, 0, frame)
    }
    network.settle()
    assert.equal(seen, [5], bad)
    assert.equal(closings(b.node), ['Bad'], bad)
    assert.is(router.machine.status().channels.counters.closedBad, 1)
  }
})

test('a neighbour has 32 channels that wait and 128 in all; a further one is told Busy, and others go on', () => {
  const { network, router, a, b } = village()
  const closed: number[] = []
  const peer = network.peer(router, ({ type, body }) => {
    if (type === FrameType.close) closed.push(body[4] ?? -1)
  })
  network.settle()
  let channel = 1
  const openOne = (): void => {
    peer.send(FrameType.open, 0, encodeOpen({ channel, hops: 32, rank: 254, device: b.key, message: sealed(4) }))
    channel += 2
  }
  const acceptAll = (): void => {
    for (const { channel: number } of eventsOf(b.node, 'channel-opened')) {
      b.node.run(() => b.node.machine.acceptChannel(b.node.clock, number, sealed(1)))
    }
    network.settle()
  }
  for (let count = 0; count < 33; count++) openOne()
  network.settle()
  assert.equal(closed, [2])
  acceptAll()
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 32; count++) openOne()
    network.settle()
    acceptAll()
  }
  assert.equal(closed, [2])
  openOne()
  network.settle()
  assert.equal(closed, [2, 2])
  const before = eventsOf(b.node, 'channel-opened').length
  open(a.node, b.key)
  network.settle()
  assert.is(router.machine.status().channels.counters.refused, 2)
  // All of them come to b by its upstream, which may have more than one neighbour of its own has.
  assert.is(eventsOf(b.node, 'channel-opened').length, before + 1)
})

test('an upstream, by which many come, has four times as many channels that wait', () => {
  const { network, a } = village()
  const closed: number[] = []
  const handle = ({ type, body }: { type: number; body: Uint8Array }): void => {
    if (type === FrameType.close) closed.push(body[4] ?? -1)
  }
  const peer = network.peer(a.node, handle, { upstream: true, rank: 0 })
  network.settle()
  for (let count = 0; count < 129; count++) {
    const body = encodeOpen({ channel: 2 * count + 2, hops: 32, rank: 0, device: a.key, message: sealed(4) })
    peer.send(FrameType.open, OpenFlag.down, body)
  }
  network.settle()
  assert.is(eventsOf(a.node, 'channel-opened').length, 128)
  assert.equal(closed, [2])
})

// protocol.md §10.11 MUST: An OPEN with another number, and a frame for a channel
test('a number of the wrong parity or in use is dropped, and what is for no channel as well', () => {
  const { network, router, b } = village()
  const peer = network.peer(router, () => {})
  const openAs = (channel: number): void =>
    peer.send(FrameType.open, 0, encodeOpen({ channel, hops: 32, rank: 254, device: b.key, message: sealed(4) }))
  openAs(2)
  openAs(1)
  openAs(1)
  peer.send(FrameType.close, 0, encodeClose({ channel: 99, reason: 'Done' }))
  network.settle()
  assert.is(eventsOf(b.node, 'channel-opened').length, 1)
  assert.is(router.machine.status().counters.drops.get('channel-number'), 2)
  assert.is(router.machine.status().counters.drops.get('unknown-channel'), 1)
})

test('a way that says nothing is left for another one, and without one the channel expires after 10 s', () => {
  const { network, a } = village()
  const silent = sealed(32, 3)
  const seen: number[] = []
  network.peer(a.node, ({ type }) => seen.push(type), { upstream: true, rank: 0 })
  network.settle()
  open(a.node, silent)
  network.run(9_900)
  assert.equal(closings(a.node), [])
  network.run(200)
  assert.equal(closings(a.node), ['Expired'])
})

test('a channel without any frame for 120 s expires on both sides', () => {
  const { network, a, b } = village()
  open(a.node, b.key)
  network.settle()
  accept(b.node)
  network.run(CHANNEL_IDLE_US / 1_000 - 2_000)
  assert.equal(closings(a.node), [])
  network.run(4_000)
  assert.equal(closings(a.node), ['Expired'])
  assert.equal(closings(b.node), ['Expired'])
})

test.run()
