// One link for all: answers and channels share it by bytes, and what finds no place on it goes another way.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { asked, bytesOf, publish, reasonOf, sampleChunk, speak } from '../../test/samples/forward.js'
import { filled } from '../../test/samples/name.js'
import { signDeviceProof } from './channels/index.js'
import { accept, bytesTo, closings, eventsOf, open, openDevice, send } from './channels/testing/devices.js'
import { encodeAnnounce, FrameType, type Interest } from './index.js'
import { MAX_CONTROL_FRAMES } from './limits.js'
import { Network } from './testing/network.js'

const test = suite('forward/turns')
const crypto = await openTestCrypto()
const log = filled(9)

test('answers and a channel that both wait for a slow link get the same bytes each, and all of it comes', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const [a, b] = [openDevice(network, crypto, 1), openDevice(network, crypto, 2)]
  network.link(a.node, router)
  network.link(b.node, router, { bytesPerSecond: 500_000 })
  const chunks = Array.from({ length: 30 }, (_, seed) => sampleChunk(crypto, seed, 50_000))
  publish(router, log, chunks)
  network.run(1_000)
  const from = open(a.node, b.key)
  network.run(1_000)
  const to = accept(b.node)
  network.run(1_000)
  const lifetimeMs = 30_000
  const requests = chunks.map(({ name }) => b.node.ask({ kind: 'chunk', key: name, via: log, lifetimeMs }))
  const answered = () => requests.filter((request) => b.node.result(request) !== undefined).length * 50_000
  let sent = 0
  while (sent < 1_500_000) {
    while (sent < 1_500_000 && send(a.node, from, new Uint8Array(10_000))) sent += 10_000
    network.run(5)
    if (answered() >= 500_000 && answered() < 1_000_000) {
      const share = bytesTo(b.node, to) / answered()
      assert.ok(share > 0.4 && share < 2.5, `${share}`)
    }
  }
  network.run(10_000)
  assert.is(bytesTo(b.node, to), 1_500_000)
  requests.forEach((request, index) => {
    assert.equal(bytesOf(b.node.result(request)), chunks[index]?.bytes)
  })
})

test('a way whose link has no place for one more frame is left for the next one, and without one it is Busy', () => {
  for (const others of [1, 0]) {
    const network = new Network(crypto)
    const node = network.node('node', { root: true })
    const seed = filled(77)
    const far = crypto.ed25519.publicKeyFromSeed(seed)
    const opens: number[] = []
    const peers = Array.from({ length: 1 + others }, (_, index) =>
      network.peer(node, ({ type }) => type === FrameType.open && opens.push(index)),
    )
    peers.forEach((peer, cost) => {
      const proof = signDeviceProof(crypto, seed, network.clock.nowMs + 600_000)
      const routes = [{ kind: 'device' as const, key: far, lifetimeS: 300, cost, proof }]
      peer.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes }))
    })
    network.settle()
    const [full] = peers
    node.run(() => node.machine.handleQueue(node.clock, full?.id ?? 0, 10_000_000))
    for (let token = 1; token <= MAX_CONTROL_FRAMES; token++) {
      if (full === undefined) break
      speak.interest(full, { token, key: filled(3), question: { kind: 'chunk', via: log } })
    }
    network.run(200)
    open(node, far)
    network.run(200)
    assert.equal([opens, closings(node)], others === 1 ? [[1], []] : [[], ['Busy']])
    assert.is(eventsOf(node, 'channel-accepted').length, 0)
  }
})

test('a large answer that begins in its middle is refused, and the next one is asked', () => {
  const network = new Network(crypto)
  const node = network.node('node', { root: true })
  const chunk = sampleChunk(crypto, 1, 50_000)
  const interests: Interest[] = []
  const wrong = network.peer(
    node,
    asked(interests, ({ token }, peer) => speak.piece(peer, token, chunk.bytes, 1_000, 2_000)),
  )
  const right = network.peer(
    node,
    asked(interests, ({ token }, peer) => speak.data(peer, token, chunk.bytes)),
  )
  speak.announce(wrong, 1, 'log', [log])
  speak.announce(right, 1, 'log', [log], 5)
  network.settle()
  const request = node.ask({ kind: 'chunk', key: chunk.name, via: log, lifetimeMs: 4_000 })
  network.settle()
  assert.is(reasonOf(node.result(request)), 'answer')
  assert.is(interests.length, 2)
  assert.equal(bytesOf(node.result(request)), chunk.bytes)
})

test('bytes that were read for a question that is over are given back, and the question stays over', () => {
  const network = new Network(crypto)
  const node = network.node('node', { root: true })
  const bytes = new Uint8Array(10)
  node.machine.handleRead(network.clock, 99, undefined)
  assert.is(node.machine.pollEvent(), undefined)
  node.machine.handleRead(network.clock, 99, bytes)
  assert.equal(node.machine.pollEvent(), { kind: 'free', bytes })
  assert.is(node.machine.pollEvent(), undefined)
})

test.run()
