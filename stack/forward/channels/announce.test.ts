// Devices that announce themselves: whose word is taken, for how long, and who is told.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../../test/provider.js'
import { type AnnouncedRoute, encodeAnnounce, FrameType } from '../index.js'
import { Network } from '../testing/network.js'
import { signDeviceProof } from './device-proof.js'
import { MAX_PROOFS_AT_ONCE } from './limits.js'
import { announce, closings, eventsOf, open, openDevice } from './testing/devices.js'

const test = suite('forward/channels/announce')
const crypto = await openTestCrypto()

const seed = new Uint8Array(32).fill(9)
const device = crypto.ed25519.publicKeyFromSeed(seed)

/** What becomes of a route that a neighbour announces: how many there are, and what was counted. */
function announced(proofOf: (nowMs: number) => Uint8Array): { routes: number; drops: ReadonlyMap<string, number> } {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const peer = network.peer(router, () => {})
  const route: AnnouncedRoute = {
    kind: 'device',
    key: device,
    lifetimeS: 300,
    cost: 0,
    proof: proofOf(network.clock.nowMs),
  }
  peer.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes: [route] }))
  network.run(10)
  const { routes, counters } = router.machine.status()
  return { routes, drops: counters.drops }
}

// protocol.md §10.6 MUST: A route of a device whose proof does not verify
test('a device is believed until it says, within an hour and ten minutes, and nobody can say it for another', () => {
  const signed = (aheadMs: number) => (nowMs: number) => signDeviceProof(crypto, seed, nowMs + aheadMs)
  assert.is(announced(signed(3_600_000)).routes, 1)
  assert.is(announced(signed(4_199_000)).routes, 1)
  assert.is(announced(signed(-599_000)).routes, 1)
  assert.is(announced(signed(4_201_000)).drops.get('device future-time'), 1)
  assert.is(announced(signed(-601_000)).drops.get('device expired'), 1)
  const other = new Uint8Array(32).fill(8)
  const forged = announced((nowMs) => signDeviceProof(crypto, other, nowMs + 1_000))
  assert.equal([forged.routes, forged.drops.get('device bad-signature')], [0, 1])
  assert.is(announced(() => new Uint8Array(0)).drops.get('device too-short'), 1)
})

test('a route ends with its proof, however long it was announced for', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const peer = network.peer(router, () => {})
  const proof = signDeviceProof(crypto, seed, network.clock.nowMs - 540_000)
  const route: AnnouncedRoute = { kind: 'device', key: device, lifetimeS: 300, cost: 0, proof }
  peer.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes: [route] }))
  network.run(59_000)
  assert.is(router.machine.status().routes, 1)
  network.run(2_000)
  assert.is(router.machine.status().routes, 0)
})

test('a proof goes up as it is, across two routers, and a newer one after it', () => {
  const network = new Network(crypto)
  const root = network.node('root', { root: true })
  const router = network.node('router')
  const far = openDevice(network, crypto, 1)
  const near = openDevice(network, crypto, 2)
  network.link(router, root)
  network.link(near.node, router)
  network.link(far.node, root)
  network.settle()
  open(far.node, near.key)
  network.settle()
  assert.is(eventsOf(near.node, 'channel-opened').length, 1)
  network.run(1_800_000)
  announce(near.node, near.seed)
  // The first proof is over now; the second holds.
  network.run(1_800_000 + 660_000)
  open(far.node, near.key)
  network.settle()
  assert.is(eventsOf(near.node, 'channel-opened').length, 2)
})

test('who announces more devices than may be verified is heard later, and devices of others at once', () => {
  const network = new Network(crypto)
  const router = network.node('router', { root: true })
  const flooder = network.peer(router, () => {})
  const other = openDevice(network, crypto, 2)
  const other2 = openDevice(network, crypto, 3)
  for (let sent = 0; sent < MAX_PROOFS_AT_ONCE + 76; sent += 100) {
    const routes = Array.from({ length: 100 }, (_, index): AnnouncedRoute => {
      const key = crypto.hash(Uint8Array.of(sent >> 8, sent & 0xff, index))
      return { kind: 'device', key, lifetimeS: 300, cost: 0, proof: signDeviceProof(crypto, seed, network.clock.nowMs) }
    })
    flooder.send(FrameType.announce, 0, encodeAnnounce({ rank: 1, routes }))
  }
  network.run(10)
  assert.is(router.machine.status().counters.drops.get('device too-many'), 76)
  network.link(other.node, router)
  network.link(other2.node, router)
  network.settle()
  open(other2.node, other.key)
  network.settle()
  assert.equal(closings(other2.node), [])
})

test.run()
