// The store as its callers see it, on files in memory.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { cardHeadOf, certificateOf, chunkItem, chunkOf, headOf, keyOf, nameOf, SampleLog } from './testing/samples.js'

const test = suite('store')

test('what was committed is there after a restart', async () => {
  const files = new MemoryFiles()
  const log = new SampleLog(1)
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1), chunkItem(2)])
  await store.commit(log.append(100).items)
  const { items, held } = log.append(200)
  await store.commit(items)
  await store.setValue('label', new Uint8Array([1, 2]))
  await store.commit([{ type: 'name', ageS: 0, seenMs: 1, certificateBytes: certificateOf(1, 0, 5) }])
  await store.close()
  assert.is(files.openFiles, 0)

  const again = await openMemoryStore(files)
  assert.equal(again.readChunk(chunkOf(1).name), { bytes: chunkOf(1).bytes, place: 'own', inMemory: false })
  assert.ok(again.isOwnChunk(chunkOf(2).name))
  const head = again.head(log.log)
  assert.equal(head?.headBytes, held.headBytes)
  assert.equal(head?.page, log.page)
  assert.is(head?.own, true)
  assert.is(again.ownHeads().length, 1)
  assert.equal(again.value('label'), new Uint8Array([1, 2]))
  assert.equal(again.name(nameOf(1))?.certificateBytes, certificateOf(1, 0, 5))
  assert.is(again.damage.length, 0)
  await again.close()
  assert.is(files.openFiles, 0)
})

test('a page is rebuilt from its runs, also after earlier pages closed', async () => {
  const files = new MemoryFiles()
  const log = new SampleLog(1, 1000)
  let store = await openMemoryStore(files)
  for (let count = 0; count < 60; count++) {
    await store.commit(log.append(130).items)
    if (count % 7 === 0) {
      await store.close()
      store = await openMemoryStore(files)
    }
    assert.equal(store.head(log.log)?.page, log.page)
  }
  await store.close()
})

test('what the cache took is readable at once and after a restart', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const { name, bytes } = chunkOf(7)
  store.putCached(name, bytes)
  assert.equal(store.readChunk(name), { bytes, place: 'cache', inMemory: true })
  const held = headOf({ log: keyOf(9), length: 3, page: new Uint8Array([1, 5, 6]) })
  store.putHead(held.headBytes, held.page, 12)
  store.putName(certificateOf(4, 0, 1), [cardHeadOf(4, 0, 1)], 2)
  assert.equal(store.head(keyOf(9))?.page, held.page)
  await store.close()
  const again = await openMemoryStore(files)
  assert.equal(again.readChunk(name), { bytes, place: 'cache', inMemory: false })
  assert.equal(again.head(keyOf(9)), { ...held, ageS: 12, seenMs: 1_000_000, own: false })
  assert.is(again.name(nameOf(4))?.cards.length, 1)
  await again.close()
})

test.run()
