// A sink commits each chunk once, in batches, and holds no more than it may.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { deferred, failure } from '../../test/api/promises.js'
import { crypto, inStore, seed } from '../../test/node/temporary.js'
import { patterned } from '../../test/samples/log.js'
import type { Store } from '../store/index.js'
import { ChunkSink } from './chunk-sink.js'
import { batchBytes, waitingBytes } from './limits.js'

const test = suite('chunk sink')
const chunkOf = (bytes: Uint8Array) => ({ name: crypto.hash(bytes), bytes })

/** A store whose commits a test ends by hand. */
function slowStore() {
  const commits: { items: readonly { type: string }[]; end: (error?: Error) => void }[] = []
  const store = {
    isOwnChunk: () => false,
    commit: (items: readonly { type: string }[]) =>
      new Promise<void>((resolve, reject) => {
        commits.push({ items, end: (error) => (error === undefined ? resolve() : reject(error)) })
      }),
  }
  return { commits, store: store as unknown as Store }
}

test('has everything on disk when it has finished, and counts what was new', () =>
  inStore(async (store) => {
    const chunks = Array.from({ length: 50 }, (_, index) => chunkOf(patterned(50_000, index)))
    const sink = new ChunkSink(store, seed)
    for (const { name, bytes } of [...chunks, ...chunks]) sink.put(name, bytes)
    await sink.room()
    await sink.finish()
    assert.is(sink.newBytes, 2_500_000)
    for (const { name } of chunks) assert.ok(store.isOwnChunk(name))
    const again = new ChunkSink(store, seed)
    for (const { name, bytes } of chunks) again.put(name, bytes)
    await again.finish()
    assert.is(again.newBytes, 0)
  }))

test('commits a batch at a time, and lets its caller wait when too much is on its way', async () => {
  const { commits, store } = slowStore()
  const sink = new ChunkSink(store, seed)
  const bytes = 50_000
  const perBatch = Math.ceil(batchBytes / bytes)
  let put = 0
  while (put * bytes <= waitingBytes) {
    sink.put(...(Object.values(chunkOf(patterned(bytes, put))) as [Uint8Array, Uint8Array]))
    put += 1
  }
  assert.ok(commits.every(({ items }) => items.length === perBatch))
  let hasRoom = false
  const room = sink.room().then(() => {
    hasRoom = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.is(hasRoom, false)
  commits[0]?.end()
  await room
  const finished = sink.finish()
  for (const { end } of commits) end()
  await finished
  assert.is(
    commits.reduce((sum, { items }) => sum + items.length, 0),
    put,
  )
})

test('throws what made a commit fail, at the next wait and at the end', async () => {
  const { commits, store } = slowStore()
  const sink = new ChunkSink(store, seed)
  const { name, bytes } = chunkOf(patterned(10, 1))
  sink.put(name, bytes)
  const finished = sink.finish()
  commits[0]?.end(new RunnelError('DISK_FULL'))
  await failure(finished, 'DISK_FULL')
  await failure(sink.room(), 'DISK_FULL')
})

test('leaves no rejection behind when nobody waits for it any more', async () => {
  const { commits, store } = slowStore()
  const sink = new ChunkSink(store, seed)
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  for (let index = 0; index < 30; index++) {
    const { name, bytes } = chunkOf(patterned(60_000, index))
    sink.put(name, bytes)
  }
  for (const { end } of commits) end(new RunnelError('IO'))
  const turn = deferred()
  setImmediate(() => turn.resolve())
  await turn.promise
  process.off('unhandledRejection', note)
  assert.ok(commits.length > 0)
  assert.equal(unhandled, [])
})

test.run()
