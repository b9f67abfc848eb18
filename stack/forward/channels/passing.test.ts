// What passes through a node: frames that are nobody's, bytes that wait for a slow link, and which channel goes when too
// much of them waits.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { encodeBytesHead, encodeCredit, encodeOpen, FrameType } from '../index.js'
import { Network } from '../testing/network.js'
import { FIRST_CREDIT_BYTES } from './limits.js'
import { accept, bytesTo, closings, eventsOf, open, openDevice, send } from './testing/devices.js'

const test = suite('forward/channels/passing')
const crypto = await openTestCrypto()

function sealed(length: number): Uint8Array {
  return new Uint8Array(length).fill(7)
}

/** Two devices behind a router; the link of the second one carries so many bytes a second. */
function village(bytesPerSecond: number, channelBytes?: number) {
  const network = new Network(crypto)
  const limits = channelBytes === undefined ? {} : { channelBytes }
  const router = network.node('router', { root: true, limits })
  const [a, b] = [openDevice(network, crypto, 1), openDevice(network, crypto, 2)]
  network.link(a.node, router)
  const slow = network.link(b.node, router, { bytesPerSecond })
  network.run(5_000)
  const openOne = () => {
    const from = open(a.node, b.key)
    network.run(5_000)
    const to = accept(b.node)
    network.run(5_000)
    return { from, to }
  }
  /** Sends until so many bytes were taken. */
  const fill = (from: number, bytes: number) => {
    for (let sent = 0; sent < bytes; sent += 10_000) {
      while (!send(a.node, from, sealed(10_000))) network.run(5)
    }
  }
  return { network, router, a, b, slow, openOne, fill }
}

test('a frame of a channel that does not decode, or is for none, is dropped and counted', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const peer = network.peer(router, () => {})
  const { open: opens, accept: accepts, bytes, credit, close } = FrameType
  for (const type of [opens, accepts, bytes, credit, close]) peer.send(type, 0, Uint8Array.of(0, 0, 0))
  network.settle()
  const { drops } = router.machine.status().counters
  assert.is(drops.get('too-short'), 5)
  peer.send(bytes, 0, new Uint8Array([...encodeBytesHead(9), ...sealed(20)]))
  peer.send(credit, 0, encodeCredit({ channel: 9, bytes: 1 }))
  peer.send(accepts, 0, Uint8Array.of(0, 0, 0, 9, 1))
  network.settle()
  assert.is(router.machine.status().counters.drops.get('unknown-channel'), 3)
})

test('bytes before ACCEPT are beyond what may be sent, and close the channel on both sides', () => {
  const network = new Network(crypto)
  const { node, key } = openDevice(network, crypto, 1)
  const reasons: (number | undefined)[] = []
  const peer = network.peer(node, ({ type, body }) => type === FrameType.close && reasons.push(body[4]))
  peer.send(FrameType.open, 0, encodeOpen({ channel: 1, hops: 3, rank: 254, device: key, message: sealed(2) }))
  peer.send(FrameType.bytes, 0, new Uint8Array([...encodeBytesHead(1), ...sealed(20)]))
  network.settle()
  assert.equal([reasons, closings(node)], [[5], ['Bad']])
  assert.is(node.machine.status().counters.drops.get('beyond-credit'), 1)
})

test('a channel has room when it is open, as much as it is granted, and none when it is over', () => {
  const { network, a, b, router } = village(10_000_000)
  const from = open(a.node, b.key)
  assert.is(a.node.machine.channelRoom(from), 0)
  assert.not(send(a.node, from, sealed(20)))
  assert.equal(a.node.machine.channelNeighbour(from), router.device)
  network.settle()
  accept(b.node)
  network.settle()
  assert.is(a.node.machine.channelRoom(from), FIRST_CREDIT_BYTES)
  a.node.run(() => {
    a.node.machine.sendChannel(a.node.clock, from, sealed(1_000))
    assert.is(a.node.machine.channelRoom(from), FIRST_CREDIT_BYTES - 1_000)
  })
  // It has left, and so may as much again.
  assert.is(a.node.machine.channelRoom(from), FIRST_CREDIT_BYTES)
  a.node.run(() => a.node.machine.closeChannel(a.node.clock, from, 'Done'))
  assert.is(a.node.machine.channelRoom(from), 0)
  assert.is(a.node.machine.channelNeighbour(from), undefined)
  assert.not(send(a.node, from, sealed(20)))
})

test('a channel that ends in order delivers all that was sent before, over a slow link too, and then closes', () => {
  const { network, router, a, b, openOne, fill } = village(20_000)
  const { from, to } = openOne()
  fill(from, 120_000)
  a.node.run(() => a.node.machine.closeChannel(a.node.clock, from, 'Done'))
  network.run(500)
  assert.equal(closings(b.node), [])
  assert.ok(router.machine.status().channels.bufferedBytes > 0)
  // What the other side still sends has nobody to go to, and costs nothing.
  assert.ok(send(b.node, to, sealed(100)))
  network.run(10_000)
  assert.is(bytesTo(b.node, to), 120_000)
  assert.equal(closings(b.node), ['Done'])
  assert.is(bytesTo(a.node, from), 0)
  for (const { machine } of [a.node, b.node, router]) assert.is(machine.status().channels.open, 0)
  assert.is(router.machine.status().channels.counters.closedBad, 0)
})

test('a channel that ends at once drops what waits, and others that wait behind it go on', () => {
  const { network, router, a, b, openOne, fill } = village(20_000)
  const [first, second] = [openOne(), openOne()]
  fill(first.from, 110_000)
  fill(second.from, 30_000)
  network.run(100)
  a.node.run(() => a.node.machine.closeChannel(a.node.clock, first.from, 'Reset'))
  network.run(10_000)
  assert.equal(closings(b.node), ['Reset'])
  assert.ok(bytesTo(b.node, first.to) < 110_000)
  assert.is(bytesTo(b.node, second.to), 30_000)
  assert.is(router.machine.status().channels.bufferedBytes, 0)
})

test('what waits for a link that ends is dropped, and no longer counts', () => {
  const { network, router, a, slow, openOne, fill } = village(20_000)
  const { from } = openOne()
  fill(from, 120_000)
  network.run(100)
  assert.ok(router.machine.status().channels.bufferedBytes > 0)
  slow.close()
  network.run(1_000)
  assert.is(router.machine.status().channels.bufferedBytes, 0)
  assert.equal(closings(a.node), ['LinkDown'])
})

test('when more waits than may, the channel that holds the most is closed as Busy and the others go on', () => {
  const { network, router, a, b, openOne, fill } = village(20_000, 80_000)
  const [small, large] = [openOne(), openOne()]
  // As much as the far device takes at first leaves at once, into the queue of the link; the rest waits.
  fill(small.from, 60_000)
  fill(large.from, 60_000)
  fill(large.from, 50_000)
  fill(small.from, 40_000)
  network.run(200)
  const status = router.machine.status().channels
  assert.is(status.counters.closedBusy, 1)
  assert.ok(status.bufferedBytes <= 80_000)
  network.run(20_000)
  assert.equal([closings(a.node), closings(b.node)], [['Busy'], ['Busy']])
  assert.equal(eventsOf(a.node, 'channel-closed')[0]?.channel, large.from)
  assert.is(bytesTo(b.node, small.to), 100_000)
})

test.run()
