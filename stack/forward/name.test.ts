// Names through several machines: certificates and cards, long answers in pieces, and who is believed.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { answerOf, asked, reasonOf, speak } from '../../test/samples/forward.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { type CardRecord, encodeNameAnswer, haveOf, type NameState, sameNameState } from '../name/index.js'
import { type LocalInterest, MAX_PIECE_BYTES } from './index.js'
import { FIRST_STATE_BYTES } from './limits.js'
import { type LocalResult, Network, type Node } from './testing/network.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('forward/name')

function want(maxAgeS = 3_600, change: Partial<LocalInterest> = {}): LocalInterest {
  return { kind: 'name', key: sample.name, maxAgeS, lifetimeMs: 4_000, ...change } as LocalInterest
}

function read(network: Network, node: Node, interest = want()): LocalResult | undefined {
  const request = node.ask(interest)
  network.settle()
  return node.result(request)
}

function stateOf(result: LocalResult | undefined): NameState {
  const answer = answerOf(result)
  if (answer.kind !== 'name') throw new Error(`a ${answer.kind}`)
  return answer.state
}

/** Cards of many devices that fill most of a chunk each: an answer of several frames. */
function largeState(devices: number): NameState {
  const seeds = Array.from({ length: devices }, (_, index) => filled(100 + index))
  const keys = seeds.map((seed) => crypto.ed25519.publicKeyFromSeed(seed))
  const certificate = sample.certificate({ devices: keys })
  const records = Array.from(
    { length: 900 },
    (): CardRecord => ({ type: 'hint', timeMs: sampleTimeMs, petname: 'x'.repeat(50) }),
  )
  return sample.state(
    certificate,
    seeds.map((seed) => sample.card(1, records, sampleTimeMs, seed)),
  )
}

test('a name comes from its publisher through a router, which keeps it and answers the next', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const publisher = network.node('publisher')
  const readers = [network.node('first'), network.node('second')]
  const uplink = network.link(publisher, router)
  for (const reader of readers) network.link(reader, router)
  const state = sample.state()
  publisher.store.putName(state, true)
  publisher.run(() => publisher.machine.announce(publisher.clock, 'name', sample.name))
  network.settle()
  assert.ok(sameNameState(stateOf(read(network, readers[0]!)), state))
  uplink.close()
  const result = read(network, readers[1]!)
  assert.ok(sameNameState(stateOf(result), state))
  assert.equal(result?.kind === 'answer' && [result.source.hops, result.source.cached], [1, true])
})

test('an answer of several frames is put together and checked as a whole', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const reader = network.node('reader')
  const link = network.link(reader, router, { bytesPerSecond: 1_000_000 })
  const state = largeState(6)
  router.store.putName(state, false)
  const size = encodeNameAnswer(state, haveOf(undefined)).length
  assert.ok(size > 4 * MAX_PIECE_BYTES)
  const request = reader.ask(want())
  network.run(3_000)
  assert.ok(sameNameState(stateOf(reader.result(request)), state))
  assert.ok(link.downward.bytes > size)
  assert.is(router.machine.status().neighbours[0]!.outstandingBytes, 0)
})

test('a name is asked for with little, and with the most only when that is too little, through a router too', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const publisher = network.node('publisher')
  const reader = network.node('reader')
  network.link(publisher, router)
  network.link(reader, router)
  publisher.store.putName(largeState(6), true)
  publisher.run(() => publisher.machine.announce(publisher.clock, 'name', sample.name))
  network.settle()
  const request = reader.ask(want())
  assert.is(reader.machine.status().neighbours[0]!.inFlightBytes, FIRST_STATE_BYTES)
  network.settle()
  assert.ok(sameNameState(stateOf(reader.result(request)), largeState(6)))
  // The router asks on behalf of somebody new: with the least, with as much as it was asked for, and then so again.
  assert.is(publisher.machine.status().counters.interests, 4)
})

test('an answer that was made for somebody with another card confirms nothing: the next one is asked', () => {
  const network = new Network(crypto)
  const reader = network.node('reader')
  const state = sample.state()
  const forOthers = encodeNameAnswer(state, haveOf(state))
  const liar = asked([], ({ token }, peer) => speak.data(peer, token, forOthers))
  const honest = asked([], ({ token }, peer) => speak.data(peer, token, encodeNameAnswer(state, haveOf(undefined))))
  network.peer(reader, liar, { upstream: true, rank: 0 })
  network.settle()
  const alone = read(network, reader, want(3_600, { staleOk: true }))
  assert.equal(stateOf(alone).cards, [undefined])
  assert.is(alone?.kind === 'answer' && alone.source.stale, true, 'the certificate, of an age that nobody knows')
  network.peer(reader, honest, { upstream: true, rank: 0 })
  network.settle()
  assert.ok(sameNameState(stateOf(read(network, reader)), state))
})

test('who answers for a name first is not the only one who is heard: a higher certificate arrives', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const readers = [1, 2, 3].map((index) => network.node(`reader ${index}`))
  for (const reader of readers) network.link(reader, router)
  const ask = (reader: Node, maxAgeS: number) => {
    network.run(3_000)
    return stateOf(read(network, reader, want(maxAgeS))).certificate.k
  }
  // Signed a little ahead, so that nobody has to sign again.
  const card = sample.card(1, sample.records(), sampleTimeMs + 300_000)
  const publisher = (k: number) => {
    const node = network.node(`rung ${k}`)
    network.link(node, router)
    node.store.putName(sample.state(sample.certificate({ k }), [card]), true)
    node.run(() => node.machine.announce(node.clock, 'name', sample.name))
    network.settle()
  }
  publisher(0)
  assert.is(ask(readers[0]!, 60), 0)
  publisher(1)
  ask(readers[1]!, 1)
  assert.is(ask(readers[2]!, 60), 1)
  assert.is(router.store.findName(sample.name)?.state.certificate.k, 1)
})

test('who announces a name below does not hide what is announced above', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const router = network.node('router')
  const [early, later] = [network.node('early'), network.node('later')]
  network.link(router, root)
  network.link(early, router)
  network.link(later, router)
  for (const [k, above] of [
    [1, root],
    [0, router],
  ] as const) {
    const node = network.node(`rung ${k}`)
    network.link(node, above)
    node.store.putName(sample.state(sample.certificate({ k })), true)
    node.run(() => node.machine.announce(node.clock, 'name', sample.name))
  }
  network.settle()
  assert.is(stateOf(read(network, early)).certificate.k, 0)
  assert.is(stateOf(read(network, later)).certificate.k, 1)
})

test('an answer that has begun to come is not given up for another candidate', () => {
  const network = new Network(crypto)
  const reader = network.node('reader')
  const [first, second] = [network.node('first', { root: true }), network.node('second', { root: true })]
  network.link(reader, first, { bytesPerSecond: 120_000 })
  network.link(reader, second)
  const state = largeState(6)
  first.store.putName(state, false)
  second.store.putName(state, false)
  const request = reader.ask(want())
  network.run(3_900)
  assert.ok(sameNameState(stateOf(reader.result(request)), state))
  assert.is(second.machine.status().counters.interests, 0)
})

// protocol.md §10.2 MUST: A payload longer than `answerBytes`
test('pieces with a gap, another total, or more than was claimed are a lie', () => {
  const payload = encodeNameAnswer(largeState(3), haveOf(undefined))
  const total = payload.length
  const lies: ((send: (from: number, to: number, claim?: number) => void) => void)[] = [
    (send) => {
      send(0, 1_000)
      send(1_001, 2_000)
    },
    (send) => {
      send(0, 1_000)
      send(1_000, 2_000, total - 1)
    },
    (send) => send(1_000, 2_000),
    (send) => {
      send(0, 1_000)
      send(0, 1_000)
    },
  ]
  for (const lie of lies) {
    const network = new Network(crypto)
    const reader = network.node('reader')
    network.peer(
      reader,
      asked([], ({ token }, peer) => lie((from, to, claim) => speak.piece(peer, token, payload, from, to, claim))),
      { upstream: true, rank: 0 },
    )
    const result = read(network, reader)
    assert.equal(result?.kind === 'nack' && result.asked.map(({ outcome }) => outcome), ['lied'])
    assert.is(reader.machine.status().neighbours[0]!.share, 0.5)
    assert.is(reader.store.stored.length, 0)
  }
})

// protocol.md §10.2 MUST: Every hop that is asked MUST check
test('a certificate of another name and a damaged card are lies, a time ahead of ours is none; the next candidate is asked', () => {
  const other = new SampleName(crypto, [filled(21), filled(22)])
  const good = sample.state()
  const damaged = encodeNameAnswer(good, haveOf(undefined))
  damaged[damaged.length - 1]! ^= 1
  const ahead = sample.state(sample.certificate(), [sample.card(1, sample.records(), sampleTimeMs + 2_000_000)])
  const future = encodeNameAnswer(ahead, haveOf(undefined))
  const lies = [
    encodeNameAnswer(other.state(other.certificate({}, filled(21))), haveOf(undefined)),
    damaged,
    future,
    new Uint8Array(10),
  ]
  for (const lie of lies) {
    const network = new Network(crypto)
    const reader = network.node('reader')
    const upstream = { upstream: true, rank: 0 }
    network.peer(
      reader,
      asked([], ({ token }, peer) => speak.data(peer, token, lie)),
      upstream,
    )
    const honest = encodeNameAnswer(good, haveOf(undefined))
    network.peer(
      reader,
      asked([], ({ token }, peer) => speak.data(peer, token, honest)),
      upstream,
    )
    const result = read(network, reader)
    assert.ok(sameNameState(stateOf(result), good))
    assert.is(result?.kind === 'answer' && result.source.neighbour, 2)
    const [liar, friend] = reader.machine.status().neighbours
    assert.equal([liar!.share, friend!.share], [lie === future ? 1 : 0.5, 1])
    assert.is(reader.store.stored.length, 1)
  }
})

test('a thief of rung 0 is outranked wherever the certificate of rung 1 has arrived', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const reader = network.node('reader')
  network.link(reader, router)
  const owner = sample.state(sample.certificate({ k: 1, devices: [sample.secondDevice] }), [undefined])
  const thief = sample.state(sample.certificate({ serial: 4_000_000_000 }))
  router.store.putName(owner, false, 4_000)
  const peer = network.peer(
    router,
    asked([], ({ token }, self) => speak.data(self, token, encodeNameAnswer(thief, haveOf(undefined)))),
  )
  speak.announce(peer, 9, 'name', [sample.name])
  network.settle()
  const strict = read(network, reader)
  assert.is(reasonOf(strict), 'Expired', 'a lower certificate confirms nothing')
  const lenient = read(network, reader, want(3_600, { staleOk: true }))
  assert.ok(sameNameState(stateOf(lenient), owner))
  assert.is(router.store.stored.length, 0)
})

test('the device signs its card again when it is asked for something fresher', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const publisher = network.node('publisher')
  network.link(publisher, router)
  publisher.store.putName(sample.state(), true)
  publisher.refresh = () => {
    const card = sample.card(1, sample.records(), network.clock.nowMs, sampleSeeds.device)
    publisher.store.putName(sample.state(sample.certificate(), [card]), true)
  }
  publisher.run(() => publisher.machine.announce(publisher.clock, 'name', sample.name))
  network.run(30_000)
  const first = read(network, router, want(0))
  assert.is(first?.kind === 'answer' && first.source.ageS, 0)
  assert.is(stateOf(first).cards[0]!.head.timeMs > sampleTimeMs, true)
  network.run(30_000)
  const second = read(network, router, want(3_600))
  assert.is(second?.kind === 'answer' && second.source.hops, 0)
})

test('two certificates of equal order are told with CONFLICT', () => {
  const network = new Network(crypto)
  const reader = network.node('reader')
  const router = network.node('router', { root: true })
  network.link(reader, router)
  const a = sample.state()
  const b = sample.state(sample.certificate({ devices: [sample.secondDevice] }), [undefined])
  router.store.putName(a, false, 5_000)
  const peer = network.peer(
    router,
    asked([], ({ token }, self) => speak.data(self, token, encodeNameAnswer(b, haveOf(undefined)))),
  )
  speak.announce(peer, 9, 'name', [sample.name])
  network.settle()
  const answer = answerOf(read(network, router))
  assert.is(answer.kind === 'name' && answer.conflict, true)
  const flags: number[] = []
  const watcher = network.peer(router, (frame) => void (frame.type === 0x11 && flags.push(frame.flags & 2)))
  const question = { kind: 'name' as const, have: haveOf(undefined), maxAgeS: 3_600 }
  speak.interest(watcher, { token: 3, key: sample.name, question, answerBytes: 500_000 })
  network.settle()
  assert.equal(flags, [2])
})

test.run()
