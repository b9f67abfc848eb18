// What a forked log still shows: all that its two states have in common, to the byte, and nothing behind it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat, toHex } from '../../stack/bytes/index.js'
import { type Entry, encodeRun, forkOf } from '../../stack/data/index.js'
import type { Link } from '../../stack/name/index.js'
import { failure } from '../../test/api/promises.js'
import { FakeHub, openSession } from '../../test/node/fake-hub.js'
import { FakeStreams } from '../../test/node/fake-streams.js'
import { crypto } from '../../test/node/temporary.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { sharedEntries } from './fork.js'
import { readEntries } from './log-walk.js'
import { openSite } from './site.js'
import { openTarget } from './target.js'

const test = suite('what both states of a forked log share')

async function sharedOf(a: SampleLog, b: SampleLog): Promise<number[]> {
  const streams = new FakeStreams()
  streams.serve(a, b)
  const hub = new FakeHub()
  hub.respond = streams.respond
  const session = openSession(hub)
  const [first, second] = [a.held, b.held]
  const found = [
    await sharedEntries(session, { log: a.log, first, second }),
    await sharedEntries(session, { log: a.log, first: second, second: first }),
  ]
  session.close()
  return found
}

test('is the runs with which both open pages begin', async () => {
  const log = new SampleLog(crypto)
  log.appendSizes(10)
  log.appendSizes(20, 30)
  const twin = log.fork()
  log.appendSizes(5)
  twin.append([{ bytes: filled(1) }])
  assert.equal(await sharedOf(log, twin), [3, 3])
})

test('goes on through the page that is open in one state and closed in the other', async () => {
  const log = new SampleLog(crypto)
  log.appendSizes(10)
  const twin = log.fork()
  log.appendSizes(5)
  for (let closed = 0; closed === 0; closed = twin.held.head.closedLength) twin.appendSizes(30_000)
  assert.equal(await sharedOf(log, twin), [1, 1])
})

test('is all pages that closed before, and the runs of the next one', async () => {
  const log = new SampleLog(crypto)
  while (log.held.head.closedLength < 6) log.appendSizes(30_000)
  log.appendSizes(7)
  const shared = log.held.head.length
  const twin = log.fork()
  log.appendSizes(5)
  for (let more = 0; more < 8; more++) twin.appendSizes(20_000)
  assert.ok(twin.held.head.closedLength > shared)
  assert.equal(await sharedOf(log, twin), [shared, shared])
})

// protocol.md §7 MUST: A reader shows these
test('is shown, then that the log was forked, and nothing of what stands behind it', async () => {
  const log = new SampleLog(crypto)
  log.appendSizes(10)
  log.appendSizes(20, 30)
  const twin = log.fork()
  log.appendSizes(5)
  twin.append([{ bytes: filled(1) }])
  const streams = new FakeStreams()
  streams.serve(log)
  streams.forks.set(toHex(log.log), { log: log.log, first: log.held, second: twin.held })
  const hub = new FakeHub()
  hub.respond = streams.respond
  const session = openSession(hub)
  const { secret } = log
  const target = await openTarget(session, { target: 'log', key: log.log, label: undefined, secret, path: [] })
  const shown: number[] = []
  const reading = (async () => {
    for await (const run of readEntries(session, target, 0, 100)) shown.push(...run.map(({ sequence }) => sequence))
  })()
  await failure(reading, 'FORKED')
  assert.equal(shown, [0, 1, 2])
  session.close()
})

test('is told with the result also where it is all that was asked for, and nothing of a site is made up', async () => {
  const log = new SampleLog(crypto)
  log.appendSizes(10)
  const { secret, log: key } = log
  const streams = new FakeStreams()
  streams.serve(log)
  const hub = new FakeHub()
  hub.respond = streams.respond
  const link: Link = { target: 'log', key, label: undefined, secret, path: [] }
  const before = openSession(hub)
  const whole = await openTarget(before, link)
  assert.is(before.freshness.forked, false)
  await failure(openSite(before, whole), 'NOT_A_FOLDER')
  before.close()
  const longer = log.fork()
  longer.appendSizes(5)
  log.appendSizes(7)
  streams.forks.set(toHex(key), { log: key, first: longer.held, second: log.held })
  const session = openSession(hub)
  const target = await openTarget(session, link)
  assert.is(target.logs[0]?.readable, 1)
  assert.is(session.freshness.forked, true)
  await failure(openSite(session, target), 'FORKED')
  session.close()
})

test('is all that a reader is shown who saw the shorter state, which takes chunks of the longer one to tell', async () => {
  const shorter = new SampleLog(crypto)
  shorter.appendSizes(10)
  const longer = shorter.fork()
  shorter.appendSizes(5)
  for (let more = 0; more < 6; more += 1) longer.appendSizes(20_000)
  assert.is(forkOf(shorter.held, longer.held), 'undecided')
  const streams = new FakeStreams()
  streams.serve(longer)
  const hub = new FakeHub()
  hub.respond = streams.respond
  const session = openSession(hub, { seen: shorter.held })
  const { secret } = longer
  const target = await openTarget(session, { target: 'log', key: longer.log, label: undefined, secret, path: [] })
  assert.is(target.logs[0]?.readable, 1)
  assert.is(session.freshness.forked, true)
  session.close()
})

test('is nothing of a run whose children in clear differ, though it opens alike', async () => {
  const log = new SampleLog(crypto)
  const entries: Entry[] = [{ timeMs: 1, flags: 0, bytes: filled(1) }]
  const states = [1, 2].map((reachable) => {
    const state = new SampleLog(crypto)
    const run = encodeRun(crypto, log.scope, 0, entries, [{ name: filled(8), reachable }])
    const page = concat(Uint8Array.of(1), run)
    const sums = { length: 1, bytes: 32, reachable: page.length + reachable, openBytes: page.length }
    state.heads.push(state.sign({ ...sums, openPage: crypto.hash(page) }, page))
    assert.type(state.verify(state.held), 'object', 'everybody accepts the head')
    return state
  })
  assert.equal(await sharedOf(states[0] ?? log, states[1] ?? log), [0, 0])
})

test.run()
