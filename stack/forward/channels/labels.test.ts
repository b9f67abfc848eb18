// Labels: datagrams find the other end of a channel through the routers, go no other way, and stop with the channel. What is
// told of an index is what is so, whatever comes and goes on the way; and nobody can make much of it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { decodeLabel, encodeLabel, encodeOpen, FrameType, type Label } from '../index.js'
import { STRAY_PAUSE_US } from '../ports/limits.js'
import { closeDatapath, datagramsOf, openDatapath } from '../testing/datagram-nodes.js'
import type { FakeDatapath } from '../testing/datagrams.js'
import { type LinkHandle, Network, type Node } from '../testing/network.js'
import { LABELS_PER_SECOND, MAX_GIVEN_LABELS, MAX_INDEX, MAX_LABELS_AT_ONCE } from './limits.js'
import { accept, type Device, eventsOf, open, openDevice } from './testing/devices.js'

const test = suite('forward/channels/labels')
const crypto = await openTestCrypto()

/** Devices a and b behind a row of routers, each with a datapath unless it is said that it has none. */
class Row {
  readonly network = new Network(crypto)
  readonly datagrams = datagramsOf(this.network)
  readonly routers: Node[]
  readonly a: Device
  readonly b: Device
  readonly links: LinkHandle[] = []
  readonly datapaths = new Map<Node, FakeDatapath>()
  from = 0
  to = 0

  constructor(routers: number, without: readonly number[] = []) {
    const { network } = this
    this.routers = Array.from({ length: routers }, (_, number) =>
      network.node(`router ${number}`, { root: number === 0 }),
    )
    this.a = openDevice(network, crypto, 1)
    this.b = openDevice(network, crypto, 2)
    const all = this.nodes
    for (const [number, node] of all.entries()) if (!without.includes(number)) this.open(node)
    for (let number = 1; number < all.length; number++) {
      // The first router stands above everybody.
      const [one, other] = [all[number - 1] as Node, all[number] as Node]
      this.links.push(number === 1 ? network.link(one, other) : network.link(other, one))
    }
    network.settle()
    this.dial()
  }

  get nodes(): Node[] {
    return [this.a.node, ...this.routers, this.b.node]
  }

  open(node: Node): void {
    this.datapaths.set(node, openDatapath(this.datagrams, node))
  }

  close(node: Node): void {
    closeDatapath(this.datagrams, node, this.at(node))
    this.datapaths.delete(node)
  }

  at(node: Node): FakeDatapath {
    const datapath = this.datapaths.get(node)
    if (datapath === undefined) throw new Error(`${node.name} has no datapath`)
    return datapath
  }

  dial(): void {
    this.from = open(this.a.node, this.b.key)
    this.network.settle()
    this.to = accept(this.b.node)
    this.network.settle()
  }

  /** One end takes datagrams by an index. */
  give(end: 'a' | 'b', index: number): void {
    const { node } = this[end]
    this.datapaths.get(node)?.indexes.add(index)
    const channel = end === 'a' ? this.from : this.to
    node.run(() => node.machine.giveIndex(node.clock, channel, index))
    this.network.settle()
  }

  /** What an end knows of an index of the other one. */
  way(end: 'a' | 'b', index: number) {
    const channel = end === 'a' ? this.from : this.to
    const told = eventsOf(this[end].node, 'channel-way').filter((event) => event.channel === channel)
    return told.filter((event) => event.index === index).at(-1)?.way
  }

  /** Sends by what it knows; whether it came. */
  passes(end: 'a' | 'b', index: number): boolean {
    const way = this.way(end, index)
    const { arrived } = this.at(this[end === 'a' ? 'b' : 'a'].node)
    const before = arrived.length
    if (way !== undefined) this.at(this[end].node).send(way.to, way.label)
    this.network.settle()
    return arrived.length > before && arrived.at(-1)?.number === index
  }

  labels(): number[] {
    return this.routers.map((router) => this.at(router).labels.size)
  }
}

const dropped = ({ machine }: Node, reason: string): number =>
  new Map<string, number>(machine.status().counters.drops).get(reason) ?? 0

for (const count of [0, 1, 3]) {
  test(`through ${count} routers datagrams reach the index that was given, both ways`, () => {
    const row = new Row(count)
    row.give('a', 7)
    row.give('b', 8)
    assert.ok(row.passes('b', 7))
    assert.ok(row.passes('a', 8))
    assert.equal(
      row.labels(),
      Array.from({ length: count }, () => 2),
    )
    for (const router of row.routers) assert.is(row.at(router).switched, 2)
  })
}

test('every router has a number of its own, above all indexes, and the last one writes the index', () => {
  const row = new Row(2)
  row.give('a', 7)
  const [upper, lower] = row.routers.map((router) => [...row.at(router).labels.values()][0])
  assert.is(upper?.next, 7)
  assert.is(lower?.next, upper?.label)
  assert.is(row.way('b', 7)?.label, lower?.label)
  for (const label of [upper?.label, lower?.label]) assert.ok((label ?? 0) > MAX_INDEX)
})

test('a label is good for the neighbour that it was told to and for nobody else', () => {
  const row = new Row(1)
  row.give('a', 7)
  const way = row.way('b', 7)
  const [router] = row.routers
  if (way === undefined || router === undefined) throw new Error('there is no way')
  const stranger = row.datagrams.open({ address: Uint8Array.of(10, 0, 0, 99), port: 1 })
  // protocol.md §10.13 MUST: A datagram with a label MUST be dropped
  stranger.send(way.to, way.label)
  row.network.settle()
  assert.equal([row.at(router).refused, row.at(row.a.node).arrived.length], [1, 0])
})

test('three generations of keys have a way each, a fourth takes the place of the first, and one that is withdrawn has none', () => {
  const row = new Row(2)
  for (const index of [11, 12, 13]) row.give('a', index)
  for (const index of [11, 12, 13]) assert.ok(row.passes('b', index))
  row.give('a', 14)
  for (const index of [12, 13, 14]) assert.ok(row.passes('b', index))
  assert.is(row.way('b', 11), undefined)
  assert.equal(row.labels(), [MAX_GIVEN_LABELS, MAX_GIVEN_LABELS])
  for (const router of row.routers) assert.is(router.machine.status().channels.labels, MAX_GIVEN_LABELS)
  for (const index of [12, 99])
    row.a.node.run(() => row.a.node.machine.withdrawIndex(row.a.node.clock, row.from, index))
  row.network.settle()
  assert.equal([row.way('b', 12), row.way('b', 99)], [undefined, undefined])
  assert.equal(row.labels(), [MAX_GIVEN_LABELS - 1, MAX_GIVEN_LABELS - 1])
  assert.ok(row.passes('b', 13))
})

test('a router without a datapath ends the way, and both ends hear that there is none', () => {
  // protocol.md §10.13 MUST: Who cannot send them on so MUST
  const row = new Row(3, [2])
  row.give('a', 7)
  row.give('b', 8)
  assert.equal([row.way('b', 7), row.way('a', 8)], [undefined, undefined])
  assert.is(eventsOf(row.b.node, 'channel-way').length, 1)
  assert.is(eventsOf(row.a.node, 'channel-way').length, 1)
  // Now it has one.
  row.open(row.routers[1] as Node)
  row.network.settle()
  assert.ok(row.passes('b', 7) && row.passes('a', 8))
})

test('a datapath that comes back, and a neighbour that moves, are followed', () => {
  const row = new Row(2)
  row.give('a', 7)
  const [upper, lower] = row.routers as [Node, Node]
  row.close(upper)
  row.network.settle()
  // protocol.md §10.13 MUST: Datagrams MUST NOT be sent on
  assert.is(row.way('b', 7), undefined)
  assert.is(row.at(lower).labels.size, 0)
  row.open(upper)
  row.network.settle()
  assert.ok(row.passes('b', 7))
  const before = row.way('b', 7)?.label
  row.datagrams.move(row.at(row.a.node), { address: row.a.node.address, port: 999 })
  row.network.run(26_000)
  assert.ok(row.passes('b', 7))
  assert.is(row.way('b', 7)?.label, before)
})

test('a neighbour that a NAT gives another port is found there by the first datagram that it sends, not by the next cookie', () => {
  const row = new Row(1)
  row.give('a', 7)
  const [router] = row.routers as [Node]
  row.network.run(STRAY_PAUSE_US / 1_000)
  row.datagrams.move(row.at(row.b.node), { address: row.b.node.address, port: 999 })
  assert.not(row.passes('b', 7))
  assert.ok(row.passes('b', 7))
  assert.is(row.at(router).refused, 1)
})

test('whoever has seen a label cannot have its neighbour asked more often than it listens, nor from another host', () => {
  const row = new Row(1)
  row.give('a', 7)
  const [router] = row.routers as [Node]
  const way = row.way('b', 7)
  const asked = () => row.at(router).commands.get('expect-cookie') ?? 0
  row.network.run(STRAY_PAUSE_US / 1_000)
  const before = asked()
  for (const address of [Uint8Array.of(10, 0, 0, 99), row.b.node.address]) {
    const stranger = row.datagrams.open({ address, port: 1 })
    for (let count = 0; count < 100; count++) if (way !== undefined) stranger.send(way.to, way.label)
  }
  row.network.settle()
  assert.equal([row.at(router).refused, asked() - before], [200, 1])
  row.at(router).handleStray(1, { address: row.b.node.address, port: 1 })
  assert.is(asked() - before, 1)
  assert.ok(row.passes('b', 7))
})

test('a channel that ends takes its labels with it, whoever ends it', () => {
  const ends: ((row: Row) => void)[] = [
    (row) => row.a.node.run(() => row.a.node.machine.closeChannel(row.a.node.clock, row.from, 'Done')),
    (row) => row.b.node.run(() => row.b.node.machine.closeChannel(row.b.node.clock, row.to, 'Reset')),
    (row) => row.links[1]?.close(),
  ]
  for (const end of ends) {
    const row = new Row(2)
    row.give('a', 7)
    row.give('b', 8)
    const [way, upper] = [row.way('b', 7), row.at(row.routers[0] as Node)]
    end(row)
    row.network.settle()
    // protocol.md §10.13 MUST: Labels MUST end with
    assert.equal(row.labels(), [0, 0])
    for (const { machine } of row.routers) assert.is(machine.status().channels.labels, 0)
    if (way !== undefined) row.at(row.b.node).send(way.to, way.label)
    row.network.settle()
    assert.equal([upper.switched, row.at(row.a.node).arrived.length], [0, 0])
  }
})

test('a new channel after the router has gone is led anew', () => {
  const row = new Row(1)
  row.give('a', 7)
  for (const link of row.links) link.close()
  row.network.settle()
  const router = row.network.node('another', { root: true })
  row.routers[0] = router
  row.open(router)
  row.network.link(row.a.node, router)
  row.network.link(row.b.node, router)
  row.network.settle()
  row.dial()
  row.give('a', 7)
  row.give('b', 8)
  assert.ok(row.passes('b', 7) && row.passes('a', 8))
})

test('an index that is none is refused, and one for a channel that is not open, or stays here, leads nowhere', () => {
  const row = new Row(1)
  const { node, key } = row.a
  const give = (channel: number, index: number) => node.run(() => node.machine.giveIndex(node.clock, channel, index))
  for (const index of [0, -1, 1.5, MAX_INDEX + 1]) assert.throws(() => give(row.from, index), RangeError)
  give(999, 7)
  const own = open(node, key)
  give(own, 7)
  accept(node)
  give(own, 7)
  row.network.settle()
  const told = eventsOf(node, 'channel-way').filter(({ way }) => way !== undefined)
  assert.equal(told, [])
})

/** A peer that has opened a channel to a device behind a router with a datapath, beside what the router has told. */
function opener(channels = 1, limits = {}) {
  const network = new Network(crypto)
  const datagrams = datagramsOf(network)
  const router = network.node('router', { root: true, limits })
  const datapath = openDatapath(datagrams, router)
  const device = openDevice(network, crypto, 2)
  openDatapath(datagrams, device.node)
  network.link(device.node, router)
  const labels: Label[] = []
  const hear = ({ type, body }: { type: number; body: Uint8Array }): void => {
    const label = type === FrameType.label ? decodeLabel(body.slice()) : undefined
    if (typeof label === 'object') labels.push(label)
  }
  const address = Uint8Array.of(10, 0, 0, 9)
  const peer = network.peer(router, hear, { address })
  network.settle()
  for (let number = 0; number < channels; number++) {
    const message = Uint8Array.of(1)
    const body = encodeOpen({ channel: 2 * number + 1, hops: 3, rank: 254, device: device.key, message })
    peer.send(FrameType.open, 0, body)
    network.settle()
    accept(device.node)
    network.settle()
  }
  /** The peer has proven an address. */
  const prove = (): void => {
    for (const { udp, id } of router.machine.status().neighbours) {
      if (udp !== undefined || id !== peer.id) continue
      const cookie = [...datapath.expected][0]
      if (cookie !== undefined) datapath.handleCookie(Uint8Array.from(Buffer.from(cookie, 'hex')), { address, port: 1 })
    }
    network.settle()
  }
  const tell = (channel: number, index: number, label: number): void =>
    peer.send(FrameType.label, 0, encodeLabel({ channel, index, label }))
  return { network, router, datapath, device, peer, labels, prove, tell }
}

test('a label for a channel that is not open over this link is dropped and counted', () => {
  const { network, router, tell, peer, device } = opener()
  const address = Uint8Array.of(10, 0, 0, 8)
  const other = network.peer(router, () => {}, { address })
  // protocol.md §10.13 MUST: A LABEL for a channel that is not open
  other.send(FrameType.label, 0, encodeLabel({ channel: 1, index: 5, label: 5 }))
  tell(3, 5, 5)
  peer.send(FrameType.label, 0, Uint8Array.of(1))
  const body = encodeOpen({ channel: 5, hops: 3, rank: 254, device: device.key, message: Uint8Array.of(1) })
  peer.send(FrameType.open, 0, body)
  tell(5, 5, 5)
  network.settle()
  assert.equal([dropped(router, 'unknown-channel'), dropped(router, 'too-short')], [3, 1])
  assert.equal(eventsOf(device.node, 'channel-way'), [])
})

test('10,000 labels on a channel cost the router a few rows, and the device hears of a few', () => {
  const { network, router, datapath, device, prove, tell } = opener()
  prove()
  for (let index = 1; index <= 10_000; index++) tell(1, index, index)
  network.run(1_000)
  const taken = 10_000 - dropped(router, 'label-pace')
  assert.ok(taken >= MAX_LABELS_AT_ONCE && taken <= MAX_LABELS_AT_ONCE + 2 * LABELS_PER_SECOND, `${taken}`)
  assert.ok(datapath.mostLabels <= MAX_GIVEN_LABELS + 1, `${datapath.mostLabels}`)
  assert.is(router.machine.status().channels.labels, MAX_GIVEN_LABELS)
  const heard = eventsOf(device.node, 'channel-way').length
  assert.ok(heard <= 2 * taken, `${heard}`)
})

test('every channel that may be has its labels, and no more', () => {
  const channels = 6
  const { network, router, datapath, prove, tell } = opener(channels, { channels, channelsPerNeighbour: channels })
  prove()
  for (let number = 0; number < channels; number++) {
    for (let index = 1; index <= MAX_GIVEN_LABELS + 1; index++) tell(2 * number + 1, index, index)
  }
  network.settle()
  assert.is(router.machine.status().channels.labels, channels * MAX_GIVEN_LABELS)
  assert.is(datapath.labels.size, channels * MAX_GIVEN_LABELS)
})

test('labels wait for a slow link as bytes do: of many changes the last one is told', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const [a, b] = [openDevice(network, crypto, 1), openDevice(network, crypto, 2)]
  network.link(a.node, router)
  network.link(b.node, router, { bytesPerSecond: 2_000 })
  network.run(5_000)
  const from = open(a.node, b.key)
  network.run(5_000)
  const to = accept(b.node)
  network.run(5_000)
  for (let count = 0; count < 40; count++) {
    a.node.run(() => a.node.machine.sendChannel(a.node.clock, from, new Uint8Array(1_000)))
  }
  for (let index = 1; index <= 5; index++) a.node.run(() => a.node.machine.giveIndex(a.node.clock, from, index))
  network.run(60_000)
  const told = eventsOf(b.node, 'channel-way').filter(({ channel }) => channel === to)
  assert.equal(told.map(({ index }) => index).slice(-2), [4, 5])
})

test.run()
