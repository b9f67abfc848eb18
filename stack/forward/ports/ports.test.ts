// UDP addresses of neighbours: found by cookies, behind a NAT as well, followed when they change, and never believed.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { toHex } from '../../bytes/index.js'
import {
  COOKIE_BYTES,
  decodeObserved,
  decodeUdp,
  encodeObserved,
  encodeUdp,
  FrameType,
  type SwitchCommand,
  type UdpAddress,
} from '../index.js'
import { closeDatapath, datagramsOf, openDatapath, PORT, provenAddress } from '../testing/datagram-nodes.js'
import { Network, type Node } from '../testing/network.js'
import {
  COOKIE_PAUSES_US,
  COOKIE_WAIT_US,
  MAX_COOKIES,
  MAX_MISSED_COOKIES,
  MAX_UDP_AT_ONCE,
  SAY_AGAIN_US,
} from './limits.js'

const test = suite('forward/ports')
const crypto = await openTestCrypto()

const at = (last: number, port = PORT): UdpAddress => ({ address: Uint8Array.of(10, 0, 0, last), port })
const seen = (port: number): UdpAddress => ({ address: Uint8Array.of(192, 0, 2, 1), port })
const dropped = ({ machine }: Node, reason: string): number =>
  new Map<string, number>(machine.status().counters.drops).get(reason) ?? 0

/** Two nodes with a link: the lower has dialled the upper. */
function pair() {
  const network = new Network(crypto)
  const upper = network.node('upper', { root: true })
  const lower = network.node('lower')
  const datagrams = datagramsOf(network)
  return { network, upper, lower, datagrams, link: () => network.link(lower, upper) }
}

/** A node with a datapath, and a peer whose frames and datagrams are the test's. */
function beside() {
  const network = new Network(crypto)
  const node = network.node('node', { root: true })
  const told: SwitchCommand[] = []
  node.handleSwitch = (command) => void told.push(command)
  node.run(() => node.machine.handlePorts(node.clock, { four: PORT, six: undefined }))
  const said: { port: number; cookie: Uint8Array }[] = []
  const observed: UdpAddress[] = []
  const peer = network.peer(
    node,
    ({ type, body }) => {
      const udp = type === FrameType.udp ? decodeUdp(body.slice()) : undefined
      const address = type === FrameType.observed ? decodeObserved(body.slice()) : undefined
      if (typeof udp === 'object') said.push(udp)
      if (typeof address === 'object') observed.push(address)
    },
    { address: Uint8Array.of(10, 0, 0, 9) },
  )
  network.settle()
  const sent = () => told.filter((command) => command.type === 'send-cookie')
  const cookie = (from: UdpAddress, bytes = said.at(-1)?.cookie ?? new Uint8Array(COOKIE_BYTES)) => {
    node.run(() => node.machine.handleCookie(node.clock, bytes, from))
    network.settle()
  }
  return { network, node, told, said, observed, peer, sent, cookie }
}

const theirs = (fill: number, port = 9_000) => encodeUdp({ port, cookie: new Uint8Array(COOKIE_BYTES).fill(fill) })

test('two neighbours with sockets learn where the other is, and where they are seen themselves', () => {
  const { network, upper, lower, datagrams, link } = pair()
  openDatapath(datagrams, upper)
  openDatapath(datagrams, lower)
  link()
  network.settle()
  assert.equal([provenAddress(upper), provenAddress(lower)], [at(2), at(1)])
  assert.equal([upper.machine.observed(), lower.machine.observed()], [[at(1)], [at(2)]])
  assert.equal([upper.observed, lower.observed], [[at(1)], [at(2)]])
})

test('a socket that is opened when the link is up long since is told as well, and one alone leads to nothing', () => {
  const { network, upper, lower, datagrams, link } = pair()
  link()
  openDatapath(datagrams, upper)
  network.run(60_000)
  assert.is(datagrams.sent, 0)
  openDatapath(datagrams, lower)
  network.settle()
  assert.equal([provenAddress(upper), provenAddress(lower)], [at(2), at(1)])
})

test('who is behind a NAT is found at the address that the NAT gave it, and reached through that', () => {
  const { network, upper, lower, datagrams, link } = pair()
  // The link comes from the NAT's address too, where nothing is let in that was not asked for.
  lower.address = seen(0).address
  openDatapath(datagrams, upper)
  const behind = openDatapath(datagrams, lower, { nat: seen(50_000) })
  link()
  network.run(1_000)
  assert.equal([provenAddress(upper), provenAddress(lower)], [seen(50_000), at(1)])
  assert.equal(lower.machine.observed(), [seen(50_000)])
  datagrams.move(behind, seen(50_001))
  network.run(SAY_AGAIN_US / 1_000 + 1_000)
  assert.equal([provenAddress(upper), provenAddress(lower)], [seen(50_001), at(1)])
  assert.equal(lower.observed, [seen(50_000), seen(50_001)])
})

test('a cookie counts once, for whom it was given, from wherever it comes; other ones are nothing', () => {
  const { node, said, observed, told, cookie } = beside()
  const given = said[0]?.cookie ?? new Uint8Array(0)
  assert.equal(told, [{ type: 'expect-cookie', cookie: given }])
  cookie(at(9, 4_000), new Uint8Array(COOKIE_BYTES).fill(1))
  cookie(at(9, 4_000), given.subarray(1))
  assert.is(provenAddress(node), undefined)
  cookie(at(9, 4_000), given)
  assert.equal(provenAddress(node), at(9, 4_000))
  // Somebody has heard it and sends it again from elsewhere.
  // protocol.md §10.13 MUST: A cookie MUST NOT be taken twice
  cookie(seen(1), given)
  assert.equal([provenAddress(node), observed], [at(9, 4_000), [at(9, 4_000)]])
  assert.is(dropped(node, 'unknown-cookie'), 3)
  assert.equal(told.at(-1), { type: 'forget-cookie', cookie: given })
})

test('a cookie proves no address but those of the host that the link leads to, whatever source its datagram has', () => {
  const { node, observed, said, cookie } = beside()
  // protocol.md §10.13 MUST: A datagram from elsewhere MUST NOT prove an address
  cookie(seen(9_000))
  cookie({ address: new Uint8Array(16).fill(9), port: 9_000 })
  assert.equal([provenAddress(node), observed, dropped(node, 'unknown-cookie')], [undefined, [], 2])
  // And whoever forges one takes it from nobody.
  cookie(at(9, 4_000), said[0]?.cookie)
  assert.equal(provenAddress(node), at(9, 4_000))
})

test('their cookie is sent to where the link comes from, a few times, and after what is proven to there alone', () => {
  const { network, peer, sent, cookie } = beside()
  peer.send(FrameType.udp, 0, theirs(1))
  network.settle()
  assert.equal(sent().at(-1), { type: 'send-cookie', to: at(9, 9_000), cookie: new Uint8Array(16).fill(1) })
  // It is sent at once to the source of ours.
  cookie(at(9, 4_000))
  assert.equal(sent().at(-1), { type: 'send-cookie', to: at(9, 4_000), cookie: new Uint8Array(16).fill(1) })
  network.run(20_000)
  assert.is(sent().length, COOKIE_PAUSES_US.length + 1)
})

test('OBSERVED ends the sending, is believed once for each cookie, and only about ourselves', () => {
  const { network, node, peer, sent } = beside()
  peer.send(FrameType.observed, 0, encodeObserved(seen(1)))
  network.settle()
  assert.equal([node.machine.observed(), dropped(node, 'unasked-observed')], [[], 1])
  peer.send(FrameType.udp, 0, theirs(1))
  peer.send(FrameType.observed, 0, encodeObserved(seen(2)))
  peer.send(FrameType.observed, 0, encodeObserved(seen(3)))
  // protocol.md §10.13 MUST: The sending MUST end with OBSERVED
  network.run(20_000)
  assert.equal([node.machine.observed(), dropped(node, 'unasked-observed')], [[seen(2)], 2])
  assert.is(sent().length, 1)
})

test('an address is used until its cookies have stayed away three times', () => {
  const { network, node, peer, said, cookie } = beside()
  cookie(at(9))
  peer.send(FrameType.udp, 0, theirs(1))
  network.settle()
  for (let round = 1; round < MAX_MISSED_COOKIES; round++) network.run(SAY_AGAIN_US / 1_000)
  assert.equal(provenAddress(node), at(9))
  network.run((SAY_AGAIN_US + COOKIE_WAIT_US) / 1_000 + 1_000)
  assert.is(provenAddress(node), undefined)
  // Each was another one.
  assert.ok(said.length > MAX_MISSED_COOKIES)
  assert.is(new Set(said.map(({ cookie: bytes }) => toHex(bytes))).size, said.length)
})

test('another port of the neighbour, or none any more, makes what was proven of the one before void', () => {
  for (const port of [9_001, 0]) {
    const { network, node, peer, cookie, sent } = beside()
    peer.send(FrameType.udp, 0, theirs(1))
    network.settle()
    cookie(at(9))
    peer.send(FrameType.observed, 0, encodeObserved(at(1)))
    network.settle()
    const before = sent().length
    peer.send(FrameType.udp, 0, theirs(2, port))
    network.settle()
    assert.is(provenAddress(node), undefined)
    assert.is(sent().length - before, port === 0 ? 0 : 1)
  }
})

test('a datapath that ends takes with it what was known, its neighbours hear of it, and another one begins anew', () => {
  const { network, upper, lower, datagrams, link } = pair()
  openDatapath(datagrams, upper)
  const first = openDatapath(datagrams, lower)
  link()
  network.settle()
  closeDatapath(datagrams, lower, first)
  network.settle()
  assert.equal([provenAddress(upper), provenAddress(lower)], [undefined, undefined])
  assert.equal([lower.machine.observed(), first.labels.size], [[], 0])
  openDatapath(datagrams, lower, { port: 7_300 })
  network.settle()
  assert.equal([provenAddress(upper), provenAddress(lower)], [at(2, 7_300), at(1)])
})

test('a link that ends takes its cookie with it', () => {
  const { network, node, peer, told, said } = beside()
  peer.close()
  network.settle()
  assert.equal(told.at(-1), { type: 'forget-cookie', cookie: said[0]?.cookie })
  assert.is(node.machine.pollTimeout()?.why === 'port', false)
})

test('a link of a family that the datapath lacks, or of an unknown address, is told nothing', () => {
  const network = new Network(crypto)
  const node = network.node('node', { root: true })
  node.run(() => node.machine.handlePorts(node.clock, { four: PORT, six: undefined }))
  const types: number[] = []
  for (const address of [new Uint8Array(16), undefined]) {
    network.peer(node, ({ type }) => void types.push(type), address === undefined ? {} : { address })
  }
  network.settle()
  assert.not(types.includes(FrameType.udp))
})

test('a neighbour that says UDP at line rate is heard a few times and gets a few datagrams', () => {
  const { network, node, peer, sent, said } = beside()
  for (let count = 0; count < 10_000; count++) peer.send(FrameType.udp, 0, theirs(count & 0xff, 1 + (count % 60_000)))
  network.run(2_000)
  const taken = 10_000 - dropped(node, 'udp-pace')
  assert.ok(taken >= MAX_UDP_AT_ONCE && taken <= MAX_UDP_AT_ONCE + 2, `${taken}`)
  assert.ok(sent().length <= taken + COOKIE_PAUSES_US.length, `${sent().length}`)
  assert.ok(said.length <= 1 + taken, `${said.length}`)
})

test(`${MAX_COOKIES} cookies are expected at once, and whoever is beyond that has its turn later`, () => {
  const network = new Network(crypto)
  const node = network.node('node', { root: true })
  const expected = new Set<string>()
  let most = 0
  node.handleSwitch = (command) => {
    if (command.type === 'expect-cookie') expected.add(toHex(command.cookie))
    if (command.type === 'forget-cookie') expected.delete(toHex(command.cookie))
    most = Math.max(most, expected.size)
  }
  node.run(() => node.machine.handlePorts(node.clock, { four: PORT, six: undefined }))
  let last = 0
  for (let count = 0; count <= MAX_COOKIES; count++) {
    const address = Uint8Array.of(10, 1, count >> 8, count & 0xff)
    network.peer(node, ({ type }) => void (type === FrameType.udp && count === MAX_COOKIES && last++), { address })
  }
  network.settle()
  assert.equal([expected.size, most, last], [MAX_COOKIES, MAX_COOKIES, 0])
  network.run(SAY_AGAIN_US / 1_000)
  assert.equal([last, most], [1, MAX_COOKIES])
})

test('frames about sockets that do not decode are dropped and counted', () => {
  const { network, node, peer } = beside()
  peer.send(FrameType.udp, 0, Uint8Array.of(1))
  peer.send(FrameType.observed, 0, Uint8Array.of(1))
  network.settle()
  assert.is(dropped(node, 'too-short'), 2)
})

test('nothing is sent to anybody but the neighbour: not to a source that has only sent a cookie of somebody else', () => {
  const network = new Network(crypto)
  const datagrams = datagramsOf(network)
  const node = network.node('node', { root: true })
  const datapath = openDatapath(datagrams, node)
  network.settle()
  datapath.receive(seen(1), { cookie: new Uint8Array(16).fill(7) })
  datapath.receive(seen(1), { number: 5 })
  assert.equal([datapath.strange, datagrams.sent], [2, 0])
})

test.run()
