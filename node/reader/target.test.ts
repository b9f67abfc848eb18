// Which logs a link leads to: each once, and closed ones as far as their closing says.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeUtf8, encodeUtf8 } from '../../stack/bytes/index.js'
import { emptyRoot } from '../../stack/data/index.js'
import { encodeClosings, sealStreamRecord, signStreamRecord } from '../../stack/name/index.js'
import { failure } from '../../test/api/promises.js'
import { FakeHub, openSession } from '../../test/node/fake-hub.js'
import { FakeStreams } from '../../test/node/fake-streams.js'
import { crypto } from '../../test/node/temporary.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import type { Outcome } from '../hub.js'
import { systemTime } from '../store/index.js'
import { foundLogsMs } from './limits.js'
import { readEntries } from './log-walk.js'
import { ReadSession } from './session.js'
import { openTarget } from './target.js'

const test = suite('target')
const { device: first, secondDevice: second, secret } = sampleSeeds
const person = new SampleName(crypto)

/** The card of a device that lists logs under the label drafts. */
function cardOf(deviceSeed: Uint8Array, ...logSeeds: Uint8Array[]) {
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  const membership = { name: person.name, device, visibility: 'unlisted', label: 'drafts' } as const
  const records = logSeeds.map((logSeed) =>
    sealStreamRecord(crypto, secret, signStreamRecord(crypto, logSeed, membership, sampleTimeMs)),
  )
  return person.card(1, records, sampleTimeMs, deviceSeed)
}

function logOf(seed: Uint8Array, ...texts: string[]): SampleLog {
  const log = new SampleLog(crypto, secret, seed)
  for (const text of texts) log.append([{ bytes: encodeUtf8(text) }])
  return log
}

/** Struck: a device whose card lists logs, of which these end after so many of their commits. */
function closingsOf(streams: FakeStreams, logSeeds: readonly Uint8Array[], ends: readonly [SampleLog, number][]) {
  const { head, chunk } = cardOf(second, ...logSeeds)
  streams.store(chunk)
  const logs = ends.map(([log, commits]) => {
    const { head: end, page } = log.heads[commits] ?? log.held
    return { log: log.log, length: end.length, closedRoot: emptyRoot, openPage: streams.store(page) }
  })
  return streams.store(encodeClosings([{ device: person.secondDevice, cardHead: head, logs }]))
}

/** The texts of the stream, and how many heads were asked for. */
async function read(streams: FakeStreams): Promise<{ texts: (string | undefined)[]; heads: number }> {
  const hub = new FakeHub()
  hub.respond = streams.respond
  const session = openSession(hub)
  try {
    const target = await openTarget(session, { target: 'name', key: person.name, label: 'drafts', secret, path: [] })
    const texts: (string | undefined)[] = []
    for await (const run of readEntries(session, target, 0, 100)) {
      texts.push(...run.map(({ entry }) => decodeUtf8(entry.bytes)))
    }
    return { texts, heads: hub.asked.filter(({ kind }) => kind === 'head').length }
  } finally {
    session.close()
  }
}

test('reads a log once that the cards of two devices list', async () => {
  const streams = new FakeStreams()
  streams.serve(logOf(filled(5), 'one', 'two'))
  const certificate = person.certificate({ devices: [person.device, person.secondDevice] })
  streams.state = person.state(certificate, [cardOf(first, filled(5)), cardOf(second, filled(5))])
  assert.equal(await read(streams), { texts: ['one', 'two'], heads: 1 })
})

// protocol.md §6.7 MUST: A closed log MUST be read from here
// protocol.md §6.7 MUST: A reader that meets a certificate with closings
test('reads the closed log of a struck device up to its closing, and asks for no head of it', async () => {
  const streams = new FakeStreams()
  const closed = logOf(filled(31), 'one', 'two')
  streams.serve(closed)
  const closings = closingsOf(streams, [filled(31)], [[closed, 1]])
  streams.state = person.state(person.certificate({ closings }), [undefined])
  assert.equal(await read(streams), { texts: ['one'], heads: 0 })
})

// protocol.md §6.7 MUST: A reader that meets a certificate with closings
test('leaves out what a struck device lists and its closings do not name', async () => {
  const streams = new FakeStreams()
  const [closed, open] = [logOf(filled(31), 'one'), logOf(filled(32), 'never')]
  streams.serve(closed, open)
  const closings = closingsOf(streams, [filled(32)], [[closed, 1]])
  streams.state = person.state(person.certificate({ closings }), [undefined])
  await failure(read(streams), 'WRONG_SECRET')
})

// protocol.md §6.7 MUST: A reader that meets a certificate with closings
test('refuses a closing whose length is not that of what it names', async () => {
  const streams = new FakeStreams()
  const log = logOf(filled(31), 'one', 'two')
  const { openPage } = log.held.head
  streams.store(log.held.page)
  for (const length of [1, 3]) {
    const { head, chunk } = cardOf(second, filled(31))
    streams.store(chunk)
    const logs = [{ log: log.log, length, closedRoot: emptyRoot, openPage }]
    const closings = streams.store(encodeClosings([{ device: person.secondDevice, cardHead: head, logs }]))
    streams.state = person.state(person.certificate({ closings }), [undefined])
    await failure(read(streams), 'DAMAGED')
  }
})

// protocol.md §6.7 MUST: A closed log MUST be read from here
test('says that the list is old, and not that the secret is wrong, where the writer could not be asked', async () => {
  const streams = new FakeStreams()
  streams.state = person.state(undefined, [cardOf(first)])
  await failure(read(streams), 'WRONG_SECRET')
  const { respond } = streams
  for (const ageS of [0, 11]) {
    const aged = (interest: Parameters<typeof respond>[0]): Outcome => {
      const outcome = respond(interest)
      return outcome.kind === 'answer' ? { ...outcome, source: { ...outcome.source, stale: true, ageS } } : outcome
    }
    await failure(read(Object.assign(new FakeStreams(), { respond: aged })), 'STALE')
  }
})

test('asks again for a label that only an unconfirmed list does not have', async () => {
  const streams = new FakeStreams()
  const log = logOf(filled(31), 'one')
  streams.serve(log)
  streams.state = person.state(undefined, [cardOf(first)])
  const { respond } = streams
  let names = 0
  const busy = (interest: Parameters<typeof respond>[0]): Outcome => {
    names += interest.kind === 'name' ? 1 : 0
    if (names === 4) streams.state = person.state(undefined, [cardOf(first, filled(31))])
    const outcome = respond(interest)
    if (outcome.kind !== 'answer' || interest.kind !== 'name' || names === 4) return outcome
    return { ...outcome, source: { ...outcome.source, stale: true, ageS: 2 } }
  }
  const asked = Object.assign(new FakeStreams(), { respond: busy })
  assert.equal(await read(asked), { texts: ['one'], heads: 1 })
  assert.is(names, 4)
})

test('reads a closed log up to its closing also where a card of a listed device lists it', async () => {
  const streams = new FakeStreams()
  const log = logOf(filled(31), 'one', 'two')
  streams.serve(log)
  const closings = closingsOf(streams, [], [[log, 1]])
  streams.state = person.state(person.certificate({ closings }), [cardOf(first, filled(31))])
  assert.equal(await read(streams), { texts: ['one'], heads: 0 })
})

test('looks for the logs of one state once a second, and for each secret by itself', async () => {
  const streams = new FakeStreams()
  streams.serve(logOf(filled(31), 'one'))
  streams.state = person.state(person.certificate({ closings: closingsOf(streams, [], []) }), [
    cardOf(first, filled(31)),
  ])
  let nowMs = sampleTimeMs
  const time = { ...systemTime, now: () => ({ ...systemTime.now(), nowMs }) }
  /** How many chunks are asked for: the closings and the card of a struck device, where the state is looked at. */
  const chunksOf = async (given: Uint8Array | undefined): Promise<number> => {
    const hub = new FakeHub()
    hub.respond = streams.respond
    const session = new ReadSession({ ...openSession(hub).context, time }, {}, new AbortController().signal)
    const link = { target: 'name', key: person.name, label: 'drafts', secret: given, path: [] } as const
    await openTarget(session, { ...link, path: [] }).finally(() => session.close())
    return hub.asked.filter(({ kind }) => kind === 'chunk').length
  }
  assert.is(await chunksOf(secret), 2)
  nowMs += foundLogsMs - 1
  assert.is(await chunksOf(secret.slice()), 0)
  await failure(chunksOf(filled(77)), 'WRONG_SECRET')
  await failure(chunksOf(undefined), 'UNKNOWN_LABEL')
  nowMs += 1
  assert.is(await chunksOf(secret), 2)
  nowMs -= 1
  assert.is(await chunksOf(secret), 2, 'the clock was set back')
})

test.run()
