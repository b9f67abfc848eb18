// Chunks through several machines: hits, joins, caches, and where an answer says that it came from.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { answerOf, bytesOf, outcomes, publish, reasonOf, sampleChunk } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import type { LocalInterest } from './index.js'
import { Network } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/machine')

const log = filled(9)
const chunk = sampleChunk(crypto, 1, 50_000)

function want(key = chunk.name, change: Partial<LocalInterest> = {}): LocalInterest {
  return { kind: 'chunk', key, via: log, lifetimeMs: 4_000, ...change } as LocalInterest
}

/** A publisher and some readers below one root. */
function village(readers: number) {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const publisher = network.node('publisher')
  const uplink = network.link(publisher, router)
  const others = Array.from({ length: readers }, (_, index) => network.node(`reader ${index}`))
  const links = others.map((reader) => network.link(reader, router))
  publish(publisher, log, [chunk])
  network.settle()
  return { network, router, publisher, uplink, readers: others, links }
}

test('a chunk comes from its publisher through a router, which keeps it', () => {
  const { network, router, readers } = village(1)
  const [reader] = readers
  const asked = reader!.ask(want())
  network.settle()
  assert.equal(bytesOf(reader!.result(asked)), chunk.bytes)
  const result = reader!.result(asked)
  assert.equal(result?.kind === 'answer' && result.source, {
    hops: 2,
    cached: false,
    ageS: 0,
    stale: false,
    neighbour: 1,
  })
  assert.equal(router.store.chunks.get(chunk.name), chunk.bytes)
  assert.is(router.machine.status().interests, 0)
  assert.is(router.machine.status().questions, 0)
})

test('the router serves it when the publisher is gone, from one hop, and the uplink carries none of it', () => {
  const { network, router, uplink, readers } = village(2)
  readers[0]!.ask(want())
  network.settle()
  uplink.close()
  const carried = uplink.upward.bytes
  const asked = readers[1]!.ask(want())
  network.settle()
  assert.equal(bytesOf(readers[1]!.result(asked)), chunk.bytes)
  const result = readers[1]!.result(asked)
  assert.equal(result?.kind === 'answer' && [result.source.hops, result.source.cached], [1, true])
  assert.is(uplink.upward.bytes, carried)
  assert.is(router.machine.status().counters.hits, 1)
})

// protocol.md §10.7 MUST: Equal Interests MUST join
test('two hundred who ask at once cost one copy on the uplink', () => {
  const { network, router, readers } = village(200)
  const requests = readers.map((reader) => reader.ask(want()))
  network.settle()
  readers.forEach((reader, index) => {
    assert.equal(bytesOf(reader.result(requests[index]!)), chunk.bytes)
  })
  const { counters } = router.machine.status()
  assert.is(counters.copiesSent, 1)
  assert.is(counters.joined, 199)
  assert.equal([counters.forwarded, counters.chunksPassed, counters.duplicateBytes], [1, 1, 0])
  assert.is(counters.answered, 200)
})

test('the local program and neighbours are answered by the same copy', () => {
  const { network, router, readers } = village(1)
  const local = router.ask(want())
  const remote = readers[0]!.ask(want())
  network.settle()
  assert.equal(bytesOf(router.result(local)), chunk.bytes)
  assert.equal(bytesOf(readers[0]!.result(remote)), chunk.bytes)
  assert.is(router.machine.status().counters.copiesSent, 1)
})

test('what the own store holds is answered from there, through the same path', () => {
  const { network, publisher } = village(0)
  const asked = publisher.ask(want())
  network.settle()
  const result = publisher.result(asked)
  assert.equal(result?.kind === 'answer' && result.source, {
    hops: 0,
    cached: false,
    ageS: 0,
    stale: false,
    neighbour: 0,
  })
  assert.is(publisher.machine.status().counters.copiesSent, 0)
})

test('a chunk that the cache has lost is asked for upstream, and is there again', () => {
  const { network, router, readers } = village(1)
  router.store.chunks.set(chunk.name, chunk.bytes)
  router.store.damaged.add(chunk.name)
  const asked = readers[0]!.ask(want())
  network.settle()
  assert.equal(bytesOf(readers[0]!.result(asked)), chunk.bytes)
  assert.is(router.store.damaged.has(chunk.name), false)
  assert.is(router.machine.status().counters.drops.get('read-missed'), 1)
})

test('what nobody has ends at once with the names of those who were asked', () => {
  const { network, readers } = village(1)
  const asked = readers[0]!.ask(want(filled(77)))
  network.settle()
  const result = readers[0]!.result(asked)
  assert.is(reasonOf(result), 'NoRoute')
  assert.equal(outcomes(result), ['NoRoute'])
  const alone = new Network(crypto).node('alone', { root: true })
  const lonely = alone.ask(want())
  assert.equal([reasonOf(alone.result(lonely)), outcomes(alone.result(lonely))], ['NoRoute', []])
})

// protocol.md §10.5 MUST: A forwarded Interest MUST have one hop less
test('without hops only the own store is asked', () => {
  const { network, readers, publisher } = village(1)
  const far = readers[0]!.ask(want(chunk.name, { hops: 0 }))
  const one = readers[0]!.ask(want(chunk.name, { hops: 1 }))
  const near = publisher.ask(want(chunk.name, { hops: 0 }))
  network.settle()
  assert.is(reasonOf(readers[0]!.result(far)), 'NoRoute')
  assert.is(reasonOf(readers[0]!.result(one)), 'NoRoute')
  assert.is(answerOf(publisher.result(near)).kind, 'chunk')
})

test('a cancelled question gets no answer, and what was on its way is cached', () => {
  const { network, readers } = village(1)
  const reader = readers[0]!
  const asked = reader.ask(want())
  reader.run(() => reader.machine.cancelInterest(reader.clock, asked))
  assert.is(reader.machine.status().interests, 0)
  network.settle()
  assert.is(reasonOf(reader.result(asked)), 'open')
  assert.equal(reader.store.chunks.get(chunk.name), chunk.bytes)
  assert.is(reader.machine.status().questions, 0)
})

// protocol.md §10.1 MUST: A longer answer MUST NOT be sent
test('an answer that is larger than was asked for is refused as too big, at every hop', () => {
  const { network, readers } = village(1)
  const asked = readers[0]!.ask(want(chunk.name, { answerBytes: 49_999 }))
  network.settle()
  assert.is(reasonOf(readers[0]!.result(asked)), 'TooBig')
  const enough = readers[0]!.ask(want(chunk.name, { answerBytes: 50_000 }))
  network.settle()
  assert.is(answerOf(readers[0]!.result(enough)).kind, 'chunk')
})

test('everyone who waits is answered before the cache is told', () => {
  const { network, router, readers } = village(1)
  readers[0]!.ask(want())
  const order: string[] = []
  const { store } = router
  const handleStored = store.handleStored.bind(store)
  store.handleStored = (event) => {
    order.push(`stored ${router.machine.status().neighbours[1]!.counters.bytesOut}`)
    handleStored(event)
  }
  network.settle()
  assert.equal(order, [`stored ${chunk.bytes.length}`])
})

test('the same calls give the same run', () => {
  const trace = (): string => {
    const { network, router, readers, uplink } = village(5)
    for (const [index, reader] of readers.entries()) {
      network.at(network.nowUs + 700 * index, () => void reader.ask(want(index % 2 === 0 ? chunk.name : filled(index))))
    }
    network.run(20_000)
    const seen = readers.map((reader) => [...reader.results.values()].map((result) => result.kind))
    return JSON.stringify([network.nowUs, seen, uplink.upward, router.machine.status().counters])
  }
  assert.is(trace(), trace())
})

test.run()
