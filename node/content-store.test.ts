// What the forwarding machine is shown of the store: fork proofs that whoever is given them can check by themselves, also
// after a new start.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equal } from '../stack/bytes/index.js'
import { forkOf } from '../stack/data/index.js'
import { crypto, inStore, seed } from '../test/node/temporary.js'
import { SampleLog } from '../test/samples/log.js'
import { SampleName, sampleSeeds } from '../test/samples/name.js'
import { StoreContent } from './content-store.js'
import { type Store, systemTime } from './store/index.js'

const test = suite('content store')
const sample = new SampleName(crypto)

function contentOf(store: Store): StoreContent {
  const { name, device } = sample
  const identity = { name, device, deviceSeed: sampleSeeds.device, certificate: sample.certificate() }
  return new StoreContent(crypto, store, identity, systemTime, seed)
}

test('a proof that stands by its heads alone is kept and shown, after one that takes chunks too', () =>
  inStore(async (store) => {
    const log = new SampleLog(crypto)
    log.appendSizes(10)
    const longer = log.fork()
    const shorter = log.fork()
    const [one, other] = [log.fork(), log.fork()]
    shorter.appendSizes(5)
    for (let more = 0; more < 6; more += 1) longer.appendSizes(20_000)
    assert.is(forkOf(shorter.held, longer.held), 'undecided')
    const content = contentOf(store)
    content.handleStored({ kind: 'store', what: 'head', log: log.log, held: longer.held, ageS: 0, from: 1 })
    content.rememberFork({ log: log.log, first: shorter.held, second: longer.held })
    assert.is(content.findHead(log.log)?.fork, undefined)
    one.appendSizes(6)
    other.appendSizes(7)
    const proof = { log: log.log, first: one.held, second: other.held }
    content.rememberFork(proof)
    assert.is(content.findHead(log.log)?.fork, proof)
    // What was kept before is on disk when this is.
    await store.keep([{ type: 'value', key: 'after', bytes: Uint8Array.of(1) }])
    const again = contentOf(store).findHead(log.log)?.fork
    assert.ok(again !== undefined && equal(again.second.headBytes, other.held.headBytes))
  }))

test('a newer state that was kept by another way is given from then on, and an older one is not', () =>
  inStore(async (store) => {
    const log = new SampleLog(crypto)
    const first = log.held
    const content = contentOf(store)
    content.handleStored({ kind: 'store', what: 'head', log: log.log, held: first, ageS: 0, from: 1 })
    log.appendSizes(10)
    const second = log.held
    log.appendSizes(10)
    const lengthNow = (): number | undefined => content.findHead(log.log)?.held.head.length
    assert.is(lengthNow(), 0)
    for (const { headBytes, page } of [log.held, second]) {
      await store.keep([{ type: 'head', ageS: 0, seenMs: systemTime.now().nowMs, headBytes, page }])
      assert.is(lengthNow(), 2)
    }
  }))

test('a chunk is read into memory that was given back, and never into what is lent', () =>
  inStore(async (store) => {
    const content = contentOf(store)
    const chunks = [1, 2, 3].map((value) => new Uint8Array(20_000).fill(value))
    const names = chunks.map((bytes) => crypto.hash(bytes))
    await store.keep(chunks.map((bytes, index) => ({ type: 'chunk', name: names[index]!, bytes })))
    const [first, second] = [content.readChunk(names[0]!)!, content.readChunk(names[1]!)!]
    content.giveBack(first)
    const third = content.readChunk(names[2]!)!
    assert.is(third.buffer, first.buffer)
    assert.equal([second, third], chunks.slice(1))
    content.giveBack(chunks[0]!)
    assert.is.not(content.readChunk(names[0]!)!.buffer, chunks[0]!.buffer)
  }))

test.run()
