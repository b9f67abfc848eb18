// Who is believed: holders that have proven themselves, those who have not, hoarders, liars, the silent and the dead.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { asked, bytesOf, outcomes, publish, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { encodeHeadAnswer, haveOfHead } from '../data/index.js'
import { FrameType, type Interest, type LocalInterest } from './index.js'
import { Network, type Node, type Peer } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/trust')

const log = filled(9)
const chunks = Array.from({ length: 8 }, (_, index) => sampleChunk(crypto, index + 1))

function want(index: number, change: Partial<LocalInterest> = {}): LocalInterest {
  return { kind: 'chunk', key: chunks[index]!.name, via: log, lifetimeMs: 4_000, ...change } as LocalInterest
}

/** A peer's answer with the chunk that was asked for. */
function honest({ token, key }: Interest, peer: Peer): void {
  const found = chunks.find(({ name }) => name.every((byte, at) => byte === key[at]))
  if (found === undefined) speak.nack(peer, token, 'NoRoute')
  else speak.data(peer, token, found.bytes)
}

/** A node with an honest upstream and one neighbour below that does as the test says. */
function between(below: (interest: Interest, peer: Peer) => void) {
  const network = new Network(crypto)
  const node = network.node('node')
  const above: Interest[] = []
  const seen: Interest[] = []
  const upstream = network.peer(node, asked(above, honest), { upstream: true, rank: 0 })
  const peer = network.peer(node, asked(seen, below))
  network.settle()
  return { network, node, upstream, peer, above, seen }
}

function statusOf(node: Node, id: number) {
  const found = node.machine.status().neighbours.find((neighbour) => neighbour.id === id)
  if (found === undefined) throw new Error(`no neighbour ${id}`)
  return found
}

test('a new holder is asked beside the next candidate, and alone once it has answered', () => {
  const { network, node, peer, above, seen } = between(honest)
  speak.announce(peer, 9, 'log', [log])
  network.settle()
  const first = node.ask(want(0))
  network.settle()
  assert.equal(bytesOf(node.result(first)), chunks[0]!.bytes)
  assert.equal([above.length, seen.length], [1, 1])
  const second = node.ask(want(1))
  network.settle()
  assert.equal(bytesOf(node.result(second)), chunks[1]!.bytes)
  assert.equal([above.length, seen.length], [1, 2])
})

test('a hoarder that announces everything and answers nothing costs a question, and no time', () => {
  const { network, node, peer, above, seen } = between(() => {})
  speak.announce(peer, 9, 'log', [log])
  network.settle()
  for (let index = 0; index < 3; index++) {
    const started = network.nowUs
    const request = node.ask(want(index))
    network.settle()
    assert.equal(bytesOf(node.result(request)), chunks[index]!.bytes)
    assert.ok(network.nowUs - started < 100_000)
  }
  assert.is(above.length, 3)
  network.run(5_000)
  assert.is(statusOf(node, 2).counters.silent, seen.length)
  const later = seen.length
  node.ask(want(4))
  network.settle()
  assert.is(seen.length, later, 'who has failed falls behind those above')
})

test('two hoarders do not stand in the way of who has earned trust', () => {
  const { network, node, peer } = between(() => {})
  const second = network.peer(node, () => {})
  for (const hoarder of [peer, second]) speak.announce(hoarder, 9, 'log', [log])
  network.settle()
  const request = node.ask(want(0))
  network.settle()
  assert.equal(bytesOf(node.result(request)), chunks[0]!.bytes)
  assert.is(node.machine.status().counters.copiesSent, 2)
})

test('a holder that has proven itself and then fails is followed by the next, and falls behind', () => {
  let answers = true
  const { network, node, peer, above, seen } = between((interest, self) => {
    if (answers) honest(interest, self)
    else speak.nack(self, interest.token, 'NoRoute')
  })
  speak.announce(peer, 9, 'log', [log])
  network.settle()
  node.ask(want(0))
  network.settle()
  answers = false
  const request = node.ask(want(1))
  network.settle()
  assert.equal(bytesOf(node.result(request)), chunks[1]!.bytes)
  assert.equal([above.length, seen.length], [2, 2])
  node.ask(want(2))
  network.settle()
  assert.equal([above.length, seen.length], [3, 2])
})

// protocol.md §10.2 MUST: Every hop that is asked MUST check
test('wrong bytes for a chunk are never stored or shown: their sender is blamed and the next candidate asked', () => {
  const { network, node, peer, above } = between(({ token }, self) => speak.data(self, token, chunks[7]!.bytes))
  speak.announce(peer, 9, 'log', [log])
  network.settle()
  const request = node.ask(want(0))
  network.settle()
  assert.equal(bytesOf(node.result(request)), chunks[0]!.bytes)
  assert.is(above.length, 1)
  assert.is(statusOf(node, 2).share, 0.5)
  assert.is(statusOf(node, 2).counters.blamed, 1)
  assert.is(statusOf(node, 1).share, 1)
  assert.is(node.machine.status().counters.drops.get('bad-hash'), 1)
  assert.equal(
    node.store.stored.map((event) => event.what === 'chunk' && event.from),
    [1],
  )
})

test('of two upstreams the one that lied is asked last, until time has forgiven it', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const seen: [Interest[], Interest[]] = [[], []]
  const lie = ({ token }: Interest, peer: Peer): void => speak.data(peer, token, chunks[7]!.bytes)
  network.peer(node, asked(seen[0], lie), { upstream: true, rank: 0 })
  network.peer(node, asked(seen[1], honest), { upstream: true, rank: 0 })
  for (let index = 0; index < 4; index++) {
    const request = node.ask(want(index))
    network.settle()
    assert.equal(bytesOf(node.result(request)), chunks[index]!.bytes)
  }
  assert.equal([seen[0].length, seen[1].length], [1, 4])
})

test('blame has a floor, and no link is ended for it', () => {
  const { network, node, peer } = between(({ token }, self) => speak.data(self, token, new Uint8Array(5)))
  for (let index = 0; index < 20; index++) {
    const key = filled(100 + index)
    speak.announce(peer, 9, 'log', [key])
    network.settle()
    node.ask({ kind: 'chunk', key, via: key, lifetimeMs: 1_000 })
    network.settle()
  }
  const { counters, share } = statusOf(node, 2)
  assert.equal([counters.blamed, share], [20, 1 / 64])
  network.run(700_000)
  speak.announce(peer, 9, 'log', [])
  network.settle()
  assert.is(statusOf(node, 2).share, 1 / 32, 'ten minutes without blame')
})

// protocol.md §10.2 MUST: Every hop that is asked MUST check
test('a head with a bad signature, or of another log, is a lie, whatever time it says', () => {
  const sample = new SampleLog(crypto)
  sample.appendSizes(10)
  const other = new SampleLog(crypto, undefined, filled(60))
  const lies = [
    sample.sign({}, sample.held.page, filled(61)),
    other.held,
    sample.sign({ timeMs: sample.nowMs + 3_600_000 }, sample.held.page, filled(61)),
    sample.sign({ length: 5 }),
  ]
  for (const held of lies) {
    const payload = encodeHeadAnswer(crypto, held, haveOfHead(undefined))
    const { network, node, peer } = between(({ token }, self) => speak.data(self, token, payload))
    speak.announce(peer, 9, 'log', [sample.log])
    network.settle()
    const request = node.ask({ kind: 'head', key: sample.log, maxAgeS: 3_600, lifetimeMs: 4_000 })
    network.settle()
    assert.equal(outcomes(node.result(request)).sort(), ['NoRoute', 'lied'])
    assert.is(statusOf(node, 2).share, 0.5)
    assert.is(node.store.stored.length, 0)
  }
})

test('a head that is signed in the future is refused, and nobody is to blame: the wrong clock may be ours', () => {
  const sample = new SampleLog(crypto)
  sample.appendSizes(10)
  const held = sample.sign({ timeMs: sample.nowMs + 86_400_000 })
  const payload = encodeHeadAnswer(crypto, held, haveOfHead(undefined))
  const { network, node, peer } = between(({ token }, self) => speak.data(self, token, payload))
  speak.announce(peer, 9, 'log', [sample.log])
  network.settle()
  const request = node.ask({ kind: 'head', key: sample.log, maxAgeS: 3_600, lifetimeMs: 4_000 })
  network.settle()
  assert.equal(outcomes(node.result(request)).sort(), ['NoRoute', 'future-time'])
  assert.is(reasonOf(node.result(request)), 'NotYet', 'that there is one is said, whoever else knows of none')
  assert.is(statusOf(node, 2).share, 1)
  assert.is(statusOf(node, 2).counters.blamed, 0)
  assert.is(node.store.stored.length, 0)
  assert.is(node.machine.status().counters.drops.get('future-time'), 1)
})

test('an upstream that never answers is followed by the next while there is time, and asked last from then on', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const seen: [Interest[], Interest[]] = [[], []]
  network.peer(node, asked(seen[0]), { upstream: true, rank: 0 })
  network.peer(node, asked(seen[1], honest), { upstream: true, rank: 0 })
  const started = network.nowUs
  const first = node.ask(want(0))
  network.run(3_000)
  assert.equal(bytesOf(node.result(first)), chunks[0]!.bytes)
  assert.ok(seen[0][0]!.lifetimeMs < 2_000, 'half of the time is kept for another')
  assert.ok(network.nowUs - started <= 3_000_000)
  const second = node.ask(want(1))
  network.settle()
  assert.equal(bytesOf(node.result(second)), chunks[1]!.bytes)
  assert.is(seen[0].length, 1)
})

test('when all are silent the asker hears of it before its own time is over', () => {
  const network = new Network(crypto)
  const names = ['a', 'b', 'c', 'd']
  const nodes = names.map((name) => network.node(name))
  for (let index = 1; index < nodes.length; index++) network.link(nodes[index]!, nodes[index - 1]!)
  network.peer(nodes[0]!, () => {}, { upstream: true, rank: 0 })
  network.settle()
  const reader = nodes[3]!
  const started = network.nowUs
  const request = reader.ask(want(0))
  while (reader.result(request) === undefined) network.run(1)
  assert.equal([reasonOf(reader.result(request)), outcomes(reader.result(request))], ['Expired', ['Expired']])
  assert.ok(network.nowUs - started < 4_000_000 - 100_000, `after ${network.nowUs - started} µs`)
  for (const node of nodes) assert.is(node.machine.status().counters.expired, 0, node.name)
})

test('when a link dies, what was asked over it is asked of the next', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const seen: [Interest[], Interest[]] = [[], []]
  const dead = network.peer(node, asked(seen[0]), { upstream: true, rank: 0 })
  network.peer(node, asked(seen[1], honest), { upstream: true, rank: 0 })
  const request = node.ask(want(0))
  network.settle()
  assert.equal([seen[0].length, seen[1].length], [1, 0])
  dead.close()
  network.settle()
  assert.equal(bytesOf(node.result(request)), chunks[0]!.bytes)
})

test('when a publisher dies in the middle of many answers, the other holder gives what is missing', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const [first, second, reader] = [network.node('first'), network.node('second'), network.node('reader')]
  const large = Array.from({ length: 12 }, (_, index) => sampleChunk(crypto, 50 + index, 60_000))
  const dying = network.link(first, router, { bytesPerSecond: 1_000_000 })
  const living = network.link(second, router, { bytesPerSecond: 1_000_000 })
  network.link(reader, router)
  publish(first, log, large)
  network.settle()
  publish(second, log, large)
  network.settle()
  const warm = reader.ask({ kind: 'chunk', key: large[0]!.name, via: log, lifetimeMs: 8_000 })
  network.run(500)
  assert.is(reasonOf(reader.result(warm)), 'answer')
  const requests = large.map(({ name }) => reader.ask({ kind: 'chunk', key: name, via: log, lifetimeMs: 8_000 }))
  network.run(200)
  dying.close()
  network.run(4_000)
  large.forEach(({ bytes }, index) => {
    assert.equal(bytesOf(reader.result(requests[index]!)), bytes)
  })
  assert.ok(living.upward.bytes < 12 * 60_000 + 3_000, 'nothing came twice')
})

test('a row ends with its link, and what was asked for it is cached when it comes', () => {
  const { network, node, peer, above } = between(() => {})
  speak.interest(peer, { token: 5, key: chunks[0]!.name, question: { kind: 'chunk', via: log } })
  network.run(1)
  while (above.length === 0) network.run(1)
  peer.close()
  assert.is(node.machine.status().interests, 0)
  network.settle()
  assert.ok(node.store.hasChunk(chunks[0]!.name))
  assert.equal([node.machine.status().questions, node.machine.status().queuedBytes], [0, 0])
})

// protocol.md §10.7 MUST: A second Interest of one neighbour
test('data that nobody asked for, or twice, is counted and dropped', () => {
  const { network, node, upstream } = between(() => {})
  speak.data(upstream, 12_345, chunks[0]!.bytes)
  speak.nack(upstream, 12_346, 'NoRoute')
  network.settle()
  assert.is(node.machine.status().counters.drops.get('unknown-token'), 2)
  assert.equal([node.store.stored.length, statusOf(node, 1).share], [0, 1])
})

// protocol.md §9 MUST: Bits of flags without meaning
test('flags without a meaning change nothing, neither of a question nor of its answer', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const answer = ({ token }: Interest, peer: Peer): void => speak.data(peer, token, chunks[0]!.bytes, { flags: 0xf8 })
  network.peer(node, asked([], answer), { upstream: true, rank: 0 })
  const flags: number[] = []
  const below = network.peer(node, (frame) => {
    if (frame.type === FrameType.data) flags.push(frame.flags)
  })
  network.settle()
  speak.interest(below, { token: 5, key: chunks[0]!.name, question: { kind: 'chunk', via: log } }, 0xe7)
  network.settle()
  assert.equal(flags, [0])
})

// protocol.md §10.7 MUST: A second Interest of one neighbour
test('a second Interest with a token that is in use is dropped', () => {
  const { network, node, peer, above } = between(() => {})
  const silent = filled(200)
  for (const key of [silent, chunks[1]!.name]) {
    speak.interest(peer, { token: 5, key, question: { kind: 'chunk', via: log } })
  }
  network.run(2)
  assert.is(node.machine.status().counters.drops.get('duplicate-token'), 1)
  network.settle()
  assert.is(above.length, 1)
})

test.run()
