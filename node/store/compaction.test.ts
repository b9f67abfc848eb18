// The space of what is dead comes back, and what is alive or deleted stays so.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Store } from './store.js'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { certificateOf, chunkItem, chunkOf, headOf, keyOf, nameOf, SampleLog } from './testing/samples.js'

const test = suite('compaction')
const segmentBytes = 65_536

test('a home does not grow for ever: its files are at most about twice what is alive', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const log = new SampleLog(1, 20_000)
  for (let round = 0; round < 3000; round++) {
    await store.commit([...log.append(100).items, { type: 'value', key: `${round % 10}`, bytes: filled(round, 500) }])
    if (round % 250 !== 0) continue
    await store.settle()
    files.changes.length = 0
    const { diskBytes, liveBytes } = store.stats().own
    // The head and one that waits are not compacted; a head's file is written ahead.
    assert.ok(diskBytes <= 2 * liveBytes + 2 * segmentBytes + 262_144, `${diskBytes} of ${liveBytes}`)
  }
  assert.ok(store.stats().own.compacted > 20)
  const check = (found: Store): void => {
    for (let key = 0; key < 10; key++) assert.equal(found.value(`${key}`), filled(2990 + key, 500))
    assert.equal(found.head(log.log)?.page, log.page)
    assert.equal(found.damage, [])
  }
  check(store)
  await store.close()
  const again = await openMemoryStore(files)
  check(again)
  await again.close()
})

test('the space of forgotten chunks is given back, and what lives beside them moves unharmed', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.setValue('stays', filled(1, 100))
  await store.commit([{ type: 'name', ageS: 0, seenMs: 1, certificateBytes: certificateOf(1, 0, 1) }])
  for (let number = 0; number < 100; number++) await store.commit([chunkItem(number, 5000)])
  const before = store.stats().own.diskBytes
  await store.forget(Array.from({ length: 95 }, (_, number) => chunkOf(number, 5000).name))
  await store.settle()
  assert.ok(store.stats().own.diskBytes < before / 2)
  const held = Array.from({ length: 100 }, (_, number) => store.isOwnChunk(chunkOf(number, 5000).name))
  assert.equal(held.indexOf(true), 95)
  await store.close()
  const again = await openMemoryStore(files)
  assert.is(again.stats().own.chunks, 5)
  for (let number = 95; number < 100; number++) assert.ok(again.readChunk(chunkOf(number, 5000).name))
  assert.equal(again.value('stays'), filled(1, 100))
  assert.equal(again.name(nameOf(1))?.certificateBytes, certificateOf(1, 0, 1))
  await again.close()
})

test('what was deleted never comes back when the segment with its deletion goes first', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  // The first segment is kept alive by large values; it also holds what is deleted later.
  await store.commit([chunkItem(1, 5000), { type: 'value', key: 'gone', bytes: filled(1, 100) }])
  for (let key = 0; key < 11; key++) await store.setValue(`big ${key}`, filled(key, 5500))
  // The second one holds the deletions and much that dies.
  await store.setValue('gone', new Uint8Array(0))
  await store.forget([chunkOf(1, 5000).name])
  for (let round = 0; round < 40; round++) await store.setValue('changes', filled(round, 5000))
  await store.settle()
  assert.ok(store.stats().own.compacted > 0)
  assert.ok(files.paths('own/00000001.seg').length === 1, 'the first segment is still there')
  assert.is(files.paths('own/00000002.seg').length, 0)
  await store.close()
  for (const path of files.paths('.idx')) await files.remove(path)
  const again = await openMemoryStore(files)
  assert.is(again.value('gone'), undefined)
  assert.is(again.hasChunk(chunkOf(1, 5000).name), false)
  await again.close()
})

test('a page whose runs lie in several segments moves as a whole', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const log = new SampleLog(1, 60_000)
  for (let round = 0; round < 50; round++) {
    await store.commit(log.append(50).items)
    for (let count = 0; count < 5; count++) await store.setValue('changes', filled(round, 3000))
    await store.settle()
    assert.equal(store.head(log.log)?.page, log.page, `round ${round}`)
  }
  assert.ok(store.stats().own.compacted > 5)
  await store.close()
  for (const path of files.paths('.idx')) await files.remove(path)
  const again = await openMemoryStore(files)
  assert.equal(again.head(log.log)?.page, log.page)
  await again.close()
})

test('what is kept for others moves as well: heads, names, forks', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const held = headOf({ log: keyOf(1), length: 9, page: filled(3, 700) })
  const [first, second] = [4, 5].map((length) => headOf({ log: keyOf(2), length, page: filled(length, 300) }))
  if (first === undefined || second === undefined) throw new Error('two heads')
  await store.keep([{ type: 'head', ageS: 7, seenMs: 8, ...held }])
  await store.keep([{ type: 'name', ageS: 0, seenMs: 1, certificateBytes: certificateOf(1, 0, 1) }])
  await store.putFork(first, second)
  await store.putFork(first, second)
  for (let number = 0; number < 60; number++) {
    await store.keep([chunkItem(number, 5000)])
    await store.forget([chunkOf(number, 5000).name])
  }
  await store.settle()
  assert.is(files.paths('kept/00000001.seg').length, 0)
  for (const found of [store, undefined]) {
    const opened = found ?? (await openMemoryStore(files))
    assert.equal(opened.head(keyOf(1)), { ...held, ageS: 7, seenMs: 8, own: false })
    assert.equal(opened.forks(), [{ log: keyOf(2), first, second }])
    assert.ok(opened.name(nameOf(1)))
    await opened.close()
  }
})

test('a segment with something alive that cannot be read is left for repair', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1, 5000)])
  const content = files.content(files.paths('own/00000001.seg')[0] as string)
  content[300] = (content[300] ?? 0) ^ 1
  for (let round = 0; round < 40; round++) await store.setValue('changes', filled(round, 5000))
  await store.settle()
  assert.is(files.paths('own/00000001.seg').length, 1)
  assert.ok(store.stats().own.compacted > 0)
  await store.close()
  const again = await openMemoryStore(files)
  assert.is(again.readChunk(chunkOf(1, 5000).name), undefined)
  assert.equal(again.damagedOwn, [chunkOf(1, 5000).name])
  await again.close()
})

test('commits go on while segments are compacted', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  for (let number = 0; number < 200; number++) await store.commit([chunkItem(number, 5000)])
  const forgotten = store.forget(Array.from({ length: 190 }, (_, number) => chunkOf(number, 5000).name))
  const commits = Array.from({ length: 50 }, (_, round) => store.setValue(`${round}`, filled(round, 100)))
  await Promise.all([forgotten, ...commits])
  await store.settle()
  for (let round = 0; round < 50; round++) assert.equal(store.value(`${round}`), filled(round, 100))
  assert.ok(store.stats().own.compacted > 5)
  await store.close()
})

function filled(value: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(value)
}

test('no segment is deleted after one whose deletion may come back, until the next start', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  for (let number = 0; number < 40; number++) await store.commit([chunkItem(number, 5000)])
  files.failAt({ call: 1, code: 'EIO', kinds: ['sync'] })
  await store.forget(Array.from({ length: 36 }, (_, number) => chunkOf(number, 5000).name))
  await store.settle()
  await store.setValue('a', filled(1, 100))
  await store.settle()
  const removed = (): number =>
    files.changes.filter((change) => change.kind === 'remove' && change.path.endsWith('.seg')).length
  assert.is(removed(), 1)
  await store.close()
  const again = await openMemoryStore(files)
  await again.setValue('a', filled(2, 100))
  await again.settle()
  assert.ok(removed() > 1)
  assert.ok(again.readChunk(chunkOf(39, 5000).name))
  await again.close()
})

test.run()
