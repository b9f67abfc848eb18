// Announcements: passed up with their cost, renewed, withdrawn, out of date, and only while somebody is above.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { publish, speak } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import { toHex } from '../bytes/index.js'
import { type Announce, decodeAnnounce, FrameType } from './index.js'
import { MAX_PASSED_ROUTES, RANK_CHANGES_AT_ONCE } from './limits.js'
import { Network, type Node } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/announce')

const log = filled(9)

/** An upstream of rank 0 that keeps what it is told. */
function listener(network: Network, node: Node, rank = 0, upstream = true) {
  const told: Announce[] = []
  const peer = network.peer(
    node,
    ({ type, body }) => {
      if (type !== FrameType.announce) return
      const announce = decodeAnnounce(body)
      if (typeof announce === 'string') throw new Error(announce)
      told.push(announce)
    },
    { upstream, rank },
  )
  network.settle()
  const routes = () => told.flatMap((announce) => announce.routes)
  return { peer, told, routes }
}

// protocol.md §8 MUST: The initiator's first record MUST be sent at once
test('the first frame of a link is an announcement, with nothing in it when there is nothing', () => {
  const network = new Network(crypto)
  const node = network.node('node', { root: true })
  const above = listener(network, node, 3, false)
  assert.equal(above.told, [{ rank: 0, routes: [] }])
})

test('what is published is announced at cost 0, and passed up at one more by each hop', () => {
  const network = new Network(crypto)
  const [publisher, middle] = [network.node('publisher'), network.node('middle')]
  const above = listener(network, middle)
  network.link(publisher, middle)
  network.settle()
  publish(publisher, log, [])
  network.settle()
  assert.equal(above.routes(), [{ kind: 'log', key: log, lifetimeS: 300, cost: 1 }])
  assert.is(middle.machine.status().routes, 1)
})

test('who announces more than may be passed on crowds out nobody, and has as much as is left', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above = listener(network, node)
  const [hoarder, modest] = [network.peer(node, () => {}), network.peer(node, () => {})]
  const keyOf = (number: number): Uint8Array =>
    filled(1)
      .fill(number >> 8, 1, 2)
      .fill(number & 0xff, 2, 3)
  for (let first = 0; first < MAX_PASSED_ROUTES; first += 32) {
    const keys = Array.from({ length: 32 }, (_, index) => keyOf(first + index))
    speak.announce(hoarder, 9, 'log', keys, 0)
  }
  network.settle()
  speak.announce(modest, 9, 'log', [log, filled(10)], 3)
  network.settle()
  const told = new Set<string>()
  for (const { key, lifetimeS } of above.routes()) {
    if (lifetimeS > 0) told.add(toHex(key))
    else told.delete(toHex(key))
    assert.ok(told.size <= MAX_PASSED_ROUTES)
  }
  assert.is(told.size, MAX_PASSED_ROUTES)
  assert.ok(told.has(toHex(log)) && told.has(toHex(filled(10))))
  modest.close()
  network.settle()
  assert.equal(above.routes().at(-1)?.lifetimeS, 0)
})

test('of several ways the cheapest is passed up, and the next one when that is withdrawn', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above = listener(network, node)
  const [far, near] = [network.peer(node, () => {}), network.peer(node, () => {})]
  speak.announce(far, 9, 'log', [log], 7)
  network.settle()
  speak.announce(near, 9, 'log', [log], 2)
  network.settle()
  speak.announce(near, 9, 'log', [log], 2, 0)
  network.settle()
  assert.equal(
    above.routes().map(({ cost }) => cost),
    [8, 3, 8],
  )
  far.close()
  network.settle()
  assert.equal(above.routes().at(-1), { kind: 'log', key: log, lifetimeS: 0, cost: 0 })
})

test('a change that leaves the best way as it was is not announced', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above = listener(network, node)
  publish(node, log, [])
  network.settle()
  const peer = network.peer(node, () => {})
  speak.announce(peer, 9, 'log', [log], 2)
  network.settle()
  peer.close()
  network.settle()
  assert.is(above.routes().length, 1)
})

test('it is renewed at a third of its lifetime, and ends with its lifetime where it is not', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above = listener(network, node)
  publish(node, log, [])
  const peer = network.peer(node, () => {})
  speak.announce(peer, 9, 'name', [filled(8)], 2, 150)
  network.run(99_000)
  assert.is(above.routes().length, 2)
  network.run(2_000)
  assert.is(above.routes().length, 4)
  network.run(50_000)
  assert.equal(
    above.routes().at(-1),
    { kind: 'name', key: filled(8), lifetimeS: 0, cost: 0 },
    'the peer has not renewed its own',
  )
  assert.is(node.machine.status().routes, 0)
  network.run(100_000)
  assert.is(above.routes().length, 6)
})

// protocol.md §10.6 MUST: Routes of a link MUST end with it
test('routes end with their link, and the upstream is told', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above = listener(network, node)
  const below = network.peer(node, () => {})
  speak.announce(below, 9, 'log', [log], 2)
  network.settle()
  assert.is(node.machine.status().routes, 1)
  below.close()
  network.settle()
  assert.is(node.machine.status().routes, 0)
  assert.is(above.routes().at(-1)?.lifetimeS, 0)
})

test('what is withdrawn is told at once, and what is announced again too', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above = listener(network, node)
  publish(node, log, [])
  network.settle()
  node.run(() => node.machine.withdraw(node.clock, 'log', log))
  network.settle()
  publish(node, log, [])
  network.settle()
  assert.equal(
    above.routes().map(({ lifetimeS }) => lifetimeS),
    [300, 0, 300],
  )
})

// protocol.md §10.6 MUST: Soft state, which MUST NOT be sent but up
test('nothing is announced downward, nor to an upstream that is not lower', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  listener(network, node, 4)
  const [equal, below] = [listener(network, node, 5), listener(network, node, 9, false)]
  publish(node, log, [])
  network.settle()
  assert.is(node.machine.rank, 5)
  assert.equal([equal.routes(), below.routes()], [[], []])
})

test('what an upstream told us is not told back to it', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const [one, other] = [listener(network, node), listener(network, node)]
  speak.announce(one.peer, 0, 'log', [log], 3)
  network.settle()
  assert.equal([one.routes(), other.routes().map(({ cost }) => cost)], [[], [4]])
})

test('an upstream that sinks is told nothing more, and everything again when it has risen', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  listener(network, node, 2)
  const other = listener(network, node, 1)
  publish(node, log, [])
  network.settle()
  assert.is(other.routes().length, 1)
  speak.announce(other.peer, 7, 'log', [])
  network.settle()
  publish(node, filled(10), [])
  network.settle()
  assert.is(other.routes().length, 1)
  speak.announce(other.peer, 1, 'log', [])
  network.settle()
  assert.is(other.routes().length, 3)
})

test('a change of rank is told to every neighbour', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const below = listener(network, node, 9, false)
  listener(network, node, 3)
  assert.equal(
    below.told.map(({ rank }) => rank),
    [254, 4],
  )
})

test('an upstream whose rank never rests is heard a few times at once, then once a second, and at last as it is', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const below = listener(network, node, 9, false)
  const above = listener(network, node, 3)
  for (let change = 0; change < 1_000; change++) speak.announce(above.peer, change % 2 === 0 ? 250 : 5, 'log', [])
  network.run(500)
  assert.ok(below.told.length <= 3 + RANK_CHANGES_AT_ONCE, `${below.told.length} were told`)
  speak.announce(above.peer, 7, 'log', [])
  network.run(2_000)
  assert.is(node.machine.rank, 8)
  assert.is(below.told.at(-1)?.rank, 8)
})

test('a cost that would pass 254 is not passed up', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above = listener(network, node)
  const peer = network.peer(node, () => {})
  speak.announce(peer, 9, 'log', [log], 254)
  speak.announce(peer, 9, 'log', [filled(10)], 253)
  network.settle()
  assert.equal(
    above.routes().map(({ cost }) => cost),
    [254],
  )
})

test('more routes than one frame holds come in several', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const keys = Array.from({ length: 600 }, (_, index) => crypto.hash(Uint8Array.of(index >> 8, index & 255)))
  for (const key of keys) publish(node, key, [])
  const above = listener(network, node)
  assert.equal(
    above.told.map(({ routes }) => routes.length).filter((count) => count > 0),
    [255, 255, 90],
  )
})

test.run()
