// Who is asked to keep us up to date, and who instead of whom: upstreams that say nothing, a better one that comes, routes to
// below for those who may only go down, and no room.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { speak } from '../../../test/samples/forward.js'
import { SampleLog } from '../../../test/samples/log.js'
import { filled } from '../../../test/samples/name.js'
import { haveOfHead } from '../../data/index.js'
import { InterestFlag, type Limits } from '../index.js'
import { followLog, headPayload, type LivePeer, livePeer } from '../testing/live.js'
import { Network, type Node } from '../testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/live/candidates')

/** A reader, not a root, and a log of two entries that it does not have. */
function reading(limits: Partial<Limits> = {}) {
  const network = new Network(crypto)
  const log = new SampleLog(crypto)
  log.nowMs = network.clock.nowMs - 3_000
  log.appendSizes(100)
  log.appendSizes(100)
  const reader = network.node('reader', { limits })
  const upstream = (rank = 0): LivePeer => livePeer(network, reader, { upstream: true, rank })
  const below = (): LivePeer => livePeer(network, reader, { rank: 200 })
  /** Answers each question with the newest head. */
  const serve = (peer: LivePeer, ageS = 0): void => {
    peer.answer = ({ token }) => speak.data(peer, token, headPayload(network, log.held), { ageS })
  }
  const asks = (): number => reader.machine.status().liveAsks
  return { network, log, reader, upstream, below, serve, asks }
}

function askLive(
  peer: LivePeer,
  key: Uint8Array,
  token: number,
  maxAgeS = 60,
  flags = 0,
  have = haveOfHead(undefined),
) {
  const interest = { token, key, question: { kind: 'head', have, maxAgeS } as const, answerBytes: 1_000_000 }
  speak.interest(peer, { ...interest, lifetimeMs: 60_000 }, InterestFlag.live | InterestFlag.staleOk | flags)
}

const opened = (peer: LivePeer): number => new Set(peer.interests.map(({ token }) => token)).size

test('three that say nothing are asked at once, and the first is ended for the fourth', () => {
  const { network, log, reader, upstream, asks } = reading()
  const peers = [upstream(), upstream(), upstream(), upstream()]
  network.settle()
  const following = followLog(reader, log.log)
  network.run(8_100)
  assert.equal(peers.map(opened), [1, 1, 1, 0])
  assert.is(asks(), 3)
  network.run(4_000)
  assert.equal(peers.map(opened), [1, 1, 1, 1])
  assert.is(asks(), 3)
  assert.equal(
    peers.map(({ ended }) => ended.length),
    [1, 0, 0, 0],
  )
  // When the last one has said nothing either, the one that is not asked any more is, after a pause.
  assert.is(following.reached(), undefined)
  network.run(4_000)
  assert.is(following.reached(), false)
  network.run(1_100)
  assert.is(opened(peers[0]!), 2)
})

test('of routes that are not proven no more than three are asked at once', () => {
  const { network, log, reader, below, asks } = reading()
  const peers = [below(), below(), below(), below()]
  for (const peer of peers) speak.announce(peer, 200, 'log', [log.log])
  network.settle()
  followLog(reader, log.log)
  network.run(100)
  assert.equal(peers.map(opened), [1, 1, 1, 0])
  network.run(4_000)
  assert.is(opened(peers[3]!), 1)
  assert.is(asks(), 3)
})

test('an upstream whose rank becomes lower is asked beside the one that is asked, and takes its place when it answers', () => {
  const { network, log, reader, upstream, serve, asks } = reading()
  const [first, second] = [upstream(5), upstream(8)]
  network.settle()
  serve(first)
  const following = followLog(reader, log.log)
  network.run(1_000)
  assert.is(opened(second), 0)
  speak.announce(second, 3, 'log', [])
  network.run(100)
  assert.is(opened(second), 1)
  assert.is(first.ended.length, 0)
  speak.data(second, second.interests[0]?.token ?? 0, headPayload(network, log.held, log.held))
  network.run(100)
  assert.is(first.ended.length, 1)
  assert.is(asks(), 1)
  assert.is(following.reached(), true)
})

test('one that comes and is no better is not asked', () => {
  const { network, log, reader, upstream, serve, asks } = reading()
  serve(upstream())
  network.settle()
  followLog(reader, log.log)
  network.run(1_000)
  const late = upstream()
  network.run(1_000)
  assert.is(opened(late), 0)
  assert.is(asks(), 1)
})

test('a route that is announced is asked beside a good upstream, and given up when it says nothing', () => {
  const { network, log, reader, upstream, below, serve, asks } = reading()
  const [above, lower] = [upstream(5), below()]
  network.settle()
  serve(above)
  const following = followLog(reader, log.log)
  network.run(1_000)
  speak.announce(lower, 200, 'log', [log.log])
  network.run(100)
  assert.is(opened(lower), 1)
  // The next renewal of the good one ends it.
  network.run(20_000)
  assert.is(lower.ended.length, 1)
  assert.is(asks(), 1)
  // Whoever may only go down needs it all the same.
  const follower = livePeer(network, reader, { rank: 250 })
  askLive(follower, log.log, 1, 60, InterestFlag.down)
  network.run(100)
  assert.is(opened(lower), 2)
  assert.is(lower.down.size, 2)
  speak.data(lower, lower.interests.at(-1)?.token ?? 0, headPayload(network, log.held, log.held))
  network.run(100)
  assert.is(above.ended.length, 1)
  assert.is(following.reached(), true)
})

test('one below is kept beside a better one above as long as somebody follows who may only go down', () => {
  const { network, log, reader, upstream, below, serve, asks } = reading()
  const [above, lower] = [upstream(5), below()]
  speak.announce(above, 5, 'log', [log.log], 1)
  speak.announce(lower, 200, 'log', [log.log], 9)
  network.settle()
  serve(above)
  serve(lower)
  followLog(reader, log.log)
  network.run(1_000)
  const follower = livePeer(network, reader, { rank: 250 })
  askLive(follower, log.log, 1, 60, InterestFlag.down)
  network.run(1_000)
  assert.is(opened(lower), 2)
  network.run(30_000)
  assert.is(asks(), 2)
  assert.equal([above.ended.length, lower.ended.length], [0, 1])
  speak.interest(
    follower,
    { token: 1, key: log.log, question: { kind: 'head', have: haveOfHead(undefined), maxAgeS: 60 }, answerBytes: 0 },
    InterestFlag.live,
  )
  network.run(30_000)
  assert.equal([above.ended.length, lower.ended.length], [0, 2])
})

test('whom we ask asks us: it has nothing either, and another is asked', () => {
  const { network, log, reader, upstream, serve } = reading()
  const [first, second] = [upstream(), upstream()]
  network.settle()
  serve(second)
  const { lengths } = followLog(reader, log.log)
  network.settle()
  askLive(first, log.log, 7)
  network.settle()
  assert.equal(first.ended, [first.interests[0]?.token])
  assert.is(opened(second), 1)
  assert.equal(lengths, [2])
  assert.is(reader.machine.status().liveRows, 2)
})

test('a link that ends while its neighbour is asked has another asked, and one that comes back is asked again', () => {
  const { network, log, reader, upstream, serve, asks } = reading()
  const first = upstream()
  network.settle()
  serve(first)
  const following = followLog(reader, log.log)
  network.run(1_000)
  first.close()
  network.run(1_000)
  assert.is(asks(), 0)
  assert.is(following.reached(), false)
  const again = upstream()
  serve(again)
  network.run(100)
  assert.is(opened(again), 1)
  assert.is(following.reached(), true)
})

test('a follower that asks for a fresher state has the question renewed, at most once a second', () => {
  const { network, log, reader, upstream, serve } = reading()
  const first = upstream()
  network.settle()
  serve(first, 10)
  followLog(reader, log.log)
  network.run(100)
  const follower = livePeer(network, reader, { rank: 250 })
  askLive(follower, log.log, 1, 5)
  network.run(800)
  assert.is(first.interests.length, 1)
  network.run(200)
  assert.is(first.interests.length, 2)
  assert.is(opened(first), 1)
  const { question } = first.interests[1]!
  assert.is(question.kind === 'head' && question.maxAgeS, 5)
})

test('one that may go no hop further asks nobody, and is told what is held', () => {
  const { network, log, reader, upstream } = reading()
  const first = upstream()
  network.settle()
  reader.store.putHead(log.held, false, 3_600)
  const following = followLog(reader, log.log, { hops: 0 })
  network.run(10_000)
  assert.is(opened(first), 0)
  assert.equal(following.lengths, [2])
  assert.is(following.reached(), false)
})

test('who comes later is told at once whether anybody keeps the log up to date', () => {
  const { network, log, reader, upstream, serve, asks } = reading()
  serve(upstream())
  network.settle()
  followLog(reader, log.log)
  network.run(1_000)
  assert.is(followLog(reader, log.log).reached(), true)
  assert.is(asks(), 1)
})

const quota = (node: Node, requestId: number): string | undefined => {
  const result = node.result(requestId)
  return result?.kind === 'nack' ? result.reason : undefined
}

test('the local program makes room too, and is told; and is refused where it has the most already', () => {
  const { network, reader, below } = reading({ liveRows: 8 })
  const requests = Array.from({ length: 8 }, (_, index) => followLog(reader, filled(index + 1)).requestId)
  const ninth = followLog(reader, filled(9)).requestId
  assert.is(quota(reader, ninth), 'Quota')
  const follower = below()
  askLive(follower, filled(20), 1)
  network.settle()
  assert.equal(
    requests.map((requestId) => quota(reader, requestId)),
    ['Quota', ...Array.from({ length: 7 }, () => undefined)],
  )
  assert.equal(follower.nacks, [])
  assert.is(reader.machine.status().liveRows, 8)
})

test('nobody makes room at an upstream for one who follows as much, who is asked for when there is room', () => {
  const { network, reader, upstream, below, asks } = reading({ liveRowsPerFace: 8 })
  const [above, follower] = [upstream(), below()]
  network.settle()
  const requests = [1, 2, 3, 4].map((byte) => followLog(reader, filled(byte)).requestId)
  for (const token of [11, 12, 13, 14, 15]) askLive(follower, filled(token), token)
  network.run(1_500)
  assert.is(asks(), 8)
  assert.equal(follower.nacks, [])
  assert.not(above.interests.some(({ key }) => key[0] === 15))
  reader.run(() => reader.machine.cancelInterest(reader.clock, requests[0]!))
  network.run(5_000)
  assert.ok(above.interests.some(({ key }) => key[0] === 15))
})

test('who follows only what others follow too makes no room, for nothing would be gained', () => {
  const { network, reader, upstream, below, asks } = reading({ liveRowsPerFace: 8 })
  upstream()
  const [one, other] = [below(), below()]
  network.settle()
  for (let byte = 1; byte <= 8; byte += 1) {
    followLog(reader, filled(byte))
    askLive(one, filled(byte), byte)
  }
  network.settle()
  askLive(other, filled(20), 1)
  network.settle()
  assert.is(asks(), 8)
  assert.equal([...one.nacks, ...other.nacks], [])
  assert.is(reader.machine.status().liveRows, 17)
})

test('a renewal that says more than the row was given counts: nothing lower is told, and the next goes on from there', () => {
  const { network, log, reader, below } = reading()
  reader.store.putHead(log.heads[1]!, true)
  const follower = below()
  network.settle()
  askLive(follower, log.log, 1)
  network.settle()
  assert.is(follower.given.length, 1)
  askLive(follower, log.log, 1, 60, 0, haveOfHead(log.held))
  network.run(1_000)
  assert.is(follower.given.length, 1)
  const before = log.held
  log.nowMs = network.clock.nowMs - 1_000
  log.appendSizes(100)
  reader.store.putHead(log.held, true)
  reader.run(() => reader.machine.handleLogChanged(reader.clock, log.log))
  network.settle()
  assert.equal(follower.given.slice(1), [headPayload(network, log.held, before).length])
})

test('a writer is asked to sign again once a second, however many come', () => {
  const { network, log, reader, below } = reading()
  reader.store.putHead(log.heads[1]!, true)
  network.run(100_000)
  const followers = [below(), below(), below()]
  for (const peer of followers) askLive(peer, log.log, 1, 10)
  network.settle()
  const refreshes = (): number => reader.events.filter(({ kind }) => kind === 'refresh').length
  assert.is(refreshes(), 1)
  network.run(1_000)
  askLive(followers[0]!, log.log, 1, 10)
  network.settle()
  assert.is(refreshes(), 2)
})

test.run()
