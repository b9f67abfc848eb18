// Custody over conversations, with somebody at the other end who does not keep to what is usual: reads no answers, or speaks
// on and on instead of answering.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CustodyMessage, decodeCustody, encodeCustody } from '../../stack/custody/index.js'
import { client, dayMs, OneCustodian } from '../../test/node/custody.js'
import { inDirectory } from '../../test/node/temporary.js'
import { filled } from '../../test/samples/name.js'
import type { Conversation, Dialer, Sessions } from '../sessions/index.js'
import { systemTime, type Time } from '../store/index.js'
import { answerIdleMs, maxOpenQuestions, offerMs } from './limits.js'
import { dialCustodian, serveCustody } from './service.js'

const test = suite('node/custody/service')

function framed(message: CustodyMessage): Uint8Array {
  const bytes = encodeCustody(message)
  const whole = new Uint8Array(4 + bytes.length)
  new DataView(whole.buffer).setUint32(0, bytes.length)
  whole.set(bytes, 4)
  return whole
}

/** The other end of a conversation: what it says, and whether it takes what it is told. */
class FakeConversation implements Conversation {
  readonly peer = client
  readonly service = 'runnel.custody'
  readonly neighbour = undefined
  readonly ways = undefined as never
  readonly closed: Promise<undefined>
  readonly written: Uint8Array[] = []
  reads = true
  said = 0
  isReset = false
  readonly #say: (number: number) => CustodyMessage
  #close: () => void = () => {}

  constructor(say: (number: number) => CustodyMessage) {
    this.#say = say
    this.closed = new Promise((resolve) => {
      this.#close = () => resolve(undefined)
    })
  }

  async read(): Promise<Uint8Array | undefined> {
    await systemTime.turn()
    if (this.isReset) throw new Error('it was given up')
    return framed(this.#say(this.said++))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {}

  async write(bytes: Uint8Array): Promise<void> {
    this.written.push(bytes)
    if (!this.reads) await this.closed
  }

  async end(): Promise<void> {
    this.#close()
  }

  release(): void {}

  reset(): void {
    this.isReset = true
    this.#close()
  }
}

/** A clock that stands still until it is moved. */
class StillTime implements Time {
  nowMs = 0
  readonly #timers = new Set<{ readonly atMs: number; readonly call: () => void }>()

  now(): { nowUs: number; nowMs: number } {
    return { nowUs: this.nowMs * 1_000, nowMs: this.nowMs }
  }

  after(delayMs: number, call: () => void): { cancel(): void } {
    const timer = { atMs: this.nowMs + delayMs, call }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  turn(): Promise<void> {
    return systemTime.turn()
  }

  move(ms: number): void {
    this.nowMs += ms
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.nowMs || !this.#timers.delete(timer)) continue
      timer.call()
    }
  }

  get timers(): number {
    return this.#timers.size
  }
}

test('who reads no answers is read no further', () =>
  inDirectory(async (directory) => {
    const custodian = await OneCustodian.open(directory, 1, [])
    let serve: ((conversation: Conversation) => void | Promise<void>) | undefined
    const sessions = {
      serve: (_: string, handler: typeof serve) => {
        serve = handler
        return () => {}
      },
    }
    serveCustody(sessions as unknown as Sessions, custodian.custodian)
    const other = new FakeConversation((number) => ({ type: 'list', request: number, after: filled(0) }))
    other.reads = false
    const served = serve?.(other)
    let said = -1
    while (said !== other.said && other.said < 10_000) {
      said = other.said
      for (let turn = 0; turn < 50; turn++) await systemTime.turn()
    }
    assert.ok(other.said <= maxOpenQuestions + 1, `${other.said} were read`)
    other.reset()
    await Promise.resolve(served).catch(() => {})
    await custodian.close()
  }))

/** Asks a custodian that says this, while its clock goes on by `stepMs` each time. How it ended, and when. */
async function asked(
  question: CustodyMessage,
  stepMs: number,
  say: (number: number) => CustodyMessage,
): Promise<{ outcome: string; afterMs: number }> {
  const time = new StillTime()
  const other = new FakeConversation((number) => {
    if (number > 0) time.move(stepMs)
    return say(number)
  })
  const dialer = { dial: () => Promise.resolve(other) }
  const signal = new AbortController().signal
  const link = await dialCustodian(dialer as unknown as Dialer, time, filled(1), signal)
  const outcome = await link.ask(question).then(
    ({ type }) => type,
    () => 'nothing',
  )
  link.close()
  assert.is(time.timers, 0)
  assert.equal(decodeCustody((other.written[0] ?? new Uint8Array(4)).subarray(4)), question)
  return { outcome, afterMs: time.nowMs }
}

const challenge: CustodyMessage = {
  type: 'challenge',
  request: 7,
  log: filled(2),
  nonce: filled(3),
  names: [filled(4)],
}
const offer: CustodyMessage = {
  type: 'offer',
  request: 7,
  wantUntilMs: 30 * dayMs,
  headBytes: new Uint8Array(207),
  page: Uint8Array.of(1),
  name: undefined,
}
const refused: CustodyMessage = { type: 'refused', request: 7, reason: 'busy', retryS: 1, text: '' }

function progress(bytes: number, request = 7): CustodyMessage {
  return { type: 'progress', request, bytes, ofBytes: Number.MAX_SAFE_INTEGER }
}

test('an audit is over with the first thing that is said, so nobody evades one by speaking of progress', async () => {
  assert.equal(await asked(challenge, 60_000, (number) => progress(number)), { outcome: 'nothing', afterMs: 0 })
  assert.equal(await asked(challenge, 60_000, () => refused), { outcome: 'refused', afterMs: 0 })
  assert.equal(await asked(challenge, 60_000, (number) => progress(number, 8)), { outcome: 'nothing', afterMs: 0 })
})

test('an offer is waited for while more and more is fetched, and a day in all', async () => {
  const isSlow = await asked(offer, 60_000, (number) => (number < 30 ? progress(number) : refused))
  assert.equal(isSlow, { outcome: 'refused', afterMs: 30 * 60_000 })
  const stands = await asked(offer, 60_000, () => progress(5))
  assert.is(stands.outcome, 'nothing')
  assert.is(stands.afterMs, answerIdleMs)
  const endless = await asked(offer, 60_000, (number) => progress(number))
  assert.is(endless.outcome, 'nothing')
  assert.is(endless.afterMs, offerMs)
})

test.run()
