// Every bound filled to the limit, and one more: what goes first, and that the rest stays.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { asked, publish, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import { decodeNack, FrameType, type Interest, type Limits, type NackReason } from './index.js'
import {
  MAX_ATTEMPTS,
  MAX_CONTROL_FRAMES,
  MAX_LIFETIME_MS,
  MAX_ROUTES_PER_KEY,
  MAX_VIAS,
  MIN_LIFETIME_MS,
} from './limits.js'
import { Network, type Node, type Peer } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/limits')

const log = filled(9)

function keyOf(index: number): Uint8Array {
  return crypto.hash(Uint8Array.of(2, index >> 8, index))
}

/** A node whose upstream never answers, so that whatever is asked stays open. */
function node(limits: Partial<Limits>) {
  const network = new Network(crypto)
  const subject = network.node('node', { limits })
  const above: Interest[] = []
  network.peer(subject, asked(above), { upstream: true, rank: 0 })
  network.settle()
  return { network, node: subject, above }
}

/** A neighbour that keeps the reasons of its Nacks by token. */
function asker(network: Network, to: Node) {
  const nacks = new Map<number, NackReason>()
  const peer = network.peer(to, ({ type, body }) => {
    const nack = type === FrameType.nack ? decodeNack(body) : 'other'
    if (typeof nack !== 'string') nacks.set(nack.token, nack.reason)
  })
  const ask = (token: number, key = keyOf(token), via = log): void =>
    speak.interest(peer, { token, key, question: { kind: 'chunk', via }, answerBytes: 100, lifetimeMs: 16_000 })
  return { peer, ask, nacks }
}

function sorted(nacks: ReadonlyMap<number, NackReason>): [number, NackReason][] {
  return [...nacks].sort(([a], [b]) => a - b)
}

test('Interests of one neighbour: the newest is refused with Quota', () => {
  const { network, node: subject } = node({ rowsPerFace: 5 })
  const { ask, nacks } = asker(network, subject)
  for (let token = 1; token <= 6; token++) ask(token)
  network.settle()
  assert.equal(sorted(nacks), [[6, 'Quota']])
  assert.is(subject.machine.status().interests, 5)
})

test('questions that wait for a way up: the newest is refused, and the others wait on', () => {
  const network = new Network(crypto)
  const subject = network.node('node', { limits: { heldEntries: 3 } })
  const { ask, nacks } = asker(network, subject)
  for (let token = 1; token <= 4; token++) ask(token)
  ask(5, keyOf(1))
  network.settle()
  assert.equal(sorted(nacks), [[4, 'NoRoute']])
  assert.is(subject.machine.status().interests, 4)
})

test('questions of the local program: the newest ends with Quota', () => {
  const { network, node: subject } = node({ rowsPerFace: 5 })
  const requests = [1, 2, 3, 4, 5, 6].map((index) =>
    subject.ask({ kind: 'chunk', key: keyOf(index), via: log, lifetimeMs: 4_000 }),
  )
  network.settle()
  const reasons = requests.map((request) => reasonOf(subject.result(request)))
  assert.equal(reasons, ['open', 'open', 'open', 'open', 'open', 'Quota'])
})

test('Interests in all: the oldest of whoever has the most makes room, and whoever has the most gets none', () => {
  const { network, node: subject } = node({ rows: 6 })
  const [many, few] = [asker(network, subject), asker(network, subject)]
  for (let token = 1; token <= 6; token++) many.ask(token)
  network.settle()
  many.ask(7)
  network.settle()
  assert.equal(sorted(many.nacks), [[7, 'Quota']])
  for (let token = 11; token <= 14; token++) few.ask(token)
  network.settle()
  assert.equal(sorted(many.nacks), [
    [1, 'Quota'],
    [2, 'Quota'],
    [3, 'Quota'],
    [7, 'Quota'],
  ])
  assert.equal(sorted(few.nacks), [[14, 'Quota']])
  assert.is(subject.machine.status().interests, 6)
})

test('routes of one neighbour: further ones are ignored, and known ones still renewed', () => {
  const { network, node: subject } = node({ routesPerNeighbour: 5 })
  const { peer } = asker(network, subject)
  speak.announce(peer, 9, 'log', [1, 2, 3, 4, 5, 6].map(keyOf))
  speak.announce(peer, 9, 'log', [1, 2, 3, 4, 5, 6].map(keyOf), 1)
  network.settle()
  assert.is(subject.machine.status().routes, 5)
  assert.is(subject.machine.status().counters.drops.get('route-quota'), 2)
})

test('routes in all: one of whoever announced the most makes room', () => {
  const { network, node: subject } = node({ routes: 6 })
  const [many, few] = [asker(network, subject), asker(network, subject)]
  speak.announce(many.peer, 9, 'log', [1, 2, 3, 4, 5, 6, 7].map(keyOf))
  network.settle()
  assert.is(subject.machine.status().counters.drops.get('route-quota'), 1)
  speak.announce(few.peer, 9, 'log', [11, 12, 13, 14].map(keyOf))
  network.settle()
  const [, first, second] = subject.machine.status().neighbours
  assert.equal([first!.routes, second!.routes], [3, 3])
})

test('routes to one key: the dearest goes, and a newcomer that is dearer is ignored', () => {
  const { network, node: subject } = node({})
  for (let index = 0; index < MAX_ROUTES_PER_KEY; index++) {
    speak.announce(asker(network, subject).peer, 9, 'log', [log], 10)
  }
  network.settle()
  speak.announce(asker(network, subject).peer, 9, 'log', [log], 10)
  network.settle()
  assert.is(subject.machine.status().counters.drops.get('route-quota'), 1)
  speak.announce(asker(network, subject).peer, 9, 'log', [log], 3)
  network.settle()
  const { routes, neighbours } = subject.machine.status()
  assert.equal([routes, neighbours.at(-1)!.routes], [MAX_ROUTES_PER_KEY, 1])
})

test('what this node announces: a further one is refused', () => {
  const { node: subject } = node({ ownRoutes: 3 })
  const announced = [1, 2, 3, 4, 3].map((index) =>
    subject.run(() => subject.machine.announce(subject.clock, 'log', keyOf(index))),
  )
  assert.equal(announced, [true, true, true, false, true])
})

test('neighbours: a further one is refused', () => {
  const { node: subject } = node({ neighbours: 2 })
  const up = (id: number) =>
    subject.run(() =>
      subject.machine.handleNeighbourUp(subject.clock, id, { device: filled(id), upstream: false, rank: 9 }),
    )
  assert.equal([up(7), up(8), up(7)], [true, false, false])
  assert.is(subject.machine.status().neighbours.length, 2)
})

test('ways of one chunk: further ones are not looked at', () => {
  const { network, node: subject } = node({})
  const seen: Interest[] = []
  const holder = network.peer(subject, asked(seen))
  speak.announce(holder, 9, 'log', [keyOf(99)])
  network.settle()
  for (let index = 0; index < MAX_VIAS; index++) asker(network, subject).ask(1, filled(1), keyOf(index))
  asker(network, subject).ask(1, filled(1), keyOf(99))
  network.run(15_000)
  assert.is(seen.length, 0)
  network.run(5_000)
  asker(network, subject).ask(1, filled(1), keyOf(99))
  network.settle()
  assert.is(seen.length, 1)
})

test('candidates of one question: it is given up after so many', () => {
  const network = new Network(crypto)
  const subject = network.node('node')
  let count = 0
  const refuse = asked([], ({ token }, peer) => {
    count++
    speak.nack(peer, token, 'NoRoute')
  })
  for (let index = 0; index <= MAX_ATTEMPTS; index++) network.peer(subject, refuse, { upstream: true, rank: 0 })
  network.settle()
  const request = subject.ask({ kind: 'chunk', key: filled(1), via: log, lifetimeMs: 16_000 })
  network.settle()
  assert.equal([reasonOf(subject.result(request)), count], ['NoRoute', MAX_ATTEMPTS])
})

test('frames for a link that does not deliver: further Nacks are dropped', () => {
  const network = new Network(crypto)
  const subject = network.node('node', { root: true })
  const { ask } = asker(network, subject)
  // The link is full, so that nothing leaves.
  subject.run(() => subject.machine.handleQueue(subject.clock, 1, 10_000_000))
  for (let token = 1; token <= MAX_CONTROL_FRAMES + 1; token++) ask(token)
  network.run(200)
  assert.is(subject.machine.status().counters.drops.get('control-queue-full'), 1)
  assert.is(subject.machine.status().interests, 0)
})

test('answers that wait for all links: who already waits gets Busy, who does not is served', () => {
  const network = new Network(crypto)
  const subject = network.node('node', { root: true, limits: { queuedBytes: 60_000 } })
  const chunks = [1, 2, 3].map((seed) => sampleChunk(crypto, seed, 50_000))
  publish(subject, log, chunks)
  const nacks: NackReason[] = []
  const slow = (): Peer => {
    const peer = network.peer(subject, ({ type, body }) => {
      const nack = type === FrameType.nack ? decodeNack(body) : 'other'
      if (typeof nack !== 'string') nacks.push(nack.reason)
    })
    const id = subject.neighbourIds.at(-1)!
    network.settle()
    subject.run(() => subject.machine.handleQueue(subject.clock, id, 140_000))
    return peer
  }
  const [first, second] = [slow(), slow()]
  const ask = (peer: Peer, token: number): void =>
    speak.interest(peer, { token, key: chunks[token - 1]!.name, question: { kind: 'chunk', via: log } })
  ask(first, 1)
  ask(first, 2)
  network.settle()
  assert.is(subject.machine.status().queuedBytes, 100_000)
  ask(first, 3)
  ask(second, 3)
  network.settle()
  assert.equal(nacks, ['Busy'])
  assert.is(subject.machine.status().queuedBytes, 150_000)
})

test('answers for a link that ends make room', () => {
  const network = new Network(crypto)
  const subject = network.node('node', { root: true })
  const chunk = sampleChunk(crypto, 1, 50_000)
  publish(subject, log, [chunk])
  const { peer } = asker(network, subject)
  subject.run(() => subject.machine.handleQueue(subject.clock, 1, 140_000))
  speak.interest(peer, { token: 1, key: chunk.name, question: { kind: 'chunk', via: log } })
  network.run(2)
  assert.is(subject.machine.status().queuedBytes, 50_000)
  peer.close()
  assert.is(subject.machine.status().queuedBytes, 0)
})

test('lifetimes are taken as 1 to 16 seconds', () => {
  for (const [statedMs, takenMs] of [
    [0, MIN_LIFETIME_MS],
    [65_535, MAX_LIFETIME_MS],
  ] as const) {
    const { network, node: subject } = node({})
    const { peer } = asker(network, subject)
    const question = { kind: 'chunk' as const, via: log }
    speak.interest(peer, { token: 1, key: filled(1), question, lifetimeMs: statedMs })
    network.run(takenMs - 100)
    assert.is(subject.machine.status().interests, 1)
    network.run(200)
    assert.is(subject.machine.status().interests, 0)
  }
})

test('an answer that nobody waits for any more does not leave', () => {
  const network = new Network(crypto)
  const subject = network.node('node', { root: true })
  const chunk = sampleChunk(crypto, 1, 50_000)
  publish(subject, log, [chunk])
  const { peer } = asker(network, subject)
  network.settle()
  subject.run(() => subject.machine.handleQueue(subject.clock, 1, 140_000))
  speak.interest(peer, { token: 1, key: chunk.name, question: { kind: 'chunk', via: log }, lifetimeMs: 1_000 })
  network.run(2_000)
  assert.is(subject.machine.status().queuedBytes, 50_000)
  subject.run(() => subject.machine.handleQueue(subject.clock, 1, 0))
  const status = subject.machine.status()
  assert.equal([status.queuedBytes, status.neighbours[0]!.outstandingBytes], [0, 0])
  assert.is(status.counters.drops.get('answer-expired'), 1)
})

test.run()
