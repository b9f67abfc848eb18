// An owner whose custodian keeps no inboxes, or cannot be reached, rests before it asks again.

import { setImmediate as turn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { Inbox } from '../../node/inbox/inbox.js'
import { firstRestMs, refusedRestMs } from '../../node/inbox/limits.js'
import { type Dial, localTalks, type Talk } from '../../node/inbox/talk.js'
import type { Time } from '../../node/outside.js'
import { openStore, systemTime } from '../../node/store/index.js'
import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { decodeInboxMessage, encodeInboxMessage } from '../../stack/inbox/index.js'
import { openTestCrypto } from '../provider.js'
import { filled } from '../samples/name.js'

const crypto = await openTestCrypto()
const test = suite('node/inbox/collector')
const [owner, custodian] = [filled(1), filled(2)]
const turns = 20

interface Pending {
  readonly delayMs: number
  readonly callback: () => void
}

/** An owner that asks one custodian, with a clock that stands still: its timers go off when the test says so. */
async function asks(dial: Dial, run: (timers: Set<Pending>) => Promise<void>): Promise<void> {
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
    list: async () => {},
    listed: () => [],
    log: () => {},
  })
  try {
    inbox.start([custodian])
    await run(timers)
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

test.run()
