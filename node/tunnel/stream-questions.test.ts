// Questions by protocol 253 at a node: asked of the hub and answered by one packet, as long as there is an interface; and
// where the socket for them cannot be had, the interface is there without it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { concat } from '../../stack/bytes/index.js'
import { decodeStreamPacket, encodeStreamPacket, type LocalInterest } from '../../stack/forward/index.js'
import { addressOf } from '../../stack/name/index.js'
import { openTestCrypto } from '../../test/provider.js'
import type { Outcome } from '../hub.js'
import type { LogEvent } from '../log-event.js'
import { StreamQuestions } from './stream-questions.js'
import { FakeDatapath } from './testing/fake-datapath.js'

const crypto = await openTestCrypto()
const address = addressOf(crypto, 'device', new Uint8Array(32).fill(1))
const test = suite('stream questions')
const wish = {
  name: 'tun%d',
  address,
  localAddresses: [],
  routes: [],
  localRoutes: [],
  answeredPorts: [],
  mtuBytes: 1_419,
}

function lab(answer: (interest: LocalInterest) => Outcome) {
  const events: LogEvent[] = []
  const ask = (interest: LocalInterest, done: (outcome: Outcome) => void): number => {
    const outcome = answer(interest)
    queueMicrotask(() => done(outcome))
    return 1
  }
  const time = { now: () => ({ nowUs: 5, nowMs: 5 }), after: () => ({ cancel: () => {} }), turn: async () => {} }
  const questions = new StreamQuestions({
    ...{ crypto, time, hub: { ask }, address, admits: () => false },
    log: (event) => events.push(event),
  })
  const datapath = new FakeDatapath({ interface: wish, port: 1, handleEvents: () => {} })
  return { questions, datapath, events }
}

const chunk = new Uint8Array(100).fill(3)
const source = { hops: 0, cached: false, ageS: 0, stale: false, neighbour: 0 }
const question = encodeStreamPacket([
  {
    ...{ type: 'interest', flags: 0 },
    interest: {
      ...{ token: 9, lifetimeMs: 0, hops: 0, rank: 0, answerBytes: 500, key: new Uint8Array(32) },
      question: { kind: 'chunk', via: new Uint8Array(32) },
    },
  },
])
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a question is asked of the hub, and what comes is sent back', async () => {
  const { questions, datapath } = lab(() => ({ kind: 'answer', answer: { kind: 'chunk', bytes: chunk }, source }))
  questions.handleOpen(datapath)
  datapath.ask?.({ from: address, to: address, bytes: question })
  await settled()
  const [answer] = datapath.answers
  if (answer === undefined) throw new Error('nothing was sent')
  const frames = decodeStreamPacket(concat(answer.head, answer.payload))
  const [frame] = typeof frames === 'string' ? [] : frames
  assert.ok(frame?.type === 'data' && frame.data.token === 9 && frame.data.payload.length === 100)
  assert.equal(
    [...questions.counters],
    [
      ['asked', 1],
      ['answered', 1],
      ['heard', 7],
    ],
  )
  questions.handleGone()
  assert.is(datapath.ask, undefined)
})

test('a refusal is told, also that of a node that is ending', async () => {
  for (const refuse of [
    (): Outcome => ({ kind: 'nack', reason: 'NoRoute', asked: [], retryMs: 0 }),
    (): Outcome => {
      throw new RunnelError('ABORTED')
    },
  ]) {
    const { questions, datapath } = lab(refuse)
    questions.handleOpen(datapath)
    datapath.ask?.({ from: address, to: address, bytes: question })
    await settled()
    assert.is(datapath.answers.length, 1)
    assert.is(questions.counters.get('refused'), 1)
  }
})

test('without the right to the socket it is said once, and the next interface is tried again', () => {
  const { questions, datapath, events } = lab(() => ({ kind: 'nack', reason: 'NoRoute', asked: [], retryMs: 0 }))
  datapath.refusal = new RunnelError('IO', 'not heard', { hint: 'CAP_NET_RAW' })
  questions.handleOpen(datapath)
  questions.handleGone()
  questions.handleOpen(datapath)
  assert.is(questions.problem?.message, 'not heard')
  assert.equal(
    events.map(({ event, reason }) => [event, reason]),
    [['protocol 253 is not heard', 'not heard']],
  )
  datapath.refusal = undefined
  questions.handleOpen(datapath)
  assert.is(questions.problem, undefined)
  assert.is.not(datapath.ask, undefined)
})

test.run()
