// An owner whose custodian keeps no inboxes, or cannot be reached, rests before it asks again.

import { setImmediate as turn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { Inbox } from '../../node/inbox/inbox.js'
import { firstRestMs, maxWaitingLetters, refusedRestMs } from '../../node/inbox/limits.js'
import { type Dial, localTalks, type Talk } from '../../node/inbox/talk.js'
import type { Time } from '../../node/outside.js'
import { openStore, systemTime } from '../../node/store/index.js'
import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { equal } from '../../stack/bytes/index.js'
import { decodeInboxMessage, encodeInboxMessage, type InboxMessage } from '../../stack/inbox/index.js'
import type { InboxRecord } from '../../stack/name/index.js'
import { until } from '../lab/until.js'
import { openTestCrypto } from '../provider.js'
import { SampleInbox } from '../samples/inbox.js'
import { filled } from '../samples/name.js'

const crypto = await openTestCrypto()
const sample = new SampleInbox(crypto)
const test = suite('node/inbox/collector')
const [owner, custodian] = [filled(1), filled(2)]
const turns = 20

interface Pending {
  readonly delayMs: number
  readonly callback: () => void
}

/** An owner that asks one custodian, with a clock that stands still: its timers go off when the test says so. */
async function asks(
  dial: Dial,
  run: (timers: Set<Pending>, inbox: Inbox) => Promise<void>,
  prepare: (inbox: Inbox) => Promise<void> = async () => {},
): Promise<void> {
  const timers = new Set<Pending>()
  const after: Time['after'] = (delayMs, callback) => {
    const pending = { delayMs, callback }
    timers.add(pending)
    return { cancel: () => timers.delete(pending) }
  }
  const time: Time = { ...systemTime, after }
  const files = new MemoryFiles()
  const randomBytes = (count: number): Uint8Array => new Uint8Array(count).fill(3)
  const opening = { home: '/home', files, crypto, randomBytes, cacheBytes: 4_194_304, time: systemTime }
  const store = await openStore(opening)
  let listed: readonly InboxRecord[] = []
  const inbox = new Inbox({
    crypto,
    store,
    time,
    identity: { name: filled(4), device: owner, deviceSeed: filled(5) },
    randomBytes,
    files,
    home: '/home',
    dial,
    findName: () => Promise.reject(new RunnelError('NO_HOLDER')),
    ownCertificate: () => new Uint8Array(0),
    knownCertificate: () => undefined,
    list: async (records) => {
      listed = records
    },
    listed: () => listed,
    log: () => {},
  })
  try {
    await prepare(inbox)
    inbox.start([custodian])
    await run(timers, inbox)
  } finally {
    await inbox.close()
    await store.close()
  }
}

async function settle(): Promise<void> {
  for (let index = 0; index < turns; index += 1) await turn()
}

function rest(timers: Set<Pending>, delayMs: number): Pending {
  const found = [...timers].find((pending) => pending.delayMs === delayMs)
  if (found === undefined) throw new Error(`no rest of ${delayMs} ms`)
  timers.delete(found)
  return found
}

/** Answers whatever it is asked with the same, and says before that something has arrived. */
async function refuse(talk: Talk): Promise<void> {
  for (let bytes = await talk.receive(); bytes !== undefined; bytes = await talk.receive()) {
    const decoded = decodeInboxMessage(bytes)
    if (typeof decoded === 'string') return
    await talk.send(encodeInboxMessage(0, { type: 'arrived' }))
    await talk.send(encodeInboxMessage(decoded.request, { type: 'refused', reason: 'Policy', bits: 0, retryS: 0 }))
  }
}

/** Answers each question as it is told to. */
async function serve(talk: Talk, answer: (question: InboxMessage) => InboxMessage): Promise<void> {
  for (let bytes = await talk.receive(); bytes !== undefined; bytes = await talk.receive()) {
    const decoded = decodeInboxMessage(bytes)
    if (typeof decoded === 'string') return
    await talk.send(encodeInboxMessage(decoded.request, answer(decoded.message)))
  }
}

test('a custodian that refuses is asked once, and again after a long rest', () => {
  let dials = 0
  const dial: Dial = async () => {
    dials += 1
    const [here, there] = localTalks(owner, custodian)
    void refuse(there)
    return here
  }
  return asks(dial, async (timers) => {
    await settle()
    assert.is(dials, 1)
    rest(timers, refusedRestMs).callback()
    await settle()
    assert.is(dials, 2)
  })
})

test('a custodian that refused is asked again as soon as it links anew, once for each link', () => {
  let dials = 0
  const dial: Dial = async () => {
    dials += 1
    const [here, there] = localTalks(owner, custodian)
    void refuse(there)
    return here
  }
  return asks(dial, async (timers, inbox) => {
    await settle()
    inbox.handleLinked(filled(9))
    await settle()
    assert.is(dials, 1, 'somebody else has linked')
    inbox.handleLinked(custodian)
    await settle()
    assert.is(dials, 2)
    rest(timers, refusedRestMs).callback()
    await settle()
    assert.is(dials, 3, 'it rests again, as long as before')
  })
})

test('a custodian that cannot be reached is asked after rests that grow', () => {
  let dials = 0
  const dial: Dial = async () => {
    dials += 1
    throw new RunnelError('NO_HOLDER', 'it is down')
  }
  return asks(dial, async (timers) => {
    for (const times of [1, 2, 4]) {
      await settle()
      rest(timers, times * firstRestMs).callback()
    }
    await settle()
    assert.is(dials, 4)
  })
})

test('strangers fill no more than half of what may wait here, and a contact is heard all the same', () => {
  const fetched: Uint8Array[] = []
  const stranger = { id: filled(70), bytes: 1, serial: undefined, strength: 9 }
  const contact = { id: filled(71), bytes: 1, serial: new Uint8Array(16), strength: undefined }
  const dial: Dial = async () => {
    const [here, there] = localTalks(owner, custodian)
    void serve(there, ({ type, ...message }) => {
      if (type === 'register') return { type: 'registered', untilMs: Number.MAX_SAFE_INTEGER, quotaBytes: 1 }
      if (type === 'list') return { type: 'listed', more: 0, displaced: 0, envelopes: [contact, stranger] }
      if (type === 'fetch' && 'id' in message) fetched.push(message.id)
      return { type: 'fetched', envelope: new Uint8Array(0), witnesses: [] }
    })
    return here
  }
  const fill = async ({ letters }: Inbox): Promise<void> => {
    const signature = new Uint8Array(64)
    for (let count = 0; count < maxWaitingLetters / 2; count++) {
      const id = new Uint8Array(16)
      new DataView(id.buffer).setUint32(0, count)
      const envelope = new Uint8Array(32)
      envelope.set(id)
      await letters.take(envelope, { ...sample.letter({ id }), signature }, true, () => [])
    }
  }
  return asks(
    dial,
    async () => {
      await until('a letter was asked for', () => fetched.length > 0)
      await settle()
      assert.ok(fetched.every((id) => equal(id, contact.id)))
    },
    fill,
  )
})

test.run()
