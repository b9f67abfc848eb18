// Allowances both ways, and what a flooder can take from others: nothing but what they leave.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asked, bytesOf, publish, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import { openPortableCrypto } from '../crypto/index.js'
import { Egress, Grant } from './allowance.js'
import { FairQueue } from './fairness.js'
import { decodeNack, FrameType, type Interest, type NackReason } from './index.js'
import { MAX_ALLOWANCE_BYTES, MIN_ALLOWANCE_BYTES } from './limits.js'
import { Network } from './testing/network.js'

const crypto = await openPortableCrypto()
const test = suite('forward/fairness')

const log = filled(9)

function keyOf(index: number): Uint8Array {
  return crypto.hash(Uint8Array.of(1, index >> 16, index >> 8, index))
}

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

test('what a link carries in 200 ms is what is granted, within bounds', () => {
  const rates = [1_000, 1_000_000, 10_000_000, 1_000_000_000]
  const granted = rates.map((rate) => {
    const egress = new Egress()
    for (let nowUs = 0; nowUs < 4_000_000; nowUs += 10_000) {
      egress.handleSent(nowUs, rate / 100)
      egress.handleDrained(nowUs + 10_000, rate / 100)
      if (egress.queuedBytes !== 0) throw new Error('not drained')
    }
    return new Grant().tell(10_000_000, egress, 1, undefined)
  })
  assert.is(granted[0], 262_144, 'too little was sent to measure anything')
  assert.is(granted[1], 200_000)
  assert.is(granted[2], 2_000_000)
  assert.is(granted[3], MAX_ALLOWANCE_BYTES)
})

test('a grant stands for a round trip, and the larger of the last two is held against the neighbour', () => {
  const grant = new Grant()
  const egress = new Egress()
  assert.is(grant.tell(0, egress, 1, undefined), 262_144)
  assert.is(grant.tell(300_000, egress, 1, 100_000), 100_000)
  assert.is(grant.acceptedBytes, 262_144)
  assert.is(grant.tell(400_000, egress, 1, 300_000), 100_000)
  assert.is(grant.tell(600_000, egress, 1, 1), MIN_ALLOWANCE_BYTES)
  assert.is(grant.acceptedBytes, 100_000)
})

interface Job {
  readonly face: { share: number; name: number }
  readonly cost: number
}

test('several who wait get equal bytes, and a blamed one its smaller share', () => {
  const faces = [1, 1, 0.5].map((share, name) => ({ share, name }))
  const queue = new FairQueue<Job['face'], Job>()
  const costs = [61_440, 1_024, 30_000]
  for (const face of faces) {
    for (let index = 0; index < 2_000; index++) queue.add({ face, cost: costs[face.name]! })
  }
  const served = [0, 0, 0]
  for (let index = 0; index < 1_200; index++) {
    const job = queue.take()
    if (job === undefined) throw new Error('nothing fits an empty window')
    served[job.face.name]! += job.cost
    queue.release(job)
  }
  assert.ok(Math.abs(served[0]! / served[1]! - 1) < 0.1, `${served}`)
  assert.ok(Math.abs(served[2]! / served[0]! - 0.5) < 0.1, `${served}`)
})

test('whatever is added, removed and released, the window is kept and nobody waits in vain', () => {
  const action = fc.record({
    kind: fc.constantFrom('add', 'remove', 'release', 'take', 'allow'),
    face: fc.nat({ max: 3 }),
    cost: fc.integer({ min: 1, max: 400_000 }),
  })
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const faces = [1, 1, 0.25, 1 / 64].map((share, name) => ({ share, name }))
      const queue = new FairQueue<Job['face'], Job>()
      const waiting = new Set<Job>()
      const flying = new Set<Job>()
      const take = (): void => {
        for (let job = queue.take(); job !== undefined; job = queue.take()) {
          assert.ok(waiting.delete(job))
          flying.add(job)
          const total = [...flying].reduce((sum, { cost }) => sum + cost, 0)
          assert.is(queue.inFlightBytes, total)
          assert.ok(total <= Math.max(queue.allowedBytes, flying.size === 1 ? total : 0))
        }
        assert.ok(waiting.size === 0 || flying.size > 0, 'an empty window takes anything')
      }
      for (const { kind, face, cost } of actions) {
        const [job] = kind === 'remove' ? waiting : flying
        if (kind === 'add') {
          const added = { face: faces[face]!, cost }
          waiting.add(added)
          queue.add(added)
        } else if (kind === 'allow') {
          if (flying.size === 0) queue.allowedBytes = cost
        } else if (kind === 'take') take()
        else if (job !== undefined && kind === 'remove' && waiting.delete(job)) queue.remove(job)
        else if (job !== undefined && kind === 'release' && flying.delete(job)) queue.release(job)
      }
      take()
      for (const job of [...flying]) {
        flying.delete(job)
        queue.release(job)
        take()
      }
      while (flying.size > 0) {
        const [job] = flying
        flying.delete(job!)
        queue.release(job!)
        take()
      }
      assert.equal([waiting.size, queue.inFlightBytes, queue.sharers], [0, 0, 0])
    }),
    { numRuns: 300 },
  )
})

test.run()
