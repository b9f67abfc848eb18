// One reading call: what it asks, repeats, remembers and cancels.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../../test/api/promises.js'
import { chunkAnswer, FakeHub, nack, openSession } from '../../test/node/fake-hub.js'
import { patterned } from '../../test/samples/log.js'

const test = suite('session')
const [name, log, device] = [patterned(32, 1), patterned(32, 2), patterned(32, 3)]

test('asks again after a refusal, and counts what came from where', async () => {
  const hub = new FakeHub()
  const session = openSession(hub)
  const chunk = session.chunk(name, log, 100)
  hub.questionFor(name).answer(nack('Busy'))
  while (hub.open.size === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  hub.questionFor(name).answer(chunkAnswer(patterned(50, 4), 2))
  assert.equal(await chunk, patterned(50, 4))
  assert.equal(session.sources.list(), [{ hop: 2, cached: true, bytes: 50 }])
  assert.is(session.inFlightBytes, 0)
  session.close()
})

test('tells who waits when the caller gives up, and cancels every question', async () => {
  const hub = new FakeHub()
  const abort = new AbortController()
  const session = openSession(hub, { signal: abort.signal })
  const chunks = Array.from({ length: 100 }, (_, index) => session.chunk(patterned(32, 10 + index), log))
  abort.abort('enough')
  for (const chunk of chunks) assert.is((await failure(chunk, 'ABORTED')).cause, 'enough')
  assert.is(hub.cancelled.length, 100)
  assert.is(hub.open.size, 0)
  await failure(session.chunk(name, log), 'ABORTED')
  session.close()
})

test('leaves no question open when it is closed, and can be closed twice', async () => {
  const hub = new FakeHub()
  const session = openSession(hub)
  const chunk = session.chunk(name, log)
  session.close()
  session.close()
  await failure(chunk, 'ABORTED')
  assert.is(hub.cancelled.length, 1)
  assert.is(hub.open.size, 0)
})

test('leaves no listener on a signal that many calls share', async () => {
  const hub = new FakeHub()
  const { signal } = new AbortController()
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  for (let calls = 0; calls < 50; calls++) openSession(hub, { signal }).close()
  const session = openSession(hub, { signal })
  const refused = Array.from({ length: 50 }, (_, index) => session.chunk(patterned(32, 10 + index), log))
  for (const question of [...hub.open.values()]) question.answer(nack('Busy'))
  session.close()
  for (const chunk of refused) await failure(chunk, 'ABORTED')
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  assert.equal(warnings, [])
})

test('names the neighbours that were asked in vain', async () => {
  const hub = new FakeHub()
  hub.respond = () => nack('NoRoute', [device])
  const session = openSession(hub)
  const error = await failure(session.chunk(name, log), 'NO_HOLDER')
  const asked = error.details?.asked as { neighbour: string; outcome: string }[]
  assert.is(asked.length, 1)
  assert.is(asked[0]?.neighbour.length, 56)
  assert.is(asked[0]?.outcome, 'NoRoute')
  session.close()
})

test('blames the writer, not the caller, for a chunk that is larger than its parent says', async () => {
  const hub = new FakeHub()
  hub.respond = () => nack('TooBig')
  const session = openSession(hub)
  assert.is((await failure(session.chunk(name, log, 10), 'DAMAGED')).blame, 'peer')
  session.close()
})

test.run()
