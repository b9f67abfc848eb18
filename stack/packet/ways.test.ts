// Ways of packets: by labels, directly, after moves, through NATs; what they bear; and that nobody is flooded who has not
// asked.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { toHex } from '../bytes/index.js'
import { KEEP_ALIVE_US, MAX_GENERATIONS, SILENT_US } from './limits.js'
import { echo, udp } from './testing/packets.js'
import { introduce, statusOf, stream, two } from './testing/two.js'

const crypto = await openTestCrypto()
const test = suite('packet/ways')
const second = 1_000_000

test('by labels first, directly as soon as that is found, and the change loses nothing', () => {
  const world = two(crypto)
  const { network, a, b } = world
  introduce(world)
  assert.equal(new Set(stream(world, 200, 20_000)), new Set([1]))
  assert.ok(statusOf(a).way?.isDirect && statusOf(b).way?.isDirect)
  assert.equal(statusOf(a).way?.to, b.udp)
  assert.ok(network.router.drops.size === 0)
})

test('two behind NATs find each other', () => {
  const world = two(crypto, {}, { hasNat: true })
  introduce(world)
  stream(world, 100, 100_000)
  assert.ok(statusOf(world.a).way?.isDirect && statusOf(world.b).way?.isDirect)
})

test('where no direct way is to be had, the routers carry it for ever', () => {
  const world = two(crypto)
  world.network.isDirectShut = true
  introduce(world)
  assert.equal(new Set(stream(world, 200, second)), new Set([1]))
  assert.not(statusOf(world.a).way?.isDirect)
})

test('a device that moves is followed as soon as it is asked and answers', () => {
  const world = two(crypto)
  const { network, a, b } = world
  introduce(world)
  stream(world, 50, 100_000)
  network.move(a, 6_001, 60 * second)
  network.send(a, udp(a.address, b.address, [1000, 2000], new Uint8Array(8)))
  network.run(2 * second)
  assert.equal(statusOf(b).way?.to, a.udp)
  const before = a.received.length
  network.send(b, udp(b.address, a.address, [2000, 1000], new Uint8Array(8)))
  network.run(second)
  assert.is(a.received.length, before + 1)
})

// protocol.md §21.3 MUST: Until a source has answered
test('who sends from the address of somebody else brings that one no more than three times as much', () => {
  const world = two(crypto)
  const { network, a, b } = world
  stream(world, 20, 100_000)
  const victim = { address: Uint8Array.of(203, 0, 113, 9), port: 99 }
  let stolen: Uint8Array | undefined
  let [toVictim, fromVictim, times] = [0, 0, 0]
  network.watch = (from, to, bytes) => {
    if (to.port === victim.port) toVictim += bytes.length
    // The least that a sends, a question, is taken away on its second hop: it comes from the victim's address.
    if (from !== network.routerUdp || to !== b.udp || bytes.length > 43 || stolen !== undefined) return false
    stolen = bytes
    return true
  }
  while (times < 20) {
    network.send(a, udp(a.address, b.address, [1000, 2000], new Uint8Array(0)))
    network.run(3 * second)
    if (stolen === undefined) continue
    times++
    fromVictim += stolen.length
    b.datapath.handleDatagram(network.nowUs, stolen, victim)
    network.drain(b)
    network.run(3 * second)
    stolen = undefined
    assert.ok(toVictim <= 3 * fromVictim, `${toVictim} for ${fromVictim}`)
  }
  assert.ok(toVictim >= fromVictim)
})

test('a device that moves is followed though the first question there is lost', () => {
  const world = two(crypto)
  const { network, a, b } = world
  introduce(world)
  stream(world, 50, 100_000)
  network.move(a, 6_002, 600 * second)
  let lost = 0
  network.watch = (_from, to) => to === a.udp && lost++ < 2
  // Nothing but packets tells b where a is now: a asks nothing.
  const told = a.datapath.tell.bind(a.datapath)
  a.datapath.tell = (nowUs, command) => {
    if (command.type !== 'probe' || command.content[0] === 2) told(nowUs, command)
  }
  for (let number = 0; number < 40; number++) {
    network.send(a, udp(a.address, b.address, [1000, 2000], new Uint8Array(8)))
    network.run(100_000)
  }
  assert.ok(lost > 2)
  assert.equal(statusOf(b).way?.to, a.udp)
})

test('addresses that a peer names are tried a few times, at growing intervals', () => {
  const world = two(crypto)
  const { network, a, b } = world
  const victims = Array.from({ length: 8 }, (_, index) => ({ address: Uint8Array.of(203, 0, 113, index), port: 99 }))
  a.machine.setCandidates(network.nowUs, victims)
  network.drain(a)
  let toVictims = 0
  network.watch = (from, to) => {
    if (from === b.udp && to.port === 99) toVictims++
    return false
  }
  stream(world, 600, second)
  // Rounds of 8 × 5 at 0, 5, 15, 35, 75, 155, 315 and 615 s.
  assert.ok(toVictims >= 5 * 40 && toVictims <= 8 * 40, String(toVictims))
  // Naming others again and again hastens nothing.
  toVictims = 0
  for (let number = 0; number < 100; number++) {
    a.machine.setCandidates(network.nowUs, victims)
    network.drain(a)
    network.run(100_000)
  }
  assert.ok(toVictims <= 3 * 40, String(toVictims))
})

test('a direct way that falls silent is left for the labels, and found again', () => {
  const world = two(crypto)
  const { network, a } = world
  introduce(world)
  stream(world, 50, 100_000)
  assert.ok(statusOf(a).way?.isDirect)
  network.isDirectShut = true
  const arrived = stream(world, 60, second)
  const lost = arrived.filter((count) => count === 0).length
  assert.ok(lost <= SILENT_US / second + 12, `${lost} lost`)
  assert.not(statusOf(a).way?.isDirect)
  network.isDirectShut = false
  stream(world, 60, second)
  assert.ok(statusOf(a).way?.isDirect)
})

test('what a way bears is found out, and a program is told what is too large', () => {
  for (const tellsTooBig of [true, false]) {
    const { network, a, b } = two(crypto, {}, { linkBytes: 1_400, tellsTooBig })
    network.send(a, echo(a.address, b.address, 128, 1))
    network.run(30 * second)
    const { datagramBytes = 0 } = statusOf(a).way ?? {}
    assert.is(datagramBytes, tellsTooBig ? 1_400 : 1_392)
    const most = datagramBytes - 33 - 48
    network.send(a, udp(a.address, b.address, [1, 2], new Uint8Array(most)))
    network.send(a, udp(a.address, b.address, [1, 2], new Uint8Array(most + 1)))
    network.run(second)
    assert.is(b.received.at(-1)?.length, most + 48)
    assert.equal([a.received.at(-1)?.[40], b.received.length], [2, 2])
  }
})

test('a packet of 1280 bytes arrives whole over a way that is narrower', () => {
  const { network, a, b } = two(crypto, {}, { linkBytes: 600 })
  network.send(a, echo(a.address, b.address, 128, 1))
  network.run(60 * second)
  assert.is(statusOf(a).way?.datagramBytes, 512)
  const packet = udp(a.address, b.address, [1, 2], network.randomBytes(1_280 - 48))
  network.send(a, packet)
  network.run(second)
  assert.is(toHex(b.received.at(-1) ?? new Uint8Array(0)), toHex(packet))
})

test('keys of one peer are few, and an idle direct way is kept open', () => {
  const world = two(crypto)
  const { network, a } = world
  introduce(world)
  let keys = 0
  let most = 0
  const told = a.datapath.tell.bind(a.datapath)
  a.datapath.tell = (nowUs, command) => {
    if (command.type === 'add-keys') keys++
    if (command.type === 'remove-keys') keys--
    most = Math.max(most, keys)
    told(nowUs, command)
  }
  let lastUs = network.nowUs
  let gapUs = 0
  stream(world, 20, 100_000)
  network.watch = (from) => {
    if (from !== a.udp) return false
    gapUs = Math.max(gapUs, network.nowUs - lastUs)
    lastUs = network.nowUs
    return false
  }
  lastUs = network.nowUs
  network.run(280 * second)
  assert.ok(most <= MAX_GENERATIONS)
  assert.ok(gapUs > 0 && gapUs <= KEEP_ALIVE_US, String(gapUs))
})

test.run()
