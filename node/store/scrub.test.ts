// What is damaged at rest is found by a check, chunk by chunk.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { chunkItem, chunkOf } from './testing/samples.js'

const test = suite('scrub')
const large = { segmentBytes: 1 << 26 }

test('it reads everything, says how far it is, and finds nothing wrong with what is right', async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  await store.commit(Array.from({ length: 270 }, (_, number) => chunkItem(number, 60_000)))
  for (let number = 300; number < 400; number++) await store.keep([chunkItem(number, 60_000)])
  store.putCached(chunkOf(1000).name, chunkOf(1000).bytes)
  await store.settle()
  const progress: number[] = []
  await store.scrub(undefined, ({ doneBytes, totalBytes }) => progress.push(doneBytes / totalBytes))
  assert.is(progress.length, 3)
  assert.ok((progress.at(-1) as number) > 0.7)
  assert.equal(store.damage, [])
  await store.close()
})

test('it names each damaged chunk, in a large record and at the ends of windows, and forgets no other', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files, large)
  await store.commit(Array.from({ length: 270 }, (_, number) => chunkItem(number, 60_000)))
  for (let number = 300; number < 500; number++) await store.commit([chunkItem(number, 60_000)])
  await store.close()
  const hurt = [0, 100, 269, 300, 340, 341, 499]
  const content = Buffer.from(files.content(files.paths('/own/00000001.seg')[0] as string).buffer)
  for (const number of hurt) {
    const at = content.indexOf(chunkOf(number, 60_000).bytes) + 30_000
    content[at] = (content[at] ?? 0) ^ 1
  }
  const again = await openMemoryStore(files, large)
  assert.equal(again.damage, [], 'a start does not read the chunks')
  await again.scrub()
  const lost = new Set(again.damagedOwn.map((name) => Buffer.from(name).toString('hex')))
  assert.equal(lost, new Set(hurt.map((number) => Buffer.from(chunkOf(number, 60_000).name).toString('hex'))))
  assert.is(again.stats().own.chunks, 470 - hurt.length)
  await again.close()
  const last = await openMemoryStore(files, large)
  assert.is(last.stats().own.chunks, 470, 'nothing is taken for an unfinished write')
  await last.scrub()
  assert.is(last.damagedOwn.length, hurt.length)
  await last.close()
})

test('it can be aborted', async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  await store.commit([chunkItem(1)])
  const thrown = await store.scrub(AbortSignal.abort()).then(
    () => undefined,
    (error) => error,
  )
  assert.ok(isRunnelError(thrown, 'ABORTED'))
  await store.close()
})

test.run()
