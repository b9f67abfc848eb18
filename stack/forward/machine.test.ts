// One question through several machines: hits, joins, caches, and where an answer says that it came from.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { patterned } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { openPortableCrypto } from '../crypto/index.js'
import { Network } from './testing/network.js'

const crypto = await openPortableCrypto()
const test = suite('forward/machine')

/** A chunk of file bytes and its name. */
function chunkOf(length: number, seed = 1) {
  const bytes = patterned(length, seed)
  bytes[0] = 3
  return { bytes, name: crypto.hash(bytes) }
}

test('a chunk comes from its publisher through a router, which keeps it', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const publisher = network.node('publisher')
  const reader = network.node('reader')
  network.link(publisher, router)
  network.link(reader, router)
  const { bytes, name } = chunkOf(50_000)
  const log = filled(9)
  publisher.store.putOwnChunk(name, bytes)
  publisher.run(() => publisher.machine.announce(publisher.clock, 'log', log))
  network.settle()

  const asked = reader.ask({ kind: 'chunk', key: name, via: log, lifetimeMs: 4_000 })
  network.settle()
  const result = reader.result(asked)
  assert.is(result?.kind, 'answer')
  if (result?.kind !== 'answer' || result.answer.kind !== 'chunk') return
  assert.equal(result.answer.bytes, bytes)
  assert.equal(result.source, { hops: 2, cached: false, ageS: 0, stale: false, neighbour: 1 })
  assert.equal(router.store.chunks.get(name), bytes)
  assert.is(router.machine.status().interests, 0)
})

test.run()
