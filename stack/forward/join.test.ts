// What rows of one question share, and what each keeps for itself: ages, hops, sizes, and what happens while they wait.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { answerOf, asked, bytesOf, outcomes, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'
import { encodeHeadAnswer, type HeldHead, haveOfHead } from '../data/index.js'
import { type Interest, type LocalInterest, MAX_HOPS } from './index.js'
import { type LocalResult, Network, type Peer } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/join')

const log = new SampleLog(crypto)
log.appendSizes(100)
const first = log.held
log.appendSizes(100)
const second = log.held
log.appendSizes(100)
const third = log.held
const chunk = sampleChunk(crypto)

/** A node with upstreams that do as the test says. */
function below(...answers: ((interest: Interest, peer: Peer) => void)[]) {
  const network = new Network(crypto)
  const node = network.node('node')
  const seen = answers.map((answer) => {
    const interests: Interest[] = []
    network.peer(node, asked(interests, answer), { upstream: true, rank: 0 })
    return interests
  })
  network.settle()
  return { network, node, seen }
}

/** Answers with a head, as its holder would answer this question. */
function give(held: HeldHead, ageS: number) {
  return ({ token, question }: Interest, peer: Peer): void => {
    if (question.kind !== 'head') throw new Error(`asked for a ${question.kind}`)
    speak.data(peer, token, encodeHeadAnswer(crypto, held, question.have), { ageS })
  }
}

function wantHead(maxAgeS: number, change: Partial<LocalInterest> = {}): LocalInterest {
  return { kind: 'head', key: log.log, maxAgeS, lifetimeMs: 4_000, ...change } as LocalInterest
}

function wantChunk(change: Partial<LocalInterest> = {}): LocalInterest {
  return { kind: 'chunk', key: chunk.name, via: filled(9), lifetimeMs: 4_000, ...change } as LocalInterest
}

function ageOf(result: LocalResult | undefined): number {
  return result?.kind === 'answer' ? result.source.ageS : -1
}

test('who wants it fresher and joins after the question has left is asked for again, of the same candidate', () => {
  let count = 0
  const { network, node, seen } = below((interest, peer) => give(second, count++ === 0 ? 50 : 0)(interest, peer))
  const [patient, strict] = [node.ask(wantHead(100)), node.ask(wantHead(5))]
  network.settle()
  assert.equal([ageOf(node.result(patient)), ageOf(node.result(strict))], [50, 0])
  assert.equal(
    seen[0]!.map(({ question }) => question.kind === 'head' && question.maxAgeS),
    [100, 5],
  )
})

test('an answer to what we had before is nobody to blame for, when that has changed meanwhile', () => {
  const { network, node, seen } = below((interest, peer) =>
    network.at(network.nowUs + 10_000, () => give(third, 0)(interest, peer)),
  )
  node.store.putHead(first, false, 1_000)
  const request = node.ask(wantHead(60))
  network.run(5)
  node.store.putHead(second, false, 1_000)
  network.settle()
  const answer = answerOf(node.result(request))
  assert.is(answer.kind === 'head' && answer.held.head.length, 3)
  assert.is(seen[0]!.length, 2)
  assert.is(node.machine.status().neighbours[0]!.share, 1)
})

test('of two who are too old the younger word counts, and a second that has begun as a whole one', () => {
  const { network, node } = below(give(second, 50), give(second, 90))
  const request = node.ask(wantHead(10, { staleOk: true }))
  network.settle()
  const result = node.result(request)
  assert.equal(result?.kind === 'answer' && [result.source.stale, result.source.ageS], [true, 51])
})

test('what came before somebody asked is no longer as new as it was, when nothing newer is to be had', () => {
  const { network, node } = below(give(second, 50), ({ token }, peer) =>
    network.at(network.nowUs + 700_000, () => speak.nack(peer, token, 'NoRoute')),
  )
  node.ask(wantHead(10))
  network.run(500)
  node.store.putHead(first, false, 1_000)
  const request = node.ask(wantHead(50, { staleOk: true }))
  network.run(300)
  const answer = answerOf(node.result(request))
  assert.is(answer.kind === 'head' && answer.held.head.length, 2)
  const result = node.result(request)
  assert.equal(result?.kind === 'answer' && [result.source.stale, result.source.ageS], [true, 51])
})

test('what this node writes itself is not replaced by what others say of it', () => {
  const { network, node } = below((interest, peer) =>
    network.at(network.nowUs + 10_000, () => give(third, 0)(interest, peer)),
  )
  const request = node.ask(wantHead(60))
  network.run(5)
  node.store.putHead(second, true)
  network.settle()
  assert.is(reasonOf(node.result(request)), 'answer')
  assert.is(node.store.findHead(log.log)!.held.head.length, 2)
})

// protocol.md §10.5 MUST: A forwarded Interest MUST have one hop less
test('a row without hops does not join what is on its way', () => {
  const { network, node, seen } = below(() => {})
  const waiting = node.ask(wantChunk())
  const near = node.ask(wantChunk({ hops: 0 }))
  network.settle()
  assert.equal([reasonOf(node.result(waiting)), reasonOf(node.result(near))], ['open', 'NoRoute'])
  assert.equal([seen[0]!.length, seen[0]![0]!.hops], [1, MAX_HOPS - 1])
})

test('what the store has lost is not read again while it is on its way', () => {
  const { network, node, seen } = below(({ token }, peer) =>
    network.at(network.nowUs + 10_000, () => speak.data(peer, token, chunk.bytes)),
  )
  node.store.chunks.set(chunk.name, chunk.bytes)
  node.store.damaged.add(chunk.name)
  const requests = [node.ask(wantChunk()), node.ask(wantChunk())]
  network.settle()
  for (const request of requests) assert.equal(bytesOf(node.result(request)), chunk.bytes)
  const { counters } = node.machine.status()
  assert.equal([counters.drops.get('read-missed'), counters.copiesSent, seen[0]!.length], [1, 1, 1])
})

// protocol.md §10.2 MUST: A payload longer than `answerBytes`
test('an answer that is longer than was asked for is a lie, even where it is true', () => {
  const { network, node } = below(({ token }, peer) => speak.data(peer, token, chunk.bytes))
  const request = node.ask(wantChunk({ answerBytes: 500 }))
  network.settle()
  assert.equal(outcomes(node.result(request)), ['lied'])
  assert.is(node.store.stored.length, 0)
})

test('a router that holds less than its askers asks for more when that is too big for what they want', () => {
  const { network, node, seen } = below((interest, peer) => {
    if (interest.answerBytes < 100_000) speak.nack(peer, interest.token, 'TooBig')
    else give(third, 0)(interest, peer)
  })
  const peer = network.peer(node, () => {})
  const question = { kind: 'head' as const, have: haveOfHead(second), maxAgeS: 60 }
  speak.interest(peer, { token: 1, key: log.log, question, answerBytes: 500 })
  network.settle()
  assert.equal(
    seen[0]!.map(({ answerBytes }) => answerBytes),
    [500, 123_300],
  )
  assert.is(node.machine.status().counters.answered, 1)
})

test('an upstream that answers again is as good as before', () => {
  const silent = [false, false]
  const refusing = [false, false]
  const { network, node, seen } = below(
    ...[0, 1].map((index) => ({ token, key }: Interest, peer: Peer) => {
      if (silent[index]) return
      if (refusing[index]) speak.nack(peer, token, 'NoRoute')
      else speak.data(peer, token, chunks.find(({ name }) => name.every((byte, at) => byte === key[at]))!.bytes)
    }),
  )
  const chunks = [1, 2, 3, 4].map((seed) => sampleChunk(crypto, seed))
  const round = (index: number): number[] => {
    for (const interests of seen) interests.length = 0
    node.ask(wantChunk({ key: chunks[index]!.name }))
    network.run(4_000)
    return seen.map((interests) => interests.length)
  }
  silent[0] = true
  assert.equal(round(0), [1, 1], 'the first is silent')
  silent[0] = false
  silent[1] = true
  refusing[0] = true
  assert.equal(round(1), [1, 1], 'then the second, and the first has nothing')
  silent[1] = false
  assert.equal(round(2), [1, 1])
  assert.equal(round(3), [0, 1], 'the second has answered since')
})

test.run()
