// A disk that cannot be read for a moment: what could not be read is not given, and is there again at the next start,
// whatever was compacted meanwhile.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Store } from './store.js'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { chunkItem, chunkOf, headOf, keyOf } from './testing/samples.js'

const test = suite('unreadable')

/** Fills a segment and makes the next one begin. */
async function fill(store: Store, first: number): Promise<Uint8Array[]> {
  const numbers = [0, 1, 2, 3, 4, 5, 6].map((index) => first + index)
  for (const number of numbers) await store.commit([chunkItem(number, 10_000)])
  return numbers.map((number) => chunkOf(number, 10_000).name)
}

/** Every read fails while `action` runs. */
async function unread(files: MemoryFiles, action: () => Promise<unknown> | unknown): Promise<void> {
  files.failAt({ call: 1, code: 'EIO', kinds: ['read', 'open'], forever: true })
  await action()
  files.failAt(undefined)
}

test('an own chunk that could not be read once is there after compaction and the next start', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1)])
  const others = await fill(store, 100)
  await fill(store, 200)
  await unread(files, () => assert.is(store.readChunk(chunkOf(1).name), undefined))
  assert.is(store.hasChunk(chunkOf(1).name), false)
  await store.forget(others)
  await store.settle()
  await store.close()
  const again = await openMemoryStore(files)
  assert.equal(again.readChunk(chunkOf(1).name)?.bytes, chunkOf(1).bytes)
  assert.equal(again.damage, [])
  await again.close()
})

test('a kept head whose page could not be read once is there after compaction and the next start', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const held = headOf({ log: keyOf(1), length: 7, page: new Uint8Array([1, 2, 3]) })
  const keep = (number: number): Promise<void> => store.keep([chunkItem(number, 10_000)])
  await store.keep([{ type: 'head', ageS: 0, seenMs: 1, ...held }])
  for (let number = 100; number < 114; number++) await keep(number)
  await unread(files, () => {
    assert.equal(store.keptHeadBytes(keyOf(1)), held.headBytes, 'which takes no reading')
    assert.is(store.keptHead(keyOf(1)), undefined)
  })
  await store.forget([100, 101, 102, 103, 104, 105, 106].map((number) => chunkOf(number, 10_000).name))
  await store.settle()
  await store.close()
  const again = await openMemoryStore(files)
  assert.equal(again.keptHead(keyOf(1))?.headBytes, held.headBytes)
  await again.close()
})

test('what was deleted stays so when its deletion cannot be read by compaction', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1), { type: 'value', key: 'a', bytes: new Uint8Array([1]) }])
  const [, , , ...late] = await fill(store, 100)
  await store.commit([chunkItem(2), { type: 'value', key: 'a', bytes: new Uint8Array(0) }])
  await store.forget([chunkOf(1).name])
  const others = await fill(store, 200)
  await fill(store, 300)
  await unread(files, async () => {
    await store.forget([...late, ...others, chunkOf(2).name])
    await store.settle()
  })
  await store.close()
  const again = await openMemoryStore(files)
  assert.is(again.value('a'), undefined)
  assert.is(again.hasChunk(chunkOf(1).name), false)
  await again.close()
})

test('a chunk that was forgotten, stored again and then could not be read is not forgotten by compaction', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1)])
  await fill(store, 100)
  await store.forget([chunkOf(1).name])
  const others = await fill(store, 200)
  await store.commit([chunkItem(1)])
  await fill(store, 300)
  await unread(files, () => assert.is(store.readChunk(chunkOf(1).name), undefined))
  await store.forget(others)
  await store.settle()
  assert.ok(store.stats().own.compacted > 0)
  await store.close()
  const again = await openMemoryStore(files)
  assert.equal(again.readChunk(chunkOf(1).name)?.bytes, chunkOf(1).bytes)
  await again.close()
})

test('a chunk that could not be read can be forgotten all the same', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1), chunkItem(2)])
  await unread(files, () => assert.is(store.readChunk(chunkOf(1).name), undefined))
  await store.forget([chunkOf(1).name])
  await store.close()
  const again = await openMemoryStore(files)
  assert.is(again.hasChunk(chunkOf(1).name), false)
  assert.is(again.hasChunk(chunkOf(2).name), true)
  await again.close()
})

test.run()
