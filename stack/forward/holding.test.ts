// Questions for which there is no way up just now: what waits, for how long, and what it becomes.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { asked, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import { decodeNack, FrameType, type Interest, InterestFlag, type LocalInterest } from './index.js'
import { HELD_LOOK_US, HOLD_US } from './limits.js'
import { Network, type Node } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/holding')

const log = filled(9)
const chunk = sampleChunk(crypto)
const want: LocalInterest = { kind: 'chunk', key: chunk.name, via: log, lifetimeMs: 16_000 }
const question = { kind: 'chunk', via: log } as const
const holdMs = HOLD_US / 1_000

/** A router that had a way up until just now, and a neighbour below it with the times and reasons of its Nacks. */
function cutOff() {
  const network = new Network(crypto)
  const router = network.node('router')
  const before = network.peer(router, asked([]), { upstream: true, rank: 0 })
  const below = asker(network, router)
  network.settle()
  before.close()
  return { network, router, below, lostUs: network.nowUs }
}

function asker(network: Network, router: Node) {
  const nacks: { reason: string; atUs: number }[] = []
  const peer = network.peer(router, ({ type, body }) => {
    const nack = type === FrameType.nack ? decodeNack(body) : 'other'
    if (typeof nack !== 'string') nacks.push({ reason: nack.reason, atUs: network.nowUs })
  })
  const ask = (token: number, change: { key?: Uint8Array; lifetimeMs?: number } = {}, flags = 0): void =>
    speak.interest(peer, { token, key: chunk.name, question, lifetimeMs: 16_000, ...change }, flags)
  return { peer, nacks, ask }
}

/** A new upstream: what it is asked. */
function above(network: Network, router: Node, rank = 0) {
  const interests: Interest[] = []
  return { interests, peer: network.peer(router, asked(interests), { upstream: true, rank }) }
}

test('who asks while the way up is lost is not refused, and the question goes up with the next link', () => {
  const { network, router, below } = cutOff()
  below.ask(1)
  network.run(1_000)
  assert.equal(below.nacks, [])
  const { interests } = above(network, router)
  network.settle()
  assert.is(interests.length, 1)
  assert.is(below.nacks.length, 0)
  assert.ok(interests[0]!.lifetimeMs < 15_000, 'what it has waited is not given again')
})

test('what was asked of a link that ends waits for the next one', () => {
  const network = new Network(crypto)
  const router = network.node('router')
  const first = above(network, router)
  const local = router.ask(want)
  network.settle()
  assert.is(first.interests.length, 1)
  first.peer.close()
  network.settle()
  assert.is(reasonOf(router.result(local)), 'open')
  const second = above(network, router)
  network.settle()
  assert.is(second.interests.length, 1)
})

test('when the time is over all who wait are refused, and who comes later is at once', () => {
  const { network, router, below, lostUs } = cutOff()
  network.run(1_000)
  below.ask(1)
  const local = router.ask(want)
  network.run(holdMs)
  assert.equal(
    below.nacks.map(({ reason }) => reason),
    ['NoRoute'],
  )
  const heldUs = below.nacks[0]!.atUs - lostUs
  assert.ok(heldUs >= HOLD_US && heldUs < HOLD_US + 10_000, `${heldUs} µs after the link`)
  assert.is(reasonOf(router.result(local)), 'NoRoute')
  const late = router.ask(want)
  assert.is(reasonOf(router.result(late)), 'NoRoute')
  assert.is(router.machine.status().questions, 0)
})

test('a node that has had no way up yet waits from its first question on', () => {
  const network = new Network(crypto)
  const router = network.node('router')
  network.run(10_000)
  const local = router.ask(want)
  network.run(holdMs - 100)
  assert.is(reasonOf(router.result(local)), 'open')
  network.run(200)
  assert.is(reasonOf(router.result(local)), 'NoRoute')
})

test('an upstream without a way of its own is none: it is asked when it says a lower rank', () => {
  const { network, router, below } = cutOff()
  below.ask(1)
  const { interests, peer } = above(network, router, 254)
  network.settle()
  assert.equal([interests.length, below.nacks.length], [0, 0])
  speak.announce(peer, 1, 'log', [])
  network.settle()
  assert.is(interests.length, 1)
})

test('a way to the key itself is taken too', () => {
  const { network, router, below } = cutOff()
  below.ask(1)
  const interests: Interest[] = []
  const holder = network.peer(router, asked(interests))
  network.settle()
  speak.announce(holder, 9, 'log', [filled(8)])
  network.settle()
  assert.is(interests.length, 0)
  speak.announce(holder, 9, 'log', [log])
  network.run((2 * HELD_LOOK_US) / 1_000)
  assert.is(interests.length, 1)
  assert.is(below.nacks.length, 0)
})

test('a row that waits ends with its own lifetime, and what nobody waits for any more is not asked', () => {
  const { network, router, below } = cutOff()
  below.ask(1, { lifetimeMs: 1_000 })
  const local = router.ask({ ...want, key: filled(50) })
  network.run(1_100)
  assert.equal(
    below.nacks.map(({ reason }) => reason),
    ['Expired'],
  )
  router.run(() => router.machine.cancelInterest(router.clock, local))
  assert.is(router.machine.status().questions, 0)
  const { interests } = above(network, router)
  network.settle()
  assert.is(interests.length, 0)
})

test('several who wait for the same cost one copy', () => {
  const { network, router, below } = cutOff()
  const other = asker(network, router)
  below.ask(1)
  other.ask(1)
  network.settle()
  assert.is(router.machine.status().interests, 2)
  const { interests } = above(network, router)
  network.settle()
  assert.is(interests.length, 1)
})

test('what may only go down waits for no way up, whether it comes first or joins', () => {
  const { network, below } = cutOff()
  below.ask(1, {}, InterestFlag.down)
  network.settle()
  assert.equal(
    below.nacks.map(({ reason }) => reason),
    ['NoRoute'],
  )
  below.ask(2)
  below.ask(3, {}, InterestFlag.down)
  network.settle()
  assert.equal(
    below.nacks.map(({ reason }) => reason),
    ['NoRoute', 'NoRoute'],
  )
})

test('a root, or a node that still has another way up, refuses at once', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const local = root.ask(want)
  assert.is(reasonOf(root.result(local)), 'NoRoute')
  const router = network.node('router')
  const refusing = asked([], (interest, peer) => speak.nack(peer, interest.token, 'NoRoute'))
  network.peer(router, refusing, { upstream: true, rank: 0 })
  const second = network.peer(router, refusing, { upstream: true, rank: 0 })
  network.settle()
  second.close()
  const below = asker(network, router)
  below.ask(1)
  network.settle()
  assert.equal(
    below.nacks.map(({ reason }) => reason),
    ['NoRoute'],
  )
})

test.run()
