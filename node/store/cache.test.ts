// The cache: stays below its limit, holds nobody up, and gives up what it cannot keep.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CACHE_BYTES_MIN, CACHE_REST_MS, WRITE_BEHIND_BYTES } from './limits.js'
import type { Store } from './store.js'
import { MemoryFiles } from './testing/memory-files.js'
import { HOME, openMemoryStore } from './testing/open.js'
import { cardHeadOf, certificateOf, chunkOf, headOf, keyOf, nameOf, randomFrom } from './testing/samples.js'

const test = suite('cache')

test('its files stay below the limit whatever comes, and are mostly in use', async () => {
  for (const limitBytes of [0, CACHE_BYTES_MIN, 6_000_000]) {
    const files = new MemoryFiles()
    const store = await openMemoryStore(files, { cacheBytes: limitBytes })
    const limit = Math.max(limitBytes, CACHE_BYTES_MIN)
    const random = randomFrom(limitBytes + 1)
    for (let step = 0; step < 1200; step++) {
      const { name, bytes } = chunkOf(step, 1 + Math.floor(random() ** 2 * 30_000))
      store.putCached(name, bytes)
      if (step % 5 === 0) {
        const page = new Uint8Array(1 + Math.floor(random() * 20_000)).fill(1)
        const held = headOf({ log: keyOf(step % 50), length: step, page })
        store.putHead(held.headBytes, held.page, 0)
      }
      if (random() < 0.5) store.readChunk(chunkOf(Math.floor(random() * step)).name)
      if (step % 16 !== 0) continue
      await store.settle()
      assert.ok(cacheBytes(files) <= limit, `${cacheBytes(files)} of ${limit}`)
      assert.is(store.stats().cache.diskBytes, cacheBytes(files) - (files.stat(`${HOME}/cache/hot`)?.bytes ?? 0))
    }
    const { chunks, evicted, dropped } = store.stats().cache
    assert.ok(cacheBytes(files) > 0.8 * limit)
    assert.ok(chunks > 100 && evicted > 100)
    assert.is(dropped, 0)
    await store.close()
    assert.ok(cacheBytes(files) <= limit)
  }
})

test('tiny chunks do not take more than the limit either', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files, { cacheBytes: 0 })
  for (let step = 0; step < 80_000; step++) {
    const { name, bytes } = chunkOf(step, 20)
    store.putCached(name, bytes)
    if (step % 4096 !== 0) continue
    await store.settle()
    files.changes.length = 0
    assert.ok(cacheBytes(files) <= CACHE_BYTES_MIN)
  }
  await store.close()
  const again = await openMemoryStore(files, { cacheBytes: 0 })
  assert.ok(again.stats().cache.chunks > 10_000)
  assert.ok(cacheBytes(files) <= CACHE_BYTES_MIN)
  await again.close()
})

test('what is read again and again stays, also through restarts', async () => {
  const files = new MemoryFiles()
  let store = await openMemoryStore(files, { cacheBytes: 0 })
  const loved = [1, 2, 3, 4, 5].map((number) => chunkOf(number, 5000))
  for (const { name, bytes } of loved) store.putCached(name, bytes)
  for (let round = 0; round < 30; round++) {
    for (const { name } of loved) assert.ok(store.readChunk(name), `round ${round}`)
    for (let step = 0; step < 40; step++) {
      const { name, bytes } = chunkOf(1000 + round * 40 + step, 9000)
      store.putCached(name, bytes)
    }
    if (round % 10 === 9) {
      await store.close()
      store = await openMemoryStore(files, { cacheBytes: 0 })
    } else await store.settle()
  }
  assert.ok(store.stats().cache.chunks < 600)
  await store.close()
})

test('a smaller limit takes effect at the next start', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files, { cacheBytes: 3 * CACHE_BYTES_MIN })
  for (let step = 0; step < 1000; step++) {
    store.putCached(chunkOf(step, 9000).name, chunkOf(step, 9000).bytes)
    if (step % 100 === 0) await store.settle()
  }
  await store.close()
  assert.ok(cacheBytes(files) > 2 * CACHE_BYTES_MIN)
  const again = await openMemoryStore(files, { cacheBytes: CACHE_BYTES_MIN })
  assert.ok(cacheBytes(files) <= CACHE_BYTES_MIN)
  assert.ok(again.stats().cache.chunks > 200)
  await again.close()
})

test('it takes what fits its memory without waiting, and lets the rest go', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files, { cacheBytes: 4 * WRITE_BEHIND_BYTES })
  const fits = Math.floor(WRITE_BEHIND_BYTES / 60_000)
  for (let number = 0; number <= fits; number++) {
    store.putCached(chunkOf(number, 60_000).name, chunkOf(number, 60_000).bytes)
  }
  assert.is(store.stats().cache.dropped, 1)
  assert.is(store.hasChunk(chunkOf(fits, 60_000).name), false)
  assert.ok(store.hasChunk(chunkOf(fits - 1, 60_000).name))
  await store.settle()
  store.putCached(chunkOf(fits, 60_000).name, chunkOf(fits, 60_000).bytes)
  assert.is(store.stats().cache.dropped, 1)
  await store.close()
})

test('it takes and gives copies: what it was given, and what it gave, may be overwritten', async () => {
  const store = await openMemoryStore(new MemoryFiles())
  const { name, bytes } = chunkOf(1)
  const answer = bytes.slice()
  store.putCached(name, answer)
  answer.fill(0)
  store.readChunk(name)!.bytes.fill(0)
  assert.equal(store.readChunk(name)?.bytes, bytes)
  await store.settle()
  assert.equal(store.readChunk(name)?.bytes, bytes)
  await store.close()
})

test('on a full disk it stops writing, goes on serving, and writes again later', async () => {
  const files = new MemoryFiles()
  let nowMs = 1000
  const store = await openMemoryStore(files, { nowMs: () => nowMs })
  store.putCached(chunkOf(1).name, chunkOf(1).bytes)
  await store.settle()
  files.capacityBytes = 0
  store.putCached(chunkOf(2).name, chunkOf(2).bytes)
  await store.settle()
  const writes = files.changes.length
  store.putCached(chunkOf(3).name, chunkOf(3).bytes)
  await store.settle()
  assert.is(files.changes.length, writes, 'a full disk is not asked for each chunk')
  assert.ok(store.readChunk(chunkOf(1).name))
  assert.is(store.hasChunk(chunkOf(2).name), false)
  const { writeFailures, dropped } = store.stats().cache
  assert.equal([writeFailures, dropped], [1, 2])
  files.capacityBytes = Number.MAX_SAFE_INTEGER
  nowMs += CACHE_REST_MS
  store.putCached(chunkOf(3).name, chunkOf(3).bytes)
  await store.close()
  const again = await openMemoryStore(files)
  assert.ok(again.hasChunk(chunkOf(1).name) && again.hasChunk(chunkOf(3).name))
  assert.is(again.stats().cache.lostBytes, 0)
  await again.close()
})

test('a full disk for the cache does not keep own commits from working when there is room again', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.setValue('a', new Uint8Array([1]))
  files.failAt({ call: 1, code: 'ENOSPC', kinds: ['create', 'write'], forever: true })
  store.putCached(chunkOf(1).name, chunkOf(1).bytes)
  await store.settle()
  files.failAt(undefined)
  await store.setValue('b', new Uint8Array([2]))
  assert.is(store.stats().cache.writeFailures, 1)
  await store.close()
})

test('what is forgotten while it waits is not written', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  store.putCached(chunkOf(1).name, chunkOf(1).bytes)
  await store.forget([chunkOf(1).name])
  assert.is(store.hasChunk(chunkOf(1).name), false)
  await store.settle()
  assert.is(store.hasChunk(chunkOf(1).name), false)
  await store.close()
})

// protocol.md §7 MUST: Nobody goes back: a head that is lower
test('of a log the newest head is remembered, and an older one never comes back', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const log = keyOf(1)
  const heads = [3, 5, 4].map((length) => headOf({ log, length, page: new Uint8Array(length).fill(1) }))
  for (const { headBytes, page } of heads) {
    store.putHead(headBytes, page, 1)
    await store.settle()
  }
  assert.equal(store.head(log)?.page, new Uint8Array(5).fill(1))
  const later = headOf({ log, length: 5, timeMs: 2000, page: new Uint8Array(5).fill(1) })
  store.putHead(later.headBytes, later.page, 9)
  assert.equal(store.head(log)?.headBytes, later.headBytes)
  await store.close()
  const again = await openMemoryStore(files)
  assert.equal(again.head(log)?.headBytes, later.headBytes)
  await again.close()
})

test('the same head, confirmed again, is as young as its last confirmation', async () => {
  let nowMs = 1_000_000
  const store = await openMemoryStore(new MemoryFiles(), { nowMs: () => nowMs })
  const { headBytes, page } = headOf({ log: keyOf(1), length: 1 })
  store.putHead(headBytes, page, 100)
  nowMs += 50_000
  store.putHead(headBytes, page, 20)
  assert.equal(ageOf(store), [20, nowMs])
  store.putHead(headBytes, page, 400)
  assert.equal(ageOf(store), [20, nowMs], 'an older confirmation changes nothing')
  await store.close()
})

test('a head that changes all the time is written once in a while, and the newest at the end', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files, { nowMs: () => 5_000_000 })
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  for (let length = 1; length <= 50; length++) {
    const { headBytes, page } = headOf({ log: keyOf(1), length })
    store.putHead(headBytes, page, 0)
    await turn()
    await turn()
    await turn()
  }
  assert.ok(files.changes.filter(({ kind }) => kind === 'write').length < 10)
  await store.close()
  const again = await openMemoryStore(files)
  assert.equal(again.head(keyOf(1))?.headBytes, headOf({ log: keyOf(1), length: 50 }).headBytes)
  await again.close()
})

test('of a name the certificate and cards that supersede are remembered', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  store.putName(certificateOf(1, 0, 5), [cardHeadOf(1, 0, 2), cardHeadOf(1, 1, 7)], 3)
  store.putName(certificateOf(1, 0, 4), [cardHeadOf(1, 0, 1)], 3)
  store.putName(certificateOf(1, 1, 1), [cardHeadOf(1, 0, 3)], 3)
  await store.keep([{ type: 'card', ageS: 0, seenMs: 1, headBytes: cardHeadOf(1, 1, 9) }])
  for (const held of [store, undefined]) {
    const found = held ?? (await openMemoryStore(files))
    const known = found.name(nameOf(1))
    assert.equal(known?.certificateBytes, certificateOf(1, 1, 1))
    assert.is(known?.own, false)
    const cards = known?.cards.map(({ headBytes }) => Buffer.from(headBytes).toString('hex')).sort()
    assert.equal(
      cards,
      [cardHeadOf(1, 0, 3), cardHeadOf(1, 1, 9)].map((head) => Buffer.from(head).toString('hex')).sort(),
    )
    await found.close()
  }
})

function ageOf(store: Store): [number, number] {
  const head = store.head(keyOf(1))
  return [head?.ageS ?? -1, head?.seenMs ?? -1]
}

function cacheBytes(files: MemoryFiles): number {
  const paths = files.paths().filter((path) => path.includes('/cache/'))
  return paths.reduce((sum, path) => sum + files.content(path).length, 0)
}

test.run()
