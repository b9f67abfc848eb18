// Where an Interest goes: up by rank, down by announcements, sideways once between roots, and never in a circle.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { asked, bytesOf, outcomes, publish, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import { equal } from '../bytes/index.js'
import { FrameType, type Interest, InterestFlag, type LocalInterest } from './index.js'
import { HOLD_US } from './limits.js'
import { Network, type Node } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/order')

const log = filled(9)
const chunk = sampleChunk(crypto)
const want: LocalInterest = { kind: 'chunk', key: chunk.name, via: log, lifetimeMs: 4_000 }

function copies(nodes: readonly Node[]): number[] {
  return nodes.map((node) => node.machine.status().counters.copiesSent)
}

test('in a line it goes up to where an announcement leads down again', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const [left, right] = [network.node('left'), network.node('right')]
  const [reader, publisher] = [network.node('reader'), network.node('publisher')]
  network.link(left, root)
  network.link(right, root)
  network.link(reader, left)
  network.link(publisher, right)
  network.settle()
  assert.equal(
    [root, left, right, reader, publisher].map((node) => node.machine.rank),
    [0, 1, 1, 2, 2],
  )
  publish(publisher, log, [chunk])
  network.settle()
  assert.is(root.machine.status().routes, 1, 'passed up')
  assert.is(left.machine.status().routes, 0, 'and not down')
  const request = reader.ask(want)
  network.settle()
  const result = reader.result(request)
  assert.equal(bytesOf(result), chunk.bytes)
  assert.is(result?.kind === 'answer' && result.source.hops, 4)
  assert.equal(copies([reader, left, root, right, publisher]), [1, 1, 1, 1, 0])
})

test('of two upstreams the one that takes seconds to refuse is asked after the one that answers', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const seen: string[] = []
  const dawdles = asked([], ({ token }, peer) => {
    seen.push('dawdles')
    network.at(network.nowUs + 1_500_000, () => speak.nack(peer, token, 'NoRoute'))
  })
  const answers = asked([], ({ key, token }, peer) => {
    seen.push('answers')
    const found = [chunk, sampleChunk(crypto, 2)].find(({ name }) => equal(name, key))
    if (found !== undefined) speak.data(peer, token, found.bytes)
  })
  network.peer(node, dawdles, { upstream: true, rank: 0 })
  network.peer(node, answers, { upstream: true, rank: 0 })
  network.settle()
  for (const { name } of [chunk, sampleChunk(crypto, 2)]) {
    const request = node.ask({ ...want, key: name })
    network.run(3_000)
    assert.is(reasonOf(node.result(request)), 'answer')
  }
  assert.equal(seen, ['dawdles', 'answers', 'answers'])
})

test('in a diamond one way is taken, and the other one when that is gone', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const [left, right] = [network.node('left'), network.node('right')]
  const [publisher, reader] = [network.node('publisher'), network.node('reader')]
  network.link(left, root)
  network.link(right, root)
  const viaLeft = network.link(publisher, left)
  network.link(publisher, right)
  network.link(reader, root)
  network.settle()
  publish(publisher, log, [chunk, sampleChunk(crypto, 2)])
  network.settle()
  assert.is(root.machine.status().routes, 2)
  const first = reader.ask(want)
  network.settle()
  assert.equal(bytesOf(reader.result(first)), chunk.bytes)
  viaLeft.close()
  network.settle()
  assert.is(root.machine.status().routes, 1, 'the announcement ended with its link, and that was passed on')
  const second = reader.ask({ ...want, key: sampleChunk(crypto, 2).name })
  network.settle()
  assert.equal(bytesOf(reader.result(second)), sampleChunk(crypto, 2).bytes)
})

test('between two roots it goes sideways once, with DOWN', () => {
  const network = new Network(crypto)
  const [east, west] = [network.node('east', { root: true }), network.node('west', { root: true })]
  const [reader, publisher] = [network.node('reader'), network.node('publisher')]
  network.link(east, west, { mutual: true })
  network.link(reader, east)
  network.link(publisher, west)
  network.settle()
  publish(publisher, log, [chunk])
  network.settle()
  const request = reader.ask(want)
  network.settle()
  assert.equal(bytesOf(reader.result(request)), chunk.bytes)

  const missing = reader.ask({ ...want, key: filled(50), via: filled(51) })
  network.settle()
  assert.is(reasonOf(reader.result(missing)), 'NoRoute')
  assert.equal(copies([east, west]), [2, 1], 'west asked nobody for what east had asked it for sideways')
})

test('two nodes that are each the upstream of the other end without a circle', () => {
  const network = new Network(crypto)
  const [a, b] = [network.node('a'), network.node('b')]
  network.link(a, b, { mutual: true })
  network.run(2_000)
  assert.equal([a.machine.rank, b.machine.rank], [254, 254], 'nobody below a root, so everybody at the end')
  const request = a.ask({ ...want, lifetimeMs: 16_000 })
  network.settle(HOLD_US / 1_000)
  assert.is(reasonOf(a.result(request)), 'NoRoute')
  assert.equal(copies([a, b]), [0, 0])
})

test('with a root above it a circle of upstreams is harmless', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const [a, b] = [network.node('a'), network.node('b')]
  network.link(a, b, { mutual: true })
  network.run(1_000)
  network.link(a, root)
  network.run(1_000)
  assert.equal([a.machine.rank, b.machine.rank], [1, 2])
  const request = b.ask(want)
  network.settle()
  assert.equal([reasonOf(b.result(request)), outcomes(b.result(request))], ['NoRoute', ['NoRoute']])
  assert.equal(copies([b, a, root]), [1, 1, 0])
})

test('announcements in a circle of routes do not keep an Interest running', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const nodes = [network.node('a'), network.node('b'), network.node('c')]
  for (const node of nodes) network.link(node, root)
  network.link(nodes[1]!, nodes[0]!)
  network.link(nodes[2]!, nodes[1]!)
  network.settle()
  // Everybody claims to lead to the log; nobody has it.
  for (const node of nodes) node.run(() => node.machine.announce(node.clock, 'log', log))
  network.settle()
  const requests = [root, ...nodes].map((node) => node.ask(want))
  network.settle()
  assert.equal(
    [root, ...nodes].map((node, index) => reasonOf(node.result(requests[index]!))),
    ['NoRoute', 'NoRoute', 'NoRoute', 'NoRoute'],
  )
  assert.ok(copies([root, ...nodes]).reduce((sum, count) => sum + count, 0) <= 12)
})

// protocol.md §10.5 MUST: One that came with DOWN MUST go only there
test('what has been sent down never goes up again', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const node = network.node('node')
  const up = network.link(node, root)
  const peer = network.peer(node, () => {})
  network.settle()
  const frames = up.upward.frames
  const question = { kind: 'chunk' as const, via: log }
  speak.interest(peer, { token: 1, key: chunk.name, question, rank: 0 }, InterestFlag.down)
  network.settle()
  assert.is(up.upward.frames, frames)
  assert.is(node.machine.status().neighbours[1]!.counters.nacksOut, 1)
})

test('a route to a lower rank is no way down', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above: Interest[] = []
  network.peer(node, asked(above), { upstream: true, rank: 3 })
  const lower = network.peer(node, asked(above), { rank: 1 })
  speak.announce(lower, 1, 'log', [log])
  const peer = network.peer(node, () => {})
  network.settle()
  speak.interest(peer, { token: 1, key: chunk.name, question: { kind: 'chunk', via: log } }, InterestFlag.down)
  network.settle()
  assert.equal([above.length, node.machine.status().interests], [0, 0])
})

test('a DOWN row ends when the next candidate is above, and the others go on', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above: Interest[] = []
  const nacks: number[] = []
  const known = sampleChunk(crypto, 2)
  network.peer(node, asked(above), { upstream: true, rank: 0 })
  const holder = network.peer(
    node,
    asked([], ({ token, key }, peer) => {
      if (equal(key, known.name)) speak.data(peer, token, known.bytes)
      else network.at(network.nowUs + 20_000, () => speak.nack(peer, token, 'NoRoute'))
    }),
  )
  const [down, plain] = [1, 2].map((index) =>
    network.peer(node, ({ type }) => void (type === FrameType.nack && nacks.push(index))),
  )
  speak.announce(holder, 9, 'log', [log])
  network.settle()
  node.ask({ ...want, key: known.name })
  network.settle()
  above.length = 0
  const interest = { token: 1, key: chunk.name, question: { kind: 'chunk' as const, via: log } }
  speak.interest(down!, interest, InterestFlag.down)
  network.run(10)
  speak.interest(plain!, interest)
  network.run(10)
  assert.is(above.length, 0, 'the holder has proven itself')
  network.settle()
  assert.equal([nacks, above.length, node.machine.status().interests], [[1], 1, 1])
})

test('a DOWN row does not wait for a copy that went up', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above: Interest[] = []
  const nacks: number[] = []
  network.peer(node, asked(above), { upstream: true, rank: 0 })
  const peer = network.peer(node, ({ type }) => void (type === FrameType.nack && nacks.push(network.nowUs)))
  network.settle()
  const request = node.ask(want)
  network.settle()
  assert.is(above.length, 1)
  speak.interest(peer, { token: 1, key: chunk.name, question: { kind: 'chunk', via: log } }, InterestFlag.down)
  network.settle()
  assert.is(nacks.length, 1)
  assert.is(reasonOf(node.result(request)), 'open')
})

// protocol.md §10.5 MUST: One that came with DOWN MUST go only there
test('a DOWN row asks nobody above beside a copy that went up', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const above: Interest[] = []
  for (let upstreams = 0; upstreams < 2; upstreams++) network.peer(node, asked(above), { upstream: true, rank: 0 })
  const peer = network.peer(node, () => {})
  network.settle()
  node.ask(want)
  network.settle()
  speak.interest(peer, { token: 1, key: chunk.name, question: { kind: 'chunk', via: log } }, InterestFlag.down)
  network.settle()
  assert.is(above.length, 1)
})

// protocol.md §10.5 MUST: An Interest MUST NOT go to a neighbour
test('who asks for the same is not asked, and two who asked each other do not wait for each other', () => {
  const network = new Network(crypto)
  const node = network.node('node', { root: true })
  const seen: Interest[] = []
  const peer = network.peer(node, asked(seen))
  speak.announce(peer, 9, 'log', [log])
  network.settle()
  const request = node.ask(want)
  network.settle()
  assert.is(seen.length, 1)
  speak.interest(peer, { token: 1, key: chunk.name, question: { kind: 'chunk', via: log } })
  network.settle()
  assert.is(reasonOf(node.result(request)), 'NoRoute')
  assert.is(node.machine.status().interests, 0)
  assert.is(seen.length, 1)
})

// protocol.md §10.5 MUST: An Interest MUST NOT go to a neighbour
test('two roots with a link in each direction are one neighbour to each other', () => {
  const network = new Network(crypto)
  const [east, west] = [network.node('east', { root: true }), network.node('west', { root: true })]
  network.link(east, west)
  network.link(west, east)
  network.settle()
  const requests = [east, west].map((node) => node.ask(want))
  network.settle()
  assert.equal(
    [east, west].map((node, index) => [reasonOf(node.result(requests[index]!)), node.machine.status().interests]),
    [
      ['NoRoute', 0],
      ['NoRoute', 0],
    ],
    'each takes the question of the other for its answer, and asks nobody over the other link',
  )
  const later = east.ask(want)
  network.settle()
  assert.is(reasonOf(east.result(later)), 'NoRoute')
  assert.equal(copies([east, west]), [2, 1])
})

// protocol.md §10.5 MUST: One that came with DOWN MUST go only there
test('three roots that ask each other in a circle do not wait for each other', () => {
  const network = new Network(crypto)
  const names = ['a', 'b', 'c']
  const roots = names.map((name) => network.node(name, { root: true }))
  for (const [index, root] of roots.entries()) network.link(root, roots[(index + 1) % 3]!)
  network.settle()
  const requests = roots.map((root) => root.ask(want))
  network.settle()
  assert.equal(
    roots.map((root, index) => [reasonOf(root.result(requests[index]!)), root.machine.status().interests]),
    names.map(() => ['NoRoute', 0]),
  )
})

// protocol.md §10.5 MUST: A forwarded Interest MUST have one hop less
test('hops are counted down, and end a question', () => {
  const network = new Network(crypto)
  const names = ['root', 'a', 'b', 'c', 'd']
  const nodes = names.map((name, index) => network.node(name, { root: index === 0 }))
  for (let index = 1; index < nodes.length; index++) network.link(nodes[index]!, nodes[index - 1]!)
  network.settle()
  publish(nodes[0]!, log, [chunk])
  const near = nodes[4]!.ask({ ...want, hops: 4 })
  network.settle()
  assert.equal(bytesOf(nodes[4]!.result(near)), chunk.bytes)
  const other = sampleChunk(crypto, 3)
  publish(nodes[0]!, log, [other])
  const far = nodes[4]!.ask({ ...want, key: other.name, hops: 3 })
  network.settle()
  assert.is(reasonOf(nodes[4]!.result(far)), 'NoRoute')
})

test('a rank is one more than the lowest upstream, and is kept while none is up', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const [middle, leaf] = [network.node('middle'), network.node('leaf')]
  const up = network.link(middle, root)
  network.link(leaf, middle)
  network.settle()
  assert.equal([middle.machine.rank, leaf.machine.rank], [1, 2])
  up.close()
  network.settle()
  assert.equal([middle.machine.rank, leaf.machine.rank], [1, 2])
  network.link(leaf, root)
  network.settle()
  assert.equal([middle.machine.rank, leaf.machine.rank], [1, 1])
})

test.run()
