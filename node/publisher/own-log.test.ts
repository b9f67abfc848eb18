// A log of this node: one commit a flush, nothing acknowledged before it, closed after a failure.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { openLogWriter } from '../../stack/data/index.js'
import { failure, until } from '../../test/api/promises.js'
import { crypto, inStore } from '../../test/node/temporary.js'
import { patterned } from '../../test/samples/log.js'
import { type Store, systemTime } from '../store/index.js'
import { batchBytes } from './limits.js'
import { OwnLog } from './own-log.js'

const test = suite('own log')
const entry = (text: string) => ({ bytes: new TextEncoder().encode(text) })
const writer = () => openLogWriter(crypto, { seed: patterned(32, 7), secret: undefined, maxAgeS: 3_600 })

/** A store that does with the n-th commit what `act` says. */
function storeOf(act: (commit: number) => Promise<void>) {
  let commits = 0
  const store = { commit: () => act(commits++) } as unknown as Store
  return { store, commits: () => commits }
}

test('makes one commit of what arrives while another is being flushed', async () => {
  const flushed: (() => void)[] = []
  const { store, commits } = storeOf(() => new Promise((resolve) => flushed.push(resolve)))
  const log = new OwnLog(store, writer(), systemTime)
  const first = log.append([entry('0')])
  await until(() => flushed.length === 1)
  const rest = Array.from({ length: 99 }, (_, index) => log.append([entry(`${index + 1}`)]))
  assert.is(log.held.head.length, 0)
  flushed[0]?.()
  assert.is(await first, 0)
  await until(() => flushed.length === 2)
  flushed[1]?.()
  assert.equal(
    await Promise.all(rest),
    rest.map((_, index) => index + 1),
  )
  assert.is(commits(), 2)
  assert.is(log.held.head.length, 100)
})

test('commits together what is appended in one turn', async () => {
  const { store, commits } = storeOf(async () => {})
  const log = new OwnLog(store, writer(), systemTime)
  const sequences = await Promise.all(
    [1, 2, 3].map((count) => log.append(Array.from({ length: count }, () => entry('x')))),
  )
  assert.equal(sequences, [0, 1, 3])
  assert.is(commits(), 1)
})

test('takes an append that is made as soon as another resolves', async () => {
  const { store, commits } = storeOf(async () => {})
  const log = new OwnLog(store, writer(), systemTime)
  for (let turn = 0; turn < 10; turn++) assert.is(await log.append([entry('x')]), turn)
  assert.is(commits(), 10)
  let later: Promise<number> | undefined
  await log.append([entry('x')]).then(() => {
    later = log.append([entry('y')])
  })
  assert.is(await later, 11)
})

test('splits what is larger than a commit should be, in order', async () => {
  const { store, commits } = storeOf(async () => {})
  const log = new OwnLog(store, writer(), systemTime)
  const large = Array.from({ length: 5 }, () =>
    log.append(Array.from({ length: 20 }, () => ({ bytes: new Uint8Array(32_000) }))),
  )
  assert.equal(await Promise.all(large), [0, 20, 40, 60, 80])
  assert.is(commits(), Math.ceil((5 * 20 * 32_000) / batchBytes) + 1)
})

// protocol.md §11 MUST: After a failed flush no more MUST be appended
test('takes nothing more after a flush that failed, and tells everybody why', async () => {
  let fail: (error: Error) => void = () => {}
  const { store, commits } = storeOf(() => new Promise((_, reject) => (fail = reject)))
  const log = new OwnLog(store, writer(), systemTime)
  const { head } = log.held
  const first = log.append([entry('a')])
  await until(() => commits() === 1)
  const second = log.append([entry('b')])
  second.catch(() => {})
  fail(new RunnelError('IO', 'the disk said no'))
  await failure(first, 'IO')
  const closed = await failure(second, 'LOG_CLOSED')
  assert.is((closed.cause as RunnelError | undefined)?.code, 'IO')
  await failure(log.append([entry('c')]), 'LOG_CLOSED')
  assert.is(commits(), 1)
  assert.is(log.held.head.length, 0)
  // Its old state is not signed anew: a later one may be on disk.
  assert.is(log.refresh().head, head)
  await log.settle()
})

test('goes on after what the store refused before it wrote anything', async () => {
  const { store } = storeOf(async (commit) => {
    if (commit === 0) throw new RunnelError('TOO_LARGE')
  })
  const log = new OwnLog(store, writer(), systemTime)
  await failure(log.append([entry('too large')]), 'TOO_LARGE')
  assert.is(await log.append([entry('x')]), 0)
  assert.is(log.failure, undefined)
})

test('rejects what can be no entry, and goes on', async () => {
  const { store } = storeOf(async () => {})
  const log = new OwnLog(store, writer(), systemTime)
  let thrown: unknown
  await log.append([{ bytes: new Uint8Array(32_769) }]).catch((error: unknown) => {
    thrown = error
  })
  assert.instance(thrown, RangeError)
  assert.is(await log.append([entry('x')]), 0)
})

test('has what it resolved in the store', () =>
  inStore(async (store) => {
    const log = new OwnLog(store, writer(), systemTime)
    const flushes = store.stats().flushes
    await Promise.all(Array.from({ length: 200 }, (_, index) => log.append([entry(`${index}`)])))
    assert.ok(store.stats().flushes - flushes <= 3)
    const [own] = store.ownHeads()
    assert.equal(own?.headBytes, log.held.headBytes)
    assert.equal(own?.page, log.held.page)
  }))

test('signs the same state anew, never with an earlier time', async () => {
  const { store } = storeOf(async () => {})
  const log = new OwnLog(store, writer(), systemTime)
  await log.append([entry('x')])
  const { head } = log.held
  const later = log.refresh().head
  assert.is(later.length, head.length)
  assert.ok(later.timeMs >= head.timeMs)
})

test.run()
