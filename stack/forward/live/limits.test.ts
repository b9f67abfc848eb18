// Followers that come and go as they like: tokens, credit and lifetime, more of them than there is room for, and ones that
// never read.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { asked, speak } from '../../../test/samples/forward.js'
import { SampleLog } from '../../../test/samples/log.js'
import { filled } from '../../../test/samples/name.js'
import { haveOfHead } from '../../data/index.js'
import { decodeData, decodeNack, FrameType, type Interest, InterestFlag, type Limits } from '../index.js'
import { Network, type Peer } from '../testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/live/limits')

/** A writer's node with a log of one entry. */
function writing(limits: Partial<Limits> = {}) {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  const node = network.node('writer', { root: true, limits })
  const append = (): void => {
    log.nowMs = network.clock.nowMs
    log.appendSizes(100)
    node.store.putHead(log.held, true)
    node.run(() => node.machine.handleLogChanged(node.clock, log.log))
  }
  append()
  return { network, log, node, append }
}

/** What a peer was told, in order: bytes of an answer, or why there is none. */
function told(network: Network, node: ReturnType<Network['node']>, options: Parameters<Network['peer']>[2] = {}) {
  const answers: { token: number; said: string | number }[] = []
  const peer = network.peer(
    node,
    ({ type, body }) => {
      const data = type === FrameType.data ? decodeData(body) : undefined
      const nack = type === FrameType.nack ? decodeNack(body) : undefined
      if (typeof data === 'object') answers.push({ token: data.token, said: data.total })
      if (typeof nack === 'object') answers.push({ token: nack.token, said: nack.reason })
    },
    options,
  )
  network.settle()
  return { peer, answers }
}

function follow(peer: Peer, log: Uint8Array, token: number, change: Partial<Interest> = {}, flags = 0): void {
  const question = { kind: 'head', have: haveOfHead(undefined), maxAgeS: 60 } as const
  const interest = { token, key: log, question, answerBytes: 1_000_000, lifetimeMs: 60_000, ...change }
  speak.interest(peer, interest, InterestFlag.live | InterestFlag.staleOk | flags)
}

test('a follower is answered until its lifetime is over, and told that it is', () => {
  const { network, log, node, append } = writing()
  const { peer, answers } = told(network, node)
  follow(peer, log.log, 1, { lifetimeMs: 5_000 })
  network.run(4_000)
  append()
  network.run(4_000)
  append()
  network.run(1_000)
  assert.equal(
    answers.map(({ said }) => typeof said),
    ['number', 'number', 'string'],
  )
  assert.is(answers[2]?.said, 'Expired')
  assert.is(node.machine.status().liveRows, 0)
})

test('the same token renews lifetime and credit, and is answered although nothing is new', () => {
  const { network, log, node, append } = writing()
  const { peer, answers } = told(network, node)
  follow(peer, log.log, 1)
  network.run(50_000)
  follow(peer, log.log, 1)
  network.run(50_000)
  append()
  network.run(100)
  assert.is(answers.length, 3)
  // A head, and three empty lengths: nothing of the page is sent again.
  assert.is(answers[1]?.said, 213)
  assert.is(node.machine.status().liveRows, 1)
})

test('without credit for the next answer it ends with TooBig, and with a credit of 0 silently', () => {
  const { network, log, node, append } = writing()
  const { peer, answers } = told(network, node)
  follow(peer, log.log, 1, { answerBytes: 500 })
  follow(peer, log.log, 2)
  network.run(1_000)
  append()
  network.run(100)
  assert.equal(
    answers.filter(({ token }) => token === 1).map(({ said }) => typeof said),
    ['number', 'string'],
  )
  assert.is(answers.find(({ token, said }) => token === 1 && typeof said === 'string')?.said, 'TooBig')
  follow(peer, log.log, 2, { answerBytes: 0 })
  network.run(100)
  const before = answers.length
  append()
  network.run(60_000)
  assert.is(answers.length, before)
  assert.is(node.machine.status().liveRows, 0)
})

// protocol.md §10.10 MUST: A LIVE Interest whose token is in use otherwise
test('tokens of live rows and of others are not taken twice', () => {
  const { network, log, node } = writing()
  const { peer, answers } = told(network, node)
  follow(peer, log.log, 1)
  speak.interest(peer, { token: 2, key: filled(7), question: { kind: 'chunk', via: filled(8) }, hops: 3 })
  network.settle()
  follow(peer, filled(9), 1)
  speak.interest(peer, { token: 1, key: filled(7), question: { kind: 'chunk', via: filled(8) } })
  network.settle()
  assert.is(node.machine.status().counters.drops.get('duplicate-token'), 2)
  assert.is(node.machine.status().liveRows, 1)
  assert.is(answers.filter(({ token }) => token === 1).length, 1)
})

test('a token of an Interest that waits does not become live', () => {
  const { network, log, node } = writing()
  network.peer(node, asked([]), { upstream: true, rank: 0 })
  const { peer } = told(network, node)
  speak.interest(peer, { token: 2, key: filled(7), question: { kind: 'chunk', via: filled(8) } })
  network.settle()
  follow(peer, log.log, 2)
  network.settle()
  assert.is(node.machine.status().counters.drops.get('duplicate-token'), 1)
  assert.is(node.machine.status().liveRows, 0)
})

test('one neighbour may follow so many and no more, and others are told as before', () => {
  const { network, log, node, append } = writing({ liveRowsPerFace: 8 })
  const greedy = told(network, node)
  const other = told(network, node)
  follow(other.peer, log.log, 1)
  for (let token = 1; token <= 9; token += 1) follow(greedy.peer, token === 1 ? log.log : filled(token), token)
  network.settle()
  assert.equal(
    greedy.answers.filter(({ said }) => said === 'Quota').map(({ token }) => token),
    [9],
  )
  assert.is(node.machine.status().counters.liveRefused, 1)
  append()
  network.settle()
  assert.is(other.answers.length, 2)
})

test('when there is no room at all, whoever follows the most makes room, and is told', () => {
  const { network, log, node } = writing({ liveRows: 8 })
  const greedy = told(network, node)
  for (let token = 1; token <= 9; token += 1) follow(greedy.peer, filled(token), token)
  network.settle()
  assert.equal(greedy.answers, [{ token: 9, said: 'Quota' }])
  const other = told(network, node)
  follow(other.peer, log.log, 1)
  network.settle()
  assert.equal(greedy.answers.at(-1), { token: 1, said: 'Quota' })
  assert.is(other.answers.length, 1)
  assert.is(node.machine.status().liveRows, 8)
})

test('who follows the most makes room in what an upstream takes, for who follows less', () => {
  const network = new Network(crypto)
  const node = network.node('router', { limits: { liveRowsPerFace: 8 } })
  const interests: Interest[] = []
  network.peer(node, asked(interests), { upstream: true, rank: 0 })
  const greedy = told(network, node)
  for (let token = 1; token <= 8; token += 1) follow(greedy.peer, filled(token), token)
  network.settle()
  const other = told(network, node)
  follow(other.peer, filled(20), 1)
  network.settle()
  assert.equal(greedy.answers, [{ token: 1, said: 'Quota' }])
  const opened = interests.filter(({ answerBytes }) => answerBytes > 0)
  assert.is(opened.length, 9)
  assert.is(node.machine.status().liveAsks, 8)
})

test('a follower that never reads costs a mark, and holds up nobody', () => {
  const { network, log, node, append } = writing()
  // A link that takes a byte a second.
  const slow = told(network, node, { bytesPerSecond: 1 })
  const other = told(network, node)
  follow(slow.peer, log.log, 1, { answerBytes: 0xff_ffff })
  follow(other.peer, log.log, 1, { answerBytes: 0xff_ffff })
  // Its Interest needs its time too.
  network.run(120_000)
  follow(other.peer, log.log, 1, { answerBytes: 0xff_ffff })
  for (let count = 0; count < 2_000; count += 1) {
    append()
    network.run(20)
  }
  const status = node.machine.status()
  const neighbour = status.neighbours.find(({ id }) => id === slow.peer.id)
  assert.is(status.queuedBytes, 0)
  assert.ok((neighbour?.queuedBytes ?? 0) < 300_000, String(neighbour?.queuedBytes))
  assert.ok(other.answers.filter(({ said }) => typeof said === 'number').length >= 1_990)
})

test.run()
