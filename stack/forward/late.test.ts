// What takes long: a question that waits for a neighbour's window longer than its lifetime, and an answer that comes when
// it was given up.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { bytesOf, publish, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import { concat, toHex } from '../bytes/index.js'
import { decodeInterest, encodeDataHead, FrameType, type LocalInterest } from './index.js'
import { MAX_LATE_CHUNKS } from './limits.js'
import { Network } from './testing/network.js'

const crypto = await openTestCrypto()
const test = suite('forward/late')

const log = filled(9)
const chunks = Array.from({ length: 40 }, (_, seed) => sampleChunk(crypto, seed, 50_000))

function want(key: Uint8Array, lifetimeMs = 4_000): LocalInterest {
  return { kind: 'chunk', key, via: log, lifetimeMs }
}

test('what the local program asks for waits for its turn on a slow link for longer than it may take then', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const reader = network.node('reader')
  const link = network.link(reader, router, { bytesPerSecond: 100_000 })
  publish(router, log, chunks)
  network.run(100)
  // 2 MB of which the link carries 0.4 MB in a lifetime.
  const requests = chunks.map(({ name }) => reader.ask(want(name)))
  network.run(25_000)
  requests.forEach((request, index) => {
    assert.equal(bytesOf(reader.result(request)), chunks[index]!.bytes)
  })
  assert.ok(link.downward.bytes < 1.05 * chunks.length * 50_000, 'nothing is sent twice')
})

/** A reader below a peer that is its upstream and answers only when told. */
function slowUpstream() {
  const network = new Network(crypto)
  const reader = network.node('reader')
  const tokens: number[] = []
  const keys: Uint8Array[] = []
  const peer = network.peer(
    reader,
    ({ type, body }) => {
      const interest = type === FrameType.interest ? decodeInterest(body) : 'other'
      if (typeof interest === 'string') return
      tokens.push(interest.token)
      keys.push(interest.key.slice())
    },
    { upstream: true, rank: 0 },
  )
  network.run(100)
  const answer = (token: number, payload: Uint8Array, total = payload.length): void => {
    const head = encodeDataHead({ token, offset: 0, total, bytesAllowed: 4_000_000, hops: 1, ageS: 0 })
    peer.send(FrameType.data, 0, concat(head, payload))
    network.run(100)
  }
  const status = () => reader.machine.status()
  return { network, reader, tokens, keys, answer, status }
}

test('who never gets a window is told so in the end', () => {
  const { network, reader, tokens } = slowUpstream()
  const request = reader.ask(want(chunks[0]!.name, 1_000))
  network.run(900)
  assert.equal([tokens.length, reasonOf(reader.result(request))], [1, 'open'])
  network.run(200)
  assert.is(reasonOf(reader.result(request)), 'Expired')
})

test('a chunk that comes late is kept, and answers who asks for it again', () => {
  const { network, reader, tokens, answer, status } = slowUpstream()
  const [chunk] = chunks
  const first = reader.ask(want(chunk!.name, 1_000))
  network.run(1_500)
  assert.is(reasonOf(reader.result(first)), 'Expired')
  const again = reader.ask(want(chunk!.name))
  network.run(100)
  answer(tokens[0]!, chunk!.bytes)
  assert.equal(bytesOf(reader.result(again)), chunk!.bytes)
  assert.equal(reader.store.chunks.get(chunk!.name), chunk!.bytes)
  answer(tokens[0]!, chunk!.bytes)
  assert.is(status().counters.drops.get('unknown-token'), 1, 'a token answers once')
  assert.equal([status().counters.chunksPassed, status().counters.duplicateBytes], [1, 0])
  answer(tokens[1]!, chunk!.bytes)
  assert.equal([status().counters.chunksPassed, status().counters.duplicateBytes], [1, chunk!.bytes.length])
})

test('a late chunk is checked like any other', () => {
  const { network, reader, tokens, answer, status } = slowUpstream()
  for (const [index, payload, total] of [
    [0, chunks[1]!.bytes, 50_000],
    [1, chunks[1]!.bytes.subarray(1), 50_000],
  ] as const) {
    reader.ask(want(chunks[index]!.name, 1_000))
    network.run(1_500)
    answer(tokens[index]!, payload, total)
    assert.is(status().neighbours[0]!.counters.blamed, index + 1)
  }
  assert.is(reader.store.stored.length, 0)
})

test('what waits for somebody who says nothing any more goes to somebody else', () => {
  const network = new Network(crypto)
  const reader = network.node('reader')
  const asked: Uint8Array[][] = [[], []]
  asked.forEach((keys, index) => {
    network.peer(
      reader,
      ({ type, body }, peer) => {
        const interest = type === FrameType.interest ? decodeInterest(body) : 'other'
        if (typeof interest === 'string') return
        keys.push(interest.key.slice())
        const chunk = chunks.find(({ name }) => toHex(name) === toHex(interest.key))
        if (index === 0 || chunk === undefined) return
        const { bytes } = chunk
        const head = encodeDataHead({
          token: interest.token,
          offset: 0,
          total: bytes.length,
          bytesAllowed: 4_000_000,
          hops: 1,
          ageS: 0,
        })
        peer.send(FrameType.data, 0, concat(head, bytes))
      },
      { upstream: true, rank: 0 },
    )
  })
  network.run(100)
  const requests = chunks.map(({ name }) => reader.ask(want(name)))
  network.run(5_000)
  assert.ok((asked[0]?.length ?? 0) < 10, 'the others waited for its window')
  for (const [index, request] of requests.entries()) {
    assert.equal(bytesOf(reader.result(request)), chunks[index]!.bytes)
  }
})

test('of what may come late only so much is remembered', () => {
  const { network, reader, tokens, keys, answer, status } = slowUpstream()
  const many = Array.from({ length: MAX_LATE_CHUNKS + 1 }, (_, seed) => sampleChunk(crypto, seed, 100))
  // Whose questions nobody answers may hold ever less of the window, so many ask.
  const others = Array.from({ length: 8 }, () => network.peer(reader, () => {}))
  for (const [index, { name }] of many.entries()) {
    const other = others[index % 16]
    const question = { kind: 'chunk' as const, via: filled(9) }
    if (other === undefined) reader.ask({ ...want(name, 1_000), answerBytes: 100 })
    else speak.interest(other, { token: 1 + index, key: name, question, answerBytes: 100, lifetimeMs: 4_000 })
  }
  network.run(12_000)
  assert.is(tokens.length, many.length)
  const bytes = new Map(many.map((chunk) => [toHex(chunk.name), chunk.bytes]))
  for (const [at, token] of tokens.entries()) answer(token, bytes.get(toHex(keys[at]!))!)
  assert.equal([...status().counters.drops], [['unknown-token', 1]])
})

test.run()
