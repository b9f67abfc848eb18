// Each table is filled to its limit and by one more.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import { DamageList } from './damage.js'
import type { KeptItem, OwnItem } from './item.js'
import {
  CACHED_HEADS_MAX,
  CACHED_NAMES_MAX,
  CARDS_MAX,
  DAMAGE_MAX,
  FORKS_MAX,
  HEAD_PAGES_BYTES,
  LOGS_MAX,
  NAMES_MAX,
  OPEN_FILES_MAX,
  VALUE_BYTES_MAX,
  VALUES_BYTES_MAX,
  VALUES_MAX,
} from './limits.js'
import { OpenFiles } from './open-files.js'
import type { Store } from './store.js'
import { MemoryFiles } from './testing/memory-files.js'
import { openMemoryStore } from './testing/open.js'
import { cardHeadOf, certificateOf, headOf, keyOf, nameOf } from './testing/samples.js'

const test = suite('limits')
const large = { segmentBytes: 1 << 26, cacheBytes: 1 << 30 }
const page = new Uint8Array([1])

test(`${LOGS_MAX} own logs and heads of others are held, one more is refused`, async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  const own = (number: number): OwnItem => ({ type: 'head', ageS: 0, seenMs: 0, ...head(number), page: undefined })
  const other = (number: number): KeptItem => ({ type: 'head', ageS: 0, seenMs: 0, ...head(number) })
  await fill(LOGS_MAX, 20_000, (numbers) => store.commit(numbers.map(own)))
  await fill(LOGS_MAX, 20_000, (numbers) => store.keep(numbers.map(other)))
  assert.is(await code(store.commit([own(LOGS_MAX)])), 'TOO_MANY')
  assert.is(await code(store.keep([other(LOGS_MAX)])), 'TOO_MANY')
  await store.commit([own(5)])
  await store.keep([other(5)])
  assert.is(store.ownHeads().length, LOGS_MAX)
  await store.close()
})

test(`${NAMES_MAX} names are held, one more is refused`, async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  const name = (number: number): KeptItem => {
    return { type: 'name', ageS: 0, seenMs: 0, certificateBytes: certificateOf(number, 0, 1) }
  }
  await fill(NAMES_MAX, 20_000, (numbers) => store.keep(numbers.map(name)))
  assert.is(await code(store.keep([name(NAMES_MAX)])), 'TOO_MANY')
  await store.keep([name(5)])
  await store.close()
})

test(`${FORKS_MAX} fork proofs are held, one more is refused`, async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  const fork = (number: number): KeptItem => ({ type: 'fork', first: head(number), second: head(number) })
  await fill(FORKS_MAX, 2_000, (numbers) => store.keep(numbers.map(fork)))
  assert.is(await code(store.keep([fork(FORKS_MAX)])), 'TOO_MANY')
  assert.is(store.forks().length, FORKS_MAX)
  await store.close()
})

test('values are held up to their number and their bytes, one more is refused', async () => {
  const many = await openMemoryStore(new MemoryFiles(), large)
  const value = (number: number): OwnItem => ({ type: 'value', key: `${number}`, bytes: page })
  await fill(VALUES_MAX, 20_000, (numbers) => many.commit(numbers.map(value)))
  assert.is(await code(many.setValue('more', page)), 'TOO_MANY')
  await many.setValue('5', new Uint8Array(0))
  await many.setValue('more', page)
  await many.close()
  const big = await openMemoryStore(new MemoryFiles(), large)
  const full = VALUES_BYTES_MAX / VALUE_BYTES_MAX
  for (let key = 0; key < full; key++) await big.setValue(`${key}`, new Uint8Array(VALUE_BYTES_MAX).fill(1))
  assert.is(await code(big.setValue('more', page)), 'TOO_MANY')
  await big.setValue('3', page)
  await big.setValue('more', page)
  await big.close()
})

test(`${CACHED_HEADS_MAX} heads are cached, and the one that was used least lately goes`, async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  for (let number = 0; number < CACHED_HEADS_MAX; number++) put(store, number)
  assert.ok(store.head(keyOf(0)))
  put(store, CACHED_HEADS_MAX)
  assert.is(store.head(keyOf(1)), undefined)
  assert.ok(store.head(keyOf(0)) && store.head(keyOf(2)) && store.head(keyOf(CACHED_HEADS_MAX)))
  await store.close()
})

test(`${CACHED_NAMES_MAX} names are cached, and the one that was used least lately goes`, async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  for (let number = 0; number < CACHED_NAMES_MAX; number++) store.putName(certificateOf(number, 0, 1), [], 0)
  assert.ok(store.name(nameOf(0)))
  store.putName(certificateOf(CACHED_NAMES_MAX, 0, 1), [], 0)
  assert.is(store.name(nameOf(1)), undefined)
  assert.ok(store.name(nameOf(0)) && store.name(nameOf(2)))
  await store.close()
})

test('pages of heads that wait to be written take a bounded part of memory', async () => {
  const files = new MemoryFiles()
  const store = await openMemoryStore(files, large)
  files.failAt({ call: 1, code: 'ENOSPC', kinds: ['create', 'write'], forever: true })
  const wide = new Uint8Array(61_440).fill(1)
  const fits = Math.floor(HEAD_PAGES_BYTES / wide.length)
  for (let number = 0; number <= fits; number++) {
    const held = headOf({ log: keyOf(number), length: 2, page: wide })
    store.putHead(held.headBytes, held.page, 0)
  }
  assert.is(store.head(keyOf(0)), undefined)
  assert.ok(store.head(keyOf(1)) && store.head(keyOf(fits)))
  await store.close()
})

test(`of a name ${CARDS_MAX} cards are held, and the one that came first goes`, async () => {
  const store = await openMemoryStore(new MemoryFiles(), large)
  const cards = Array.from({ length: CARDS_MAX + 1 }, (_, device) => cardHeadOf(1, device, 1))
  store.putName(certificateOf(1, 0, 1), cards.slice(0, CARDS_MAX), 0)
  assert.is(store.name(nameOf(1))?.cards.length, CARDS_MAX)
  store.putName(certificateOf(1, 0, 1), cards.slice(CARDS_MAX), 0)
  const held = store.name(nameOf(1))?.cards.map(({ headBytes }) => headBytes)
  assert.equal(held, cards.slice(1))
  await store.close()
})

test(`${OPEN_FILES_MAX} files are open for reading at once`, async () => {
  const files = new MemoryFiles()
  await files.makeDirectory('/d')
  const reading = new OpenFiles(files)
  for (let number = 0; number <= OPEN_FILES_MAX; number++) {
    const file = files.open(`/d/${number}`, 'create')
    await file.write(0, new Uint8Array([number]))
    file.close()
    assert.equal(reading.read(`/d/${number}`, 0, 1), new Uint8Array([number]))
    assert.ok(files.openFiles <= OPEN_FILES_MAX)
  }
  assert.is(files.openFiles, OPEN_FILES_MAX)
  assert.equal(reading.read('/d/0', 0, 1), new Uint8Array([0]))
  assert.is(reading.read('/d/0', 0, 2), undefined)
  assert.is(reading.read('/d/missing', 0, 1), undefined)
  reading.closeAll()
  assert.is(files.openFiles, 0)
})

test(`${DAMAGE_MAX} damages are named, and all are counted once`, () => {
  const list = new DamageList()
  for (let offset = 0; offset <= DAMAGE_MAX; offset++) list.add({ place: 'own', segment: 1, offset, bytes: 1 })
  list.add({ place: 'own', segment: 1, offset: 0, bytes: 1 })
  assert.is(list.count, DAMAGE_MAX + 1)
  assert.is(list.named.length, DAMAGE_MAX)
})

function head(number: number): { headBytes: Uint8Array; page: Uint8Array } {
  return headOf({ log: keyOf(number), length: 0, page })
}

function put(store: Store, number: number): void {
  const { headBytes } = head(number)
  store.putHead(headBytes, page, 0)
}

async function fill(count: number, step: number, add: (numbers: number[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < count; start += step) {
    await add(Array.from({ length: Math.min(step, count - start) }, (_, index) => start + index))
  }
}

async function code(promise: Promise<void>): Promise<string | undefined> {
  try {
    await promise
    return undefined
  } catch (thrown) {
    return isRunnelError(thrown) ? thrown.code : String(thrown)
  }
}

test.run()
