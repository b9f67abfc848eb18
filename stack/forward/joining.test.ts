// Who joins somebody else's question: a flooder who asked for it first, for less or for fresher than there is, must not
// cost the others their answer, or the time that its own queue takes.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { asked, reasonOf, speak } from '../../test/samples/forward.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { encodeHeadAnswer, haveOfHead } from '../data/index.js'
import { haveOf } from '../name/index.js'
import { DataFlag, type Interest, type LocalInterest, type Question } from './index.js'
import { MIN_ALLOWANCE_BYTES, PROBE_BYTES } from './limits.js'
import { Network, type Peer } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/joining')

const log = new SampleLog(crypto)
log.appendSizes(100)

/** A router below an upstream that does as the test says, and a flooder beside the local program. */
function crowd(answer: (interest: Interest, peer: Peer) => void) {
  const network = new Network(crypto)
  const router = network.node('router')
  const seen: Interest[] = []
  const nacks: number[] = []
  network.peer(router, asked(seen, answer), { upstream: true, rank: 0 })
  const flooder = network.peer(router, ({ type }) => void nacks.push(type))
  network.settle()
  const flood = (token: number, key: Uint8Array, question: Partial<Question> = {}, answerBytes = 1): void => {
    const head: Question = { kind: 'head', have: haveOfHead(undefined), maxAgeS: 0 }
    speak.interest(flooder, {
      token,
      key,
      answerBytes,
      lifetimeMs: 16_000,
      question: { ...head, ...question } as Question,
    })
    network.run(5)
  }
  const want = (): LocalInterest => ({ kind: 'head', key: log.log, maxAgeS: 60, lifetimeMs: 4_000 })
  return { network, router, seen, flood, want }
}

function payload(): Uint8Array {
  return encodeHeadAnswer(crypto, log.held, haveOfHead(undefined))
}

test('who joins a question that asked for too little does not wait in the queue of who asked first', () => {
  const { network, router, seen, flood, want } = crowd((interest, peer) => {
    if (interest.key[0] === 7 && interest.key[1] === 7) return
    if (interest.answerBytes < payload().length) speak.nack(peer, interest.token, 'TooBig')
    else speak.data(peer, interest.token, payload())
  })
  // It fills the window and leaves hundreds waiting; nobody answers those.
  for (let token = 1; token <= 600; token++)
    flood(
      token,
      filled(7)
        .with(2, token >> 8)
        .with(3, token & 255),
    )
  const request = router.ask(want())
  flood(1_000, log.log)
  network.run(500)
  assert.is(reasonOf(router.result(request)), 'answer')
  assert.ok(seen.length < 300, 'its own questions still wait')
})

test('who asks for names of 2 MiB that nobody has takes no more of a window than leaves room for a chunk', () => {
  const { network, router, seen, flood, want } = crowd((interest, peer) => {
    if (interest.key[0] !== 7) speak.data(peer, interest.token, payload())
    // The first one is told how much may be asked at once; the others are told nothing.
    else if (interest.key[1] === 1) speak.nack(peer, interest.token, 'NoRoute', 0, MIN_ALLOWANCE_BYTES)
  })
  const name: Question = { kind: 'name', have: haveOf(undefined), maxAgeS: 0 }
  for (let token = 1; token <= 20; token++) flood(token, filled(7).with(1, token), name, 2_097_152)
  assert.is(seen[0]!.answerBytes, PROBE_BYTES)
  const request = router.ask(want())
  network.run(500)
  assert.is(reasonOf(router.result(request)), 'answer')
})

test('who asked first, and still waits to be asked for, is asked for as much as the others want', () => {
  const { network, router, seen, flood, want } = crowd((interest, peer) => {
    if (interest.key[0] !== 7) speak.data(peer, interest.token, payload())
  })
  for (let token = 1; token <= 600; token++)
    flood(
      token,
      filled(7)
        .with(2, token >> 8)
        .with(3, token & 255),
    )
  flood(1_000, log.log)
  const request = router.ask(want())
  network.run(500)
  assert.is(reasonOf(router.result(request)), 'answer')
  assert.equal(
    seen.filter(({ key }) => key[0] !== 7).map(({ answerBytes }) => answerBytes > 1),
    [true],
  )
})

test('a state that is too old for one who waits is still asked for, and answers the others', () => {
  let stale = 0
  const { network, router, flood, want } = crowd((interest, peer) => {
    if (stale++ === 0) speak.data(peer, interest.token, payload(), { ageS: 5, flags: DataFlag.stale })
  })
  flood(1, log.log, {}, 123_300)
  const request = router.ask(want())
  network.run(500)
  assert.is(reasonOf(router.result(request)), 'answer')
})

test('every question for a state says that an older one is welcome', () => {
  const network = new Network(crypto)
  const router = network.node('router')
  const flags: number[] = []
  network.peer(router, (frame) => void (frame.type === 0x10 && flags.push(frame.flags)), { upstream: true, rank: 0 })
  network.settle()
  router.ask({ kind: 'head', key: log.log, maxAgeS: 60, lifetimeMs: 4_000 })
  router.ask({ kind: 'chunk', key: filled(8), via: log.log, lifetimeMs: 4_000 })
  network.run(100)
  assert.equal(flags, [0x10, 0])
})

test.run()
