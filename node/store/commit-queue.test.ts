// Group commit: one flush for what comes together, all or nothing, bounded.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import { COMMIT_QUEUE_BYTES, RECORD_AIM_BYTES, RECORD_BYTES_MAX, VALUE_BYTES_MAX } from './limits.js'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { chunkItem, chunkOf, keyOf } from './testing/samples.js'
import { systemTime } from './time.js'

const test = suite('commit queue')
const large = { segmentBytes: 1 << 26 }

// protocol.md §11 MUST: In `own` and `kept` it MUST be flushed
test('what is committed at once is one record and one flush', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.setValue('first', new Uint8Array([1]))
  const before = store.stats().flushes
  await Promise.all(Array.from({ length: 100 }, (_, key) => store.setValue(`${key}`, new Uint8Array([key]))))
  assert.is(store.stats().flushes - before, 1)
  assert.ok((store.stats().flushMedianMs ?? -1) >= 0)
  await store.close()
})

test('what is committed by others in the same turn is one record too', async () => {
  const store = await openMemoryStore(new MemoryFiles())
  const commit = (key: string): Promise<void> => store.setValue(key, new Uint8Array([1]))
  // Three clients, each of which is heard in a callback of its own.
  const commits = await Promise.all(
    ['a', 'b', 'c'].map((key) => new Promise<Promise<void>>((resolve) => setImmediate(() => resolve(commit(key))))),
  )
  await Promise.all(commits)
  assert.is(store.stats().flushes, 1)
  await store.close()
})

test('what arrives while a record is flushed is the next one', async () => {
  // A turn that is over at once, so that the first is being written when the others come.
  const store = await openMemoryStore(new MemoryFiles(), { time: { ...systemTime, turn: () => Promise.resolve() } })
  const order: string[] = []
  const first = store.setValue('a', new Uint8Array([1])).then(() => order.push('a'))
  await Promise.resolve()
  await Promise.resolve()
  const others = ['b', 'c', 'd'].map((key) => store.setValue(key, new Uint8Array([1])).then(() => order.push(key)))
  await Promise.all([first, ...others])
  assert.equal(order, ['a', 'b', 'c', 'd'])
  assert.is(store.stats().flushes, 2)
  await store.close()
})

// protocol.md §11 MUST: In `own` and `kept` it MUST be flushed
test('nothing is in effect before it is flushed', async () => {
  const store = await openMemoryStore(new MemoryFiles())
  const commit = store.commit([chunkItem(1)])
  assert.is(store.hasChunk(chunkOf(1).name), false)
  await commit
  assert.is(store.hasChunk(chunkOf(1).name), true)
  await store.close()
})

test('a record takes commits up to its aim, and a larger one goes alone', async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  const value = (key: number, bytes: number): Promise<void> => store.setValue(`${key}`, new Uint8Array(bytes).fill(1))
  await Promise.all([value(0, RECORD_AIM_BYTES / 2), value(1, RECORD_AIM_BYTES / 2), value(2, 10)])
  assert.is(store.stats().flushes, 2)
  const chunks = Array.from({ length: 40 }, (_, number) => chunkItem(number, 60_000))
  await Promise.all([value(3, 1), store.commit(chunks), value(4, 1)])
  assert.is(store.stats().flushes, 5)
  await store.close()
})

test('one commit has at most what one record holds', async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  const chunks = Array.from({ length: 273 }, (_, number) => chunkItem(number, 61_417))
  const rest = RECORD_BYTES_MAX - 273 * (61_417 + 37) - 37
  assert.is(await code(store.commit([...chunks, chunkItem(999, rest + 1)])), 'TOO_LARGE')
  assert.is(await code(store.commit([...chunks, chunkItem(999, rest)])), undefined)
  await store.close()
})

test('commits that wait are bounded, and those that were accepted are kept', async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  const each = VALUE_BYTES_MAX
  const fits = Math.floor(COMMIT_QUEUE_BYTES / (each + 100))
  const commits = Array.from({ length: fits + 1 }, (_, key) => {
    return code(store.setValue(`${key % 8}`, new Uint8Array(each).fill(key)))
  })
  const codes = await Promise.all(commits)
  assert.is(codes.pop(), 'TOO_MANY')
  assert.equal(new Set(codes), new Set([undefined]))
  await store.setValue('after', new Uint8Array([1]))
  await store.close()
})

test('an item that has no place is refused before anything is written', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const changes = files.changes.length
  assert.is(await code(store.commit([chunkItem(1, 61_441)])), 'TOO_LARGE')
  assert.is(await code(store.setValue('', new Uint8Array([1]))), 'BAD_ARGUMENT')
  assert.is(await code(store.setValue('k', new Uint8Array(VALUE_BYTES_MAX + 1))), 'TOO_LARGE')
  const headBytes = new Uint8Array(207)
  assert.is(await code(store.keep([{ type: 'head', ageS: 0, seenMs: 0, headBytes, page: keyOf(1) }])), 'BAD_ARGUMENT')
  assert.is(await code(store.commit([{ type: 'card', ageS: 0, seenMs: 0, headBytes }])), 'BAD_ARGUMENT')
  assert.is(await code(store.commit([{ type: 'forget', name: new Uint8Array(31) }])), 'BAD_ARGUMENT')
  await store.commit([])
  assert.is(files.changes.length, changes)
  await store.close()
})

test('an own chunk that is there already is not written again', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1)])
  const changes = files.changes.length
  await store.commit([chunkItem(1)])
  assert.is(files.changes.length, changes)
  await Promise.all([store.forget([chunkOf(1).name]), store.commit([chunkItem(1)])])
  assert.is(store.isOwnChunk(chunkOf(1).name), true)
  await store.close()
})

test('after the end everything is refused, and what was accepted before is there', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const accepted = store.setValue('a', new Uint8Array([1]))
  const closed = store.close()
  assert.is(await code(store.setValue('b', new Uint8Array([1]))), 'LOG_CLOSED')
  await Promise.all([accepted, closed, store.close()])
  const again = await openMemoryStore(files)
  assert.ok(again.value('a'))
  await again.close()
})

async function code(promise: Promise<void>): Promise<string | undefined> {
  try {
    await promise
    return undefined
  } catch (thrown) {
    return isRunnelError(thrown) ? thrown.code : String(thrown)
  }
}

test.run()
