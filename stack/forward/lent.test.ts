// Memory that is lent: answers that wait for a slow link are right, though what they came in is overwritten meanwhile. The
// network of these tests overwrites each frame when it is settled, and what was read from a store when it is free.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { bytesOf, publish, sampleChunk } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import type { LocalInterest } from './index.js'
import { type LocalResult, Network, type Node } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/lent')

const log = filled(9)
const chunks = Array.from({ length: 60 }, (_, seed) => sampleChunk(crypto, seed, 50_000))
// Slower than what feeds it, and not so slow that no more is asked for than fits its queue.
const slow = { bytesPerSecond: 4_000_000 }

function askAll(node: Node): () => (LocalResult | undefined)[] {
  const requests = chunks.map(({ name }) => {
    const interest: LocalInterest = { kind: 'chunk', key: name, via: log, lifetimeMs: 20_000 }
    return node.ask(interest)
  })
  return () => requests.map((request) => node.result(request))
}

function assertAll(results: (LocalResult | undefined)[]): void {
  results.forEach((result, index) => {
    assert.equal(bytesOf(result), chunks[index]!.bytes)
  })
}

test('what a router passes on to slow links, to several at once, is what came, and it keeps the same', () => {
  const network = new Network(crypto)
  const writer = network.node('writer', { root: true })
  const router = network.node('router')
  const readers = ['one', 'two'].map((name) => network.node(name))
  network.link(router, writer)
  for (const reader of readers) network.link(reader, router, slow)
  publish(writer, log, chunks)
  network.run(100)
  const results = readers.map(askAll)
  network.run(20_000)
  for (const all of results) assertAll(all())
  assert.is(router.machine.status().counters.chunksPassed, chunks.length)
  for (const { name, bytes } of chunks) assert.equal(router.store.read(name), bytes)
})

test('what waits for slow links of what was read from the store is lent until the last has it', () => {
  const network = new Network(crypto)
  const holder = network.node('holder', { root: true })
  const [near, far] = [network.node('near'), network.node('far')]
  network.link(near, holder)
  network.link(far, holder, slow)
  publish(holder, log, chunks)
  network.run(100)
  const results = [near, far, holder].map(askAll)
  network.run(20_000)
  for (const all of results) assertAll(all())
})

test.run()
