// Dialling again: after a rest, or as soon as there may be a way.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import type { Time } from '../outside.js'
import type { Conversation } from './conversation.js'
import { Dialer } from './dial.js'
import { wakePauseMs } from './limits.js'

const test = suite('sessions/dial')
const crypto = await openTestCrypto()
const device = new Uint8Array(32).fill(1)

/** A dialer to which nothing leads until there is a link, and timers that wait for ever. */
function alone() {
  const timers = new Set<object>()
  const place = { isLinked: false, calls: 0, nowUs: 0 }
  const time: Pick<Time, 'now' | 'after'> = {
    now: () => ({ nowUs: place.nowUs, nowMs: 0 }),
    after: () => {
      const timer = { cancel: () => void timers.delete(timer) }
      timers.add(timer)
      return timer
    },
  }
  const conversation = {} as Conversation
  const sessions = {
    call: (_device: Uint8Array, _service: string, done: (outcome: Conversation | 'NoRoute') => void) => {
      place.calls++
      done(place.isLinked ? conversation : 'NoRoute')
      return () => {}
    },
  }
  const dialer = new Dialer({
    ...{ crypto, device, sessions, seed: new Uint8Array(8) },
    time: time as Time,
    devicesOf: async () => [],
  })
  return { dialer, place, timers, conversation }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('who looks for a way tries again as soon as there is a link, and no timer is left', async () => {
  const { dialer, place, timers, conversation } = alone()
  const dialled = dialer.dial({ device }, 'chat')
  await turn()
  dialer.handleLinkUp()
  await turn()
  assert.is(place.calls, 2)
  place.isLinked = true
  place.nowUs += wakePauseMs * 1_000
  dialer.handleLinkUp()
  assert.is(await dialled, conversation)
  assert.equal([place.calls, timers.size], [3, 0])
  dialer.handleLinkUp()
  await turn()
  assert.is(place.calls, 3)
})

test('links that come and go have nobody call each time', async () => {
  const { dialer, place } = alone()
  const ending = new AbortController()
  const dialled = dialer.dial({ device }, 'chat', { signal: ending.signal }).catch(() => {})
  for (let link = 0; link < 50; link++) {
    await turn()
    dialer.handleLinkUp()
    place.nowUs += 10_000
  }
  assert.is(place.calls, 1 + 500 / wakePauseMs)
  ending.abort()
  await dialled
})

test('who gives up while it rests leaves no timer', async () => {
  const { dialer, place, timers } = alone()
  const ending = new AbortController()
  const dialled = dialer.dial({ device }, 'chat', { signal: ending.signal }).catch((error: unknown) => error)
  await turn()
  ending.abort()
  assert.match(String(await dialled), /ABORTED|abort/i)
  dialer.handleLinkUp()
  await turn()
  assert.equal([place.calls, timers.size], [1, 0])
})

test.run()
