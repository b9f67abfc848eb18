// Bits flip and blocks are lost at rest: what is damaged is found, named and never given.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat } from '../../stack/bytes/index.js'
import type { OwnItem } from './item.js'
import { encodeRecord } from './record.js'
import type { Store } from './store.js'
import { MemoryFiles } from './testing/memory-files.js'
import { HOME, openMemoryStore } from './testing/open.js'
import { chunkItem, chunkOf, crypto, headOf, keyOf, randomFrom, SampleLog } from './testing/samples.js'

const test = suite('damage')
const chunks = 120

// protocol.md §11 MUST: Every chunk that is read from disk MUST be checked
test('no flipped bit or lost block anywhere gives a wrong byte, and each in own or kept is named', async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = randomFrom(seed)
    const files = await filled()
    const own = files.paths('.seg').filter((path) => !path.includes('/cache/'))
    const paths = random() < 0.5 ? own : files.paths()
    const path = paths[Math.floor(random() * paths.length)] as string
    const before = files.content(path).slice()
    damage(files.content(path), random)
    if (path.endsWith('/version') || path.endsWith('/incarnation')) continue
    const isDurable = path.endsWith('.seg') && !path.includes('/cache/')
    // Behind the last record there are only zeros: what turns up there is cut as unfinished.
    const used = endOf(before)
    const isChanged = !Buffer.from(before.subarray(0, used)).equals(files.content(path).subarray(0, used))
    const store = await openMemoryStore(files)
    checkNothingWrong(store, `seed ${seed} ${path}`)
    await store.scrub()
    checkNothingWrong(store, `seed ${seed} ${path}`)
    if (isDurable && isChanged) assert.ok(store.damage.length > 0, `seed ${seed}: ${path} is not named`)
    if (!isChanged && isDurable) assert.equal(store.damage, [])
    await store.close()
    assert.is(files.openFiles, 0)
  }
})

test('a damaged own chunk is named, and whole again when it is committed again', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1), chunkItem(2)])
  flip(files, '/own/', chunkOf(1).bytes)
  assert.is(store.readChunk(chunkOf(1).name), undefined)
  assert.is(store.hasChunk(chunkOf(1).name), false)
  assert.equal(store.damagedOwn, [chunkOf(1).name])
  assert.is(store.stats().damaged, 1)
  await store.commit([chunkItem(1)])
  assert.equal(store.readChunk(chunkOf(1).name)?.bytes, chunkOf(1).bytes)
  assert.equal(store.damagedOwn, [])
  await store.close()
})

test('committing a chunk that is there already, but damaged, writes it again', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1)])
  flip(files, '/own/', chunkOf(1).bytes)
  await store.commit([chunkItem(1)])
  assert.equal(store.readChunk(chunkOf(1).name)?.bytes, chunkOf(1).bytes)
  await store.close()
})

// protocol.md §11 MUST: Every chunk that is read from disk MUST be checked
test('a damaged cached chunk is forgotten, and can be cached again', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const { name, bytes } = chunkOf(1)
  store.putCached(name, bytes)
  await store.settle()
  flip(files, '/cache/', bytes)
  assert.is(store.readChunk(name), undefined)
  assert.is(store.stats().damaged, 1)
  store.putCached(name, bytes)
  assert.equal(store.readChunk(name)?.bytes, bytes)
  await store.close()
})

test('the chunks of a damaged record that verify are kept', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1), chunkItem(2), chunkItem(3)])
  await store.commit([chunkItem(4)])
  await store.close()
  flip(files, '/own/', chunkOf(2).bytes)
  for (const path of files.paths('.idx')) await files.remove(path)
  const again = await openMemoryStore(files)
  const held = [1, 2, 3, 4].map((number) => again.readChunk(chunkOf(number).name) !== undefined)
  assert.equal(held, [true, false, true, true])
  assert.is(again.damage.length, 1)
  await again.close()
})

test('the chunks of two damaged records in a row that verify are kept', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  await store.commit([chunkItem(1), chunkItem(2)])
  await store.commit([chunkItem(3), chunkItem(4), chunkItem(5)])
  await store.commit([chunkItem(6)])
  await store.close()
  for (const number of [1, 4]) flip(files, '/own/', chunkOf(number).bytes)
  for (const path of files.paths('.idx')) await files.remove(path)
  const again = await openMemoryStore(files)
  const held = [1, 2, 3, 4, 5, 6].map((number) => again.readChunk(chunkOf(number).name) !== undefined)
  assert.equal(held, [false, true, true, false, true, true])
  await again.close()
})

// protocol.md §11 MUST: An own log whose last head stands before
test('a head that may have been followed by a lost one is uncertain, a later one is not', async () => {
  const files = new MemoryFiles()
  const [first, second] = [new SampleLog(1), new SampleLog(2)]
  const store = await openMemoryStore(files)
  await store.commit(first.append(100).items)
  await store.commit([{ type: 'value', key: 'lost', bytes: new Uint8Array(50).fill(0xab) }])
  await store.commit(second.append(100).items)
  await store.close()
  flip(files, '/own/', new Uint8Array(50).fill(0xab))
  const again = await openMemoryStore(files)
  const uncertain = again.ownHeads().map((head) => [head.log, head.uncertain])
  assert.equal(uncertain, [
    [first.log, true],
    [second.log, false],
  ])
  await again.commit(first.append(100).items)
  assert.is(again.ownHeads()[0]?.uncertain, false)
  await again.close()
})

test('records that an orderly end left and that are gone are damage, not an unfinished write', async () => {
  const files = new MemoryFiles()
  const log = new SampleLog(1)
  const store = await openMemoryStore(files)
  await store.commit(log.append(100).items)
  await store.commit(log.append(100).items)
  await store.close()
  const content = files.content(files.paths('/own/00000001.seg')[0] as string)
  content.fill(0, endOf(content) - 100)
  const again = await openMemoryStore(files)
  assert.is(again.damage.length, 1)
  assert.is(again.ownHeads()[0]?.uncertain, true)
  await again.close()
})

// protocol.md §11 MUST: What is left, behind the byte 01
test('a run that is damaged takes its page with it, and says so', async () => {
  const files = new MemoryFiles()
  const log = new SampleLog(1)
  const store = await openMemoryStore(files)
  await store.commit(log.append(100).items)
  await store.commit(log.append(100).items)
  flip(files, '/own/', log.page.subarray(1, 101))
  assert.is(store.head(log.log), undefined)
  assert.is(store.ownHeads()[0]?.page, undefined)
  await store.close()
})

test('a page of a remembered head that is damaged is not given', async () => {
  const files = new MemoryFiles()
  const page = new Uint8Array(200).fill(0x77)
  const held = headOf({ log: keyOf(1), length: 4, page })
  const store = await openMemoryStore(files)
  await store.keep([{ type: 'head', ageS: 0, seenMs: 1, ...held }])
  flip(files, '/kept/', page)
  assert.is(store.head(keyOf(1)), undefined)
  await store.close()
})

// protocol.md §11 MUST: A chunk may hold bytes that look like a record
test('a chunk that holds a record is never taken for one, however often the store is opened', async () => {
  for (const place of ['kept', 'cache'] as const) {
    // Whole records inside of a chunk that somebody else made.
    const { headBytes, page } = headOf({ log: keyOf(666), length: 6, page: new Uint8Array([1, 6, 6]) })
    const evil = { type: 'head', ageS: 0, seenMs: 0, headBytes, page } as const
    const bytes = concat(new Uint8Array(100), encodeRecord(crypto, place, [evil]).record)
    const carrier = { type: 'chunk', name: crypto.hash(bytes), bytes } as const
    const segment = encodeRecord(crypto, place, [chunkItem(1), carrier]).record
    // The header of the record is lost, so that the next one is searched for.
    segment[1] = 0
    const files = new MemoryFiles()
    await (await openMemoryStore(files)).close()
    const file = files.open(`${HOME}/${place}/00000001.seg`, 'create')
    await file.write(0, concat(segment, encodeRecord(crypto, place, [chunkItem(2)]).record))
    file.close()
    for (let start = 0; start < 3; start++) {
      const store = await openMemoryStore(files)
      assert.is(store.head(keyOf(666)), undefined, `${place}, start ${start}`)
      assert.equal(store.readChunk(chunkOf(2).name)?.bytes, chunkOf(2).bytes)
      await store.close()
    }
  }
})

async function filled(): Promise<MemoryFiles> {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files)
  const log = new SampleLog(1, 3000)
  for (let number = 0; number < chunks; number += 3) {
    const items: OwnItem[] = [chunkItem(number, 1500), ...log.append(200).items]
    await store.commit(items)
    await store.keep([chunkItem(number + 1, 900), { type: 'value', key: `${number}`, bytes: new Uint8Array([1]) }])
    store.putCached(chunkOf(number + 2, 700).name, chunkOf(number + 2, 700).bytes)
    const held = headOf({ log: keyOf(number + 10), length: 2, page: new Uint8Array(100).fill(1) })
    store.putHead(held.headBytes, held.page, 1)
  }
  await store.close()
  return files
}

/** One to 64 bits, or a block of 4 KiB. */
function damage(content: Uint8Array, random: () => number): void {
  if (random() < 0.2) {
    const start = Math.floor(random() * Math.ceil(content.length / 4096)) * 4096
    content.fill(0, start, start + 4096)
    return
  }
  for (let bits = 1 + Math.floor(random() * random() * 64); bits > 0; bits--) {
    const at = Math.floor(random() * content.length)
    content[at] = (content[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  }
}

/** Where the zeros behind the last record begin, or a little before. */
function endOf(content: Uint8Array): number {
  let end = content.length
  while (end > 0 && content[end - 1] === 0) end--
  return end
}

function checkNothingWrong(store: Store, where: string): void {
  for (let number = 0; number < chunks; number++) {
    const size = [1500, 900, 700][number % 3] as number
    const found = store.readChunk(chunkOf(number, size).name)
    if (found !== undefined) assert.equal(found.bytes, chunkOf(number, size).bytes, where)
    if (number % 3 === 0) {
      const value = store.keptValue(`${number}`)
      if (value !== undefined) assert.equal(value, new Uint8Array([1]), where)
      const page = store.head(keyOf(number + 10))?.page
      if (page !== undefined) assert.equal(page, new Uint8Array(100).fill(1), where)
    }
  }
  assert.ok((store.head(keyOf(1))?.page.length ?? 1) <= 3000, where)
}

/** Flips a bit in the middle of this content, wherever it stands. */
function flip(files: MemoryFiles, within: string, bytes: Uint8Array): void {
  for (const path of files.paths('.seg').filter((found) => found.includes(within))) {
    const content = files.content(path)
    const at = Buffer.from(content.buffer, content.byteOffset, content.length).indexOf(bytes)
    if (at < 0) continue
    const middle = at + (bytes.length >> 1)
    content[middle] = (content[middle] ?? 0) ^ 4
    return
  }
  throw new Error('not found')
}

test.run()
