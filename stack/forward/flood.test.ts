// Allowances both ways, and what a flooder can take from others: nothing but what they leave.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { asked, bytesOf, publish, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import { decodeData, decodeNack, FrameType, type Interest, type NackReason } from './index.js'
import { MIN_UPSTREAM_GRANT_BYTES } from './limits.js'
import { Network } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/flood')

const log = filled(9)

function keyOf(index: number): Uint8Array {
  return crypto.hash(Uint8Array.of(1, index >> 16, index >> 8, index))
}

// protocol.md §10.8 MUST: The answerBytes of all that a neighbour
test('the local program never has more outstanding with an upstream than that allows', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const seen: Interest[] = []
  const peer = network.peer(node, asked(seen), { upstream: true, rank: 0 })
  for (let index = 0; index < 20; index++) {
    node.ask({ kind: 'chunk', key: keyOf(index), via: log, lifetimeMs: 16_000 })
  }
  network.settle()
  const bytes = () => seen.reduce((sum, { answerBytes }) => sum + answerBytes, 0)
  assert.ok(bytes() <= 262_144 && bytes() > 262_144 - 2 * 61_440, `${bytes()}`)
  const before = seen.length
  speak.nack(peer, seen[0]!.token, 'NoRoute', 0, 20 * 61_440)
  network.settle()
  assert.ok(seen.length > before + 10, 'more was allowed')
})

// protocol.md §10.8 MUST: A single Interest MUST be accepted
test('a single question goes even where nothing is allowed', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const seen: Interest[] = []
  network.peer(
    node,
    asked(seen, ({ token }, peer) => speak.nack(peer, token, 'NoRoute', 0, 0)),
    { upstream: true, rank: 0 },
  )
  const requests = [0, 1, 2, 3, 4, 5].map((index) =>
    node.ask({ kind: 'chunk', key: keyOf(index), via: log, lifetimeMs: 4_000 }),
  )
  network.settle()
  assert.equal(
    requests.map((request) => reasonOf(node.result(request))),
    requests.map(() => 'NoRoute'),
  )
})

// protocol.md §10.8 MUST: The answerBytes of all that a neighbour
// protocol.md §10.8 MUST: A single Interest MUST be accepted
test('what exceeds the allowance is Busy, and a single question never is', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  network.peer(node, () => {}, { upstream: true, rank: 0 })
  const reasons: NackReason[] = []
  const peer = network.peer(node, ({ type, body }) => {
    const nack = type === FrameType.nack ? decodeNack(body) : 'other'
    if (typeof nack !== 'string') reasons.push(nack.reason)
  })
  for (let index = 0; index < 6; index++) {
    const question = { kind: 'chunk' as const, via: log }
    speak.interest(peer, { token: index + 1, key: keyOf(index), question, answerBytes: 61_440 })
  }
  network.settle()
  assert.equal(reasons, ['Busy', 'Busy'], 'four times 61,440 are within 262,144')
  const lone = network.peer(node, () => {})
  const question = { kind: 'name' as const, have: { k: 0, serial: 0, versions: [] }, maxAgeS: 60 }
  speak.interest(lone, { token: 1, key: filled(1), question, answerBytes: 2_097_152 })
  network.settle()
  assert.is(node.machine.status().neighbours[2]!.outstandingBytes, 2_097_152)
})

// protocol.md §10.9 MUST: After Busy and Quota the asker MUST wait
test('after Busy the same candidate is asked again, not before the time that it said', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const times: number[] = []
  const chunk = sampleChunk(crypto)
  network.peer(
    node,
    asked([], ({ token }, peer) => {
      times.push(network.nowUs)
      if (times.length < 3) speak.nack(peer, token, 'Busy', 300)
      else speak.data(peer, token, chunk.bytes)
    }),
    { upstream: true, rank: 0 },
  )
  const request = node.ask({ kind: 'chunk', key: chunk.name, via: log, lifetimeMs: 8_000 })
  network.run(2_000)
  assert.equal(bytesOf(node.result(request)), chunk.bytes)
  assert.is(times.length, 3)
  assert.ok(times[1]! - times[0]! >= 300_000 && times[2]! - times[1]! >= 300_000)
})

// protocol.md §10.9 MUST: After Busy and Quota the asker MUST wait
test('after Busy nothing else is asked of the candidate either before the time that it said', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const times: number[] = []
  network.peer(
    node,
    asked([], ({ token }, peer) => {
      times.push(network.nowUs)
      if (times.length === 1) speak.nack(peer, token, 'Busy', 300)
    }),
    { upstream: true, rank: 0 },
  )
  node.ask({ kind: 'chunk', key: sampleChunk(crypto, 1).name, via: log, lifetimeMs: 8_000 })
  network.run(100)
  node.ask({ kind: 'chunk', key: sampleChunk(crypto, 2).name, via: log, lifetimeMs: 8_000 })
  network.run(100)
  assert.is(times.length, 1)
  network.run(200)
  assert.is(times.length, 3)
})

// protocol.md §10.9 MUST: After Busy and Quota the asker MUST wait
test('a candidate that is always busy is given up, and does not make us ask in a loop', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const seen: Interest[] = []
  network.peer(
    node,
    asked(seen, ({ token }, peer) => speak.nack(peer, token, 'Busy', 0)),
    { upstream: true, rank: 0 },
  )
  const request = node.ask({ kind: 'chunk', key: filled(1), via: log, lifetimeMs: 16_000 })
  network.run(2_000)
  assert.is(reasonOf(node.result(request)), 'Busy')
  assert.is(seen.length, 4)
})

test('a candidate that is busy for longer than anyone waits is given up at once', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  network.peer(
    node,
    asked([], ({ token }, peer) => speak.nack(peer, token, 'Quota', 10_000)),
    { upstream: true, rank: 0 },
  )
  const request = node.ask({ kind: 'chunk', key: filled(1), via: log, lifetimeMs: 4_000 })
  network.settle()
  assert.is(reasonOf(node.result(request)), 'Quota')
})

test('who waits for our upstream is granted enough for a few chunks, however small the window is there', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const chunks = [1, 2, 3, 4].map((seed) => sampleChunk(crypto, seed, 60_000))
  const slow = asked([], ({ token, key }, peer) => {
    const found = chunks.find(({ name }) => name.every((byte, at) => byte === key[at]))
    network.at(network.nowUs + 300_000, () => speak.data(peer, token, found!.bytes, { bytesAllowed: 70_000 }))
  })
  network.peer(node, slow, { upstream: true, rank: 0 })
  const granted: number[] = []
  const reader = network.peer(node, ({ type, body }) => {
    const data = type === FrameType.data ? decodeData(body) : 'other'
    if (typeof data !== 'string') granted.push(data.bytesAllowed)
  })
  chunks.forEach(({ name }, index) => {
    const question = { kind: 'chunk' as const, via: log }
    speak.interest(reader, { token: index + 1, key: name, question, answerBytes: 60_000, lifetimeMs: 8_000 })
  })
  network.run(5_000)
  assert.is(granted.length, 4)
  assert.equal(new Set(granted), new Set([MIN_UPSTREAM_GRANT_BYTES]))
})

test('ten thousand Interests of one neighbour leave the others what they had', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const [publisher, reader] = [network.node('publisher'), network.node('reader')]
  network.link(publisher, router)
  network.link(reader, router)
  const chunks = Array.from({ length: 30 }, (_, index) => sampleChunk(crypto, index, 40_000))
  publish(publisher, log, chunks)
  // The flooder asks for what the publisher does not have, or, worse, what a silent friend pretends to have.
  const friend = network.peer(router, () => {})
  speak.announce(friend, 9, 'log', [filled(66)])
  const reasons: NackReason[] = []
  const flooder = network.peer(router, ({ type, body }) => {
    const nack = type === FrameType.nack ? decodeNack(body) : 'other'
    if (typeof nack !== 'string') reasons.push(nack.reason)
  })
  network.settle()
  for (let index = 0; index < 10_000; index++) {
    const via = index % 2 === 0 ? log : filled(66)
    const question = { kind: 'chunk' as const, via }
    speak.interest(flooder, { token: index + 1, key: keyOf(index), question, answerBytes: 1, lifetimeMs: 16_000 })
  }
  network.run(20)
  const started = network.nowUs
  const requests = chunks.map(({ name }) => reader.ask({ kind: 'chunk', key: name, via: log, lifetimeMs: 4_000 }))
  network.run(300)
  chunks.forEach(({ bytes }, index) => {
    assert.equal(bytesOf(reader.result(requests[index]!)), bytes)
  })
  assert.ok(network.nowUs - started <= 300_000)
  assert.ok(reasons.includes('Quota'))
  assert.ok(router.machine.status().interests <= 4_096)
  network.run(20_000)
  assert.is(router.machine.status().interests, 0)
})

test('who holds every slot of an upstream with silence leaves half of them to whoever comes', () => {
  const network = new Network(crypto)
  const node = network.node('node')
  const chunks = Array.from({ length: 12 }, (_, index) => sampleChunk(crypto, index, 10_000))
  const seen: Interest[] = []
  // The upstream answers for what exists and says nothing for the rest.
  network.peer(
    node,
    asked(seen, ({ token, key }, peer) => {
      const found = chunks.find(({ name }) => name.every((byte, at) => byte === key[at]))
      if (found !== undefined) speak.data(peer, token, found.bytes)
    }),
    { upstream: true, rank: 0 },
  )
  const flooder = network.peer(node, () => {})
  const flood = (from: number): void => {
    for (let index = from; index < from + 4; index++) {
      const question = { kind: 'chunk' as const, via: log }
      speak.interest(flooder, { token: index + 1, key: keyOf(index), question, lifetimeMs: 16_000 })
    }
  }
  for (let round = 0; round < 5; round++) flood(4 * round)
  network.settle()
  const requests = chunks.map(({ name }) => node.ask({ kind: 'chunk', key: name, via: log, lifetimeMs: 4_000 }))
  network.run(500)
  assert.equal(
    requests.map((request) => reasonOf(node.result(request))),
    requests.map(() => 'answer'),
  )
})

test('an answer waits here, not in the link, and leaves as the link delivers', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const chunks = Array.from({ length: 4 }, (_, index) => sampleChunk(crypto, index, 60_000))
  publish(router, log, chunks)
  let answers = 0
  const count = ({ type }: { type: number }): void => {
    if (type === FrameType.data) answers++
  }
  const reader = network.peer(router, count, { bytesPerSecond: 100_000 })
  chunks.forEach(({ name }, index) => {
    const question = { kind: 'chunk' as const, via: log }
    speak.interest(reader, { token: index + 1, key: name, question, answerBytes: 60_000, lifetimeMs: 8_000 })
  })
  network.run(100)
  const status = router.machine.status()
  assert.is(status.queuedBytes, 60_000)
  assert.ok(status.neighbours[0]!.queuedBytes <= 131_072 + 60_100)
  network.run(6_000)
  assert.is(answers, 4)
  assert.is(router.machine.status().queuedBytes, 0)
})

test.run()
