// Whoever is asked to keep us up to date and does not: with old, forged or forked heads, with silence, or with a flood. The
// next candidate is asked, and nobody is told anything but what verifies.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { speak } from '../../../test/samples/forward.js'
import { SampleLog } from '../../../test/samples/log.js'
import { filled } from '../../../test/samples/name.js'
import { concat } from '../../bytes/index.js'
import { encodeHeadAnswer, type HeldHead, haveOfHead } from '../../data/index.js'
import { DataFlag, decodeInterest, FrameType, type Interest, InterestFlag } from '../index.js'
import { Network, type Node, type Peer } from '../testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/live/lies')

/** A reader below a hostile router and an honest one, which is above the writer; the hostile one is asked first. */
function village() {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  const reader = network.node('reader')
  const interests: Interest[] = []
  const ended: number[] = []
  let answer: (interest: Interest, peer: Peer) => void = () => {}
  const hostile = network.peer(
    reader,
    ({ type, flags, body }, peer) => {
      const interest = type === FrameType.interest ? decodeInterest(body) : undefined
      if (typeof interest !== 'object' || (flags & InterestFlag.live) === 0) return
      if (interest.answerBytes === 0) ended.push(interest.token)
      else {
        interests.push(interest)
        answer(interest, peer)
      }
    },
    { upstream: true, rank: 0 },
  )
  const router = network.node('router', { root: true })
  network.link(reader, router)
  const writer = network.node('writer')
  network.link(writer, router)
  writer.refresh = () => writer.store.putHead(log.writer.refresh(network.clock.nowMs), true)
  writer.run(() => writer.machine.announce(writer.clock, 'log', log.log))
  const append = (): void => {
    log.nowMs = network.clock.nowMs
    log.appendSizes(100)
    writer.store.putHead(log.held, true)
    writer.run(() => writer.machine.handleLogChanged(writer.clock, log.log))
  }
  append()
  append()
  network.settle()
  return {
    network,
    log,
    reader,
    router,
    hostile,
    interests,
    ended,
    append,
    lie: (how: typeof answer) => {
      answer = how
    },
  }
}

function follow(node: Node, log: SampleLog): HeldHead[] {
  const heads: HeldHead[] = []
  const requestId = node.ask({ kind: 'head', key: log.log, maxAgeS: 60, lifetimeMs: 60_000, live: true })
  node.handleAnswer = (event) => {
    if (event.requestId === requestId && event.kind === 'answer' && event.answer.kind === 'head') {
      heads.push(event.answer.held)
    }
  }
  return heads
}

const lengths = (heads: readonly HeldHead[]): number[] => heads.map(({ head }) => head.length)

test('one that says nothing is kept beside the next, and ended when that one answers', () => {
  const { network, log, reader, ended, append } = village()
  const heads = follow(reader, log)
  network.run(4_100)
  assert.equal(lengths(heads), [2])
  assert.is(ended.length, 1)
  append()
  network.run(20)
  assert.equal(lengths(heads), [2, 3])
})

test('one that answers with an old head is not believed to keep us up to date', () => {
  const { network, log, reader, append, lie } = village()
  const [, old] = log.heads
  lie(({ token, question }, peer) => {
    if (question.kind === 'head') {
      speak.data(peer, token, encodeHeadAnswer(crypto, old!, question.have), { ageS: 3_600, flags: DataFlag.stale })
    }
  })
  const heads = follow(reader, log)
  network.run(1_000)
  assert.is(lengths(heads).at(-1), 2)
  append()
  network.run(20)
  assert.is(lengths(heads).at(-1), 3)
  assert.is(reader.machine.status().liveAsks, 1)
})

test('a head that nobody signed is a lie: its sender is to blame, and the next one is asked', () => {
  const { network, log, reader, hostile, append, lie } = village()
  lie(({ token }, peer) => {
    const payload = encodeHeadAnswer(crypto, log.held, haveOfHead(undefined))
    payload[20] = (payload[20] ?? 0) ^ 1
    speak.data(peer, token, payload)
  })
  const heads = follow(reader, log)
  network.run(100)
  assert.equal(lengths(heads), [2])
  append()
  network.run(20)
  assert.equal(lengths(heads), [2, 3])
  const { neighbours } = reader.machine.status()
  assert.ok((neighbours.find(({ id }) => id === hostile.id)?.share ?? 1) < 1)
})

test('the head of another log is a lie too', () => {
  const { network, log, reader, hostile, lie } = village()
  const other = new SampleLog(crypto, undefined, filled(77))
  other.nowMs = network.clock.nowMs
  other.appendSizes(10, 10, 10)
  lie(({ token }, peer) => speak.data(peer, token, encodeHeadAnswer(crypto, other.held, haveOfHead(undefined))))
  const heads = follow(reader, log)
  network.run(100)
  assert.equal(lengths(heads), [2])
  assert.ok((reader.machine.status().neighbours.find(({ id }) => id === hostile.id)?.share ?? 1) < 1)
})

test('a writer that forks while it is followed is shown to all who follow, and they stay', () => {
  const { network, log, reader, router, append } = village()
  const twin = log.fork(1)
  twin.nowMs = network.clock.nowMs
  twin.appendSizes(50)
  const below = network.node('below')
  network.link(below, router)
  const others = follow(below, log)
  const heads = follow(reader, log)
  network.run(4_100)
  assert.equal(lengths(heads), [2])
  assert.equal(lengths(others), [2])
  let forks = 0
  below.handleAnswer = (event) => {
    if (event.kind === 'answer' && event.answer.kind === 'head' && event.answer.fork !== undefined) forks += 1
  }
  append()
  network.run(100)
  assert.equal(lengths(heads), [2, 3])
  assert.is(forks, 0)
  router.store.handleStored({
    kind: 'store',
    what: 'fork',
    log: log.log,
    from: 0,
    fork: { log: log.log, first: log.held, second: twin.held },
  })
  router.run(() => router.machine.handleLogChanged(router.clock, log.log))
  network.run(100)
  assert.is(forks, 1)
  assert.is(below.machine.status().liveRows, 1)
})

test('one that floods with what is true is to blame', () => {
  const { network, log, reader, hostile, lie } = village()
  const held = log.held
  lie(({ token, question }, peer) => {
    if (question.kind !== 'head') return
    for (let count = 0; count < 4_000; count += 1) {
      speak.data(peer, token, encodeHeadAnswer(crypto, held, count === 0 ? question.have : haveOfHead(held)))
    }
  })
  const heads = follow(reader, log)
  network.run(5_000)
  assert.is(lengths(heads).at(-1), 2)
  assert.is(reader.machine.status().counters.drops.get('too-many'), 1)
  assert.ok((reader.machine.status().neighbours.find(({ id }) => id === hostile.id)?.share ?? 1) < 1)
})

test('an answer in pieces that do not fit each other is a lie', () => {
  const { network, log, reader, hostile, lie } = village()
  lie(({ token }, peer) => {
    const payload = concat(encodeHeadAnswer(crypto, log.held, haveOfHead(undefined)), new Uint8Array(100))
    speak.piece(peer, token, payload, 0, 100)
    speak.piece(peer, token, payload, 150, 200)
  })
  const heads = follow(reader, log)
  network.run(100)
  assert.equal(lengths(heads), [2])
  assert.ok((reader.machine.status().neighbours.find(({ id }) => id === hostile.id)?.share ?? 1) < 1)
})

test('what an ordinary question brings is told to followers, and what followers bring answers ordinary questions', () => {
  const { network, log, reader, router, append } = village()
  follow(reader, log)
  network.run(4_100)
  append()
  network.run(20)
  const before = router.machine.status().counters.copiesSent
  const below = network.node('below')
  network.link(below, router)
  network.settle()
  const request = below.ask({ kind: 'head', key: log.log, maxAgeS: 10, lifetimeMs: 4_000 })
  network.settle()
  const result = below.result(request)
  assert.is(result?.kind === 'answer' && result.answer.kind === 'head' && result.answer.held.head.length, 3)
  assert.is(router.machine.status().counters.copiesSent, before)
})

test.run()
