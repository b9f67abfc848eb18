// How long a call waits, what makes it wait longer, and what it says at the end.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../../test/api/promises.js'
import { systemTime } from '../store/index.js'
import { earlyRefusals, longestDelayMs } from './limits.js'
import { Patience, type PatienceOptions, type Refusal } from './patience.js'

const test = suite('patience')

/** Time that passes only by waiting. */
function patient(options: Partial<PatienceOptions> = {}) {
  const time = {
    nowMs: 1000,
    slept: [] as number[],
    now: () => ({ nowUs: time.nowMs * 1000, nowMs: time.nowMs }),
    after(delayMs: number, call: () => void) {
      time.slept.push(delayMs)
      time.nowMs += delayMs
      queueMicrotask(call)
      return { cancel: () => {} }
    },
    turn: () => Promise.resolve(),
  }
  const patience = new Patience({
    signal: new AbortController().signal,
    idleTimeoutMs: 30_000,
    upstreamsMissing: () => false,
    time,
    ...options,
  })
  const askUntilRefused = async (refusal: Refusal): Promise<void> => {
    const begunMs = patience.begin()
    for (let attempt = 0; ; attempt += 1) await patience.afterRefusal('the chunk', begunMs, attempt, refusal)
  }
  return { patience, time, askUntilRefused }
}

const refusal = (reason: Refusal['reason'], ...neighbours: string[]): Refusal => ({
  reason,
  retryMs: 0,
  asked: neighbours.map((neighbour) => ({ neighbour, outcome: reason })),
})

test('gives up within seconds what nobody has, and lists who was asked', async () => {
  const { time, askUntilRefused } = patient()
  const error = await failure(askUntilRefused(refusal('NoRoute', 'a', 'b')), 'NO_HOLDER')
  assert.equal(error.details, {
    asked: [
      { neighbour: 'a', outcome: 'NoRoute' },
      { neighbour: 'b', outcome: 'NoRoute' },
    ],
  })
  assert.is(time.slept.length, earlyRefusals - 1)
  assert.ok(time.nowMs - 1000 < 3_000)
})

test('says so where there was nobody to ask', async () => {
  const error = await failure(patient().askUntilRefused(refusal('NoRoute')), 'NO_HOLDER')
  assert.match(error.message, 'there is nobody to ask for the chunk')
  assert.match(error.hint, '--upstream')
  assert.equal(error.details, { asked: [] })
})

test('waits until the idle deadline once something has come', async () => {
  const { patience, time, askUntilRefused } = patient()
  patience.progress()
  await failure(askUntilRefused(refusal('NoRoute', 'a')), 'NO_HOLDER')
  assert.is(time.nowMs, 31_000)
  assert.ok(time.slept.every((delayMs) => delayMs <= longestDelayMs))
})

test('waits for an upstream that is down, and then says so', async () => {
  const { time, askUntilRefused } = patient({ upstreamsMissing: () => true })
  await failure(askUntilRefused(refusal('NoRoute')), 'NETWORK_DOWN')
  assert.is(time.nowMs, 31_000)
})

test('names who was asked where one upstream is up and another is not', async () => {
  const { askUntilRefused } = patient({ upstreamsMissing: () => true })
  await failure(askUntilRefused(refusal('NoRoute', 'a')), 'NO_HOLDER')
})

test('waits while a neighbour is busy, as long as it asks for', async () => {
  const { time, askUntilRefused } = patient()
  await failure(askUntilRefused({ ...refusal('Busy', 'a'), retryMs: 5_000 }), 'NO_HOLDER')
  assert.equal(time.slept, [5_000, 5_000, 5_000, 5_000, 5_000, 5_000])
})

test('calls silence TIMEOUT', async () => {
  await failure(patient().askUntilRefused(refusal('Expired', 'a')), 'TIMEOUT')
})

test('says whose clock refused what is signed ahead of it', async () => {
  const there = await failure(patient().askUntilRefused(refusal('NotYet', 'a')), 'CLOCK')
  assert.is(there.blame, 'network')
  const asked = [{ neighbour: 'a', outcome: 'future-time' }]
  const here = await failure(patient().askUntilRefused({ ...refusal('NotYet'), asked }), 'CLOCK')
  assert.is(here.blame, 'local')
})

test('blames the writer for what is larger than its parent says', async () => {
  const error = await failure(patient().askUntilRefused(refusal('TooBig', 'a')), 'DAMAGED')
  assert.is(error.blame, 'peer')
})

test('does not count the time that the caller let the call rest', () => {
  const { patience, time } = patient()
  patience.progress()
  time.nowMs += 100_000
  assert.is(patience.leftMs(patience.begin()), 30_000)
  assert.is(patience.leftMs(0), 0)
})

test('throws ABORTED with the reason of the signal', async () => {
  const abort = new AbortController()
  const { patience, askUntilRefused } = patient({ signal: abort.signal })
  abort.abort('enough')
  const error = await failure(askUntilRefused(refusal('NoRoute')), 'ABORTED')
  assert.is(error.cause, 'enough')
  assert.throws(() => patience.check())
})

test('ends its waits when it is told to look around', async () => {
  const abort = new AbortController()
  const patience = new Patience({
    signal: abort.signal,
    idleTimeoutMs: 3_600_000,
    upstreamsMissing: () => false,
    time: systemTime,
  })
  const late = { ...refusal('Busy'), retryMs: 3_000_000 }
  const waits = Array.from({ length: 200 }, () => patience.afterRefusal('it', patience.begin(), 0, late))
  abort.abort()
  patience.wakeAll()
  for (const wait of waits) await failure(wait, 'ABORTED')
})

test.run()
