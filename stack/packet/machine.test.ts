// Whole machines over a network: packets arrive at most once, none leaves unsealed, new keys lose nothing, and nothing comes
// in that no rule allows.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { compare, toHex } from '../bytes/index.js'
import { IDLE_US, LAST_KEYS_US, REKEY_US } from './limits.js'
import { type Device, PacketNetwork } from './testing/network.js'
import { echo, packet, tcp, udp } from './testing/packets.js'
import { drops, introduce, marker, open, statusOf, stream, two } from './testing/two.js'

const crypto = await openTestCrypto()
const test = suite('packet/machine')
const second = 1_000_000

test('the first packet dials, waits and arrives, and its answer comes back', () => {
  const { network, a, b } = two(crypto)
  const asked = echo(a.address, b.address, 128, 7)
  network.send(a, asked)
  network.run(second)
  assert.equal(b.received.map(toHex), [toHex(asked)])
  const answer = echo(b.address, a.address, 129, 7)
  network.send(b, answer)
  network.run(second)
  assert.equal(a.received.map(toHex), [toHex(answer)])
  assert.equal([drops(a), drops(b)], [{}, {}])
})

test('a device is measured on the way that its packets go by, also before there is one, once for each time', () => {
  const { network, a, b } = two(crypto)
  assert.ok(a.machine.measure(network.nowUs, b.key))
  network.drain(a)
  network.run(5 * second)
  assert.is(a.measured.length, 1)
  a.machine.measure(network.nowUs, b.key)
  network.drain(a)
  network.run(5 * second)
  const [, again = 0] = a.measured
  assert.is(a.measured.length, 2)
  assert.ok(again > 0 && again < second)
  assert.not(a.machine.measure(network.nowUs, a.key), 'nobody measures itself')
})

// protocol.md §21.2 MUST: A side MUST NOT seal
test('new keys every two minutes lose nothing', () => {
  const world = two(crypto, { jitterUs: 30_000 })
  const { network, a } = world
  const indexes = new Set<number>()
  network.watch = (from, _to, bytes) => {
    if (from === a.udp) indexes.add(new DataView(bytes.buffer, bytes.byteOffset).getUint32(4))
    return false
  }
  assert.equal(new Set(stream(world, 1_300, 500_000)), new Set([1]))
  // Five changes in 650 s, each with another label.
  assert.is(indexes.size, 1 + Math.floor((650 * second) / REKEY_US))
})

test('new keys lose nothing, whoever begins them, be datagrams slower than what is said about the keys or quicker', () => {
  for (const [talkUs, jitterUs] of [
    [300_000, 0],
    [12_000, 250_000],
  ] as const) {
    const world = two(crypto, { talkUs, jitterUs })
    const { network } = world
    introduce(world)
    const newest = new Map<Device, number>()
    let agreed = 0
    for (const device of network.devices) {
      const told = device.datapath.tell.bind(device.datapath)
      device.datapath.tell = (nowUs, command) => {
        if (command.type === 'add-keys') newest.set(device, command.index)
        if (command.type === 'add-keys') agreed++
        told(nowUs, command)
      }
    }
    stream(world, 20, 100_000)
    const arrived = stream(world, 1_000, 5_000, (number) => {
      const device = network.devices[number / 400]
      if (device === undefined) return
      device.machine.handleDatapathEvent(network.nowUs, { type: 'spent', index: newest.get(device) ?? 0 })
      network.drain(device)
    })
    assert.is(agreed, 6)
    assert.equal(new Set(arrived), new Set([1]))
  }
})

test('new keys lose nothing while what is said about them is held up for long', () => {
  const world = two(crypto)
  introduce(world)
  const arrived = stream(world, 700, 500_000, (number) => {
    if (number % 240 === 235) world.network.stallTalks(100 * second)
  })
  assert.equal(new Set(arrived), new Set([1]))
})

test('a direct way outlives the router for as long as keys may serve, and no longer', () => {
  const world = two(crypto)
  const { network, a, b } = world
  introduce(world)
  stream(world, 10, second)
  network.isRouterDown = true
  const lasts = Math.floor(LAST_KEYS_US / second) - REKEY_US / second
  assert.equal(new Set(stream(world, lasts, second)), new Set([1]))
  network.run(2 * REKEY_US)
  assert.is(statusOf(a).way, undefined)
  network.isRouterDown = false
  assert.ok(
    stream(world, 60, second)
      .slice(30)
      .every((count) => count === 1),
  )
  assert.ok(drops(b).seal === undefined)
})

test('nothing arrives twice, and little of what the network carries is lost, however bad it is', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(),
        jitterUs: fc.nat({ max: 200_000 }),
        loss: fc.constantFrom(0, 0.1, 0.3),
        doubled: fc.constantFrom(0, 0.3),
      }),
      fc.boolean(),
      fc.constantFrom(0, 5, 20),
      (options, isIntroduced, movesEveryS) => {
        const world = two(crypto, options)
        const { network, a } = world
        if (isIntroduced) introduce(world)
        const secrets = toHex(marker)
        network.watch = (_from, _to, bytes) => {
          assert.not(toHex(bytes).includes(secrets), 'it leaves sealed')
          return false
        }
        const arrived = stream(world, 600, 250_000, (number) => {
          if (movesEveryS > 0 && number % (4 * movesEveryS) === 4 * movesEveryS - 1) network.move(a, 5_000 + number)
        })
        assert.ok(arrived.every((count) => count <= 1))
        const share = arrived.filter((count) => count === 1).length / arrived.length
        assert.ok(
          share > 1 - options.loss * 2.2 - (movesEveryS > 0 ? 0.2 : 0.02),
          `${share} of ${JSON.stringify(options)}`,
        )
      },
    ),
    { numRuns: 12 },
  )
})

test('nothing comes in without a rule, but an echo and what was asked for', () => {
  const { network, a, b } = two(crypto)
  b.machine.setRules(network.nowUs, [])
  network.send(a, tcp(a.address, b.address, [5000, 22], 2))
  network.send(a, udp(a.address, b.address, [5000, 53], new Uint8Array(4)))
  network.run(second)
  assert.equal(b.received, [])
  assert.equal(drops(b), { denied: 2 })
  // Who knocks learns nothing.
  assert.equal(a.received, [])
  network.send(a, echo(a.address, b.address, 128, 3))
  network.run(second)
  assert.is(b.received.length, 1)
  // What b asks a opens the way for the answer, though it was closed to a before.
  a.machine.setRules(network.nowUs, [open])
  network.send(b, udp(b.address, a.address, [53, 5000], new Uint8Array(4)))
  network.run(second)
  network.send(a, udp(a.address, b.address, [5000, 53], new Uint8Array(4)))
  network.run(second)
  assert.is(b.received.length, 2)
})

test('rules that change decide anew about what others began, and not about what began here', () => {
  const { network, a, b } = two(crypto)
  const syn = tcp(a.address, b.address, [5000, 22], 2)
  b.machine.setRules(network.nowUs, [])
  network.send(a, syn)
  network.run(second)
  assert.is(b.received.length, 0)
  b.machine.setRules(network.nowUs, [{ action: 'allow', protocol: 'tcp', port: 22, from: 'anybody' }])
  network.drain(b)
  network.send(a, syn)
  network.run(second)
  assert.is(b.received.length, 1)
  b.machine.setRules(network.nowUs, [])
  network.drain(b)
  network.send(a, syn)
  network.run(second)
  assert.is(b.received.length, 1)
  network.send(b, udp(b.address, a.address, [9, 9], new Uint8Array(1)))
  a.machine.setRules(network.nowUs, [open])
  network.run(second)
  network.send(a, udp(a.address, b.address, [9, 9], new Uint8Array(1)))
  network.run(second)
  assert.is(b.received.length, 2)
})

test('a rule for a name lets in who has proven it, and nobody else', () => {
  const friend = new Uint8Array(32).fill(7)
  for (const [name, count] of [
    [friend, 1],
    [new Uint8Array(32).fill(8), 0],
  ] as const) {
    const { network, a, b } = two(crypto, {}, { name })
    b.machine.setRules(network.nowUs, [{ action: 'allow', protocol: 'tcp', port: 22, from: friend }])
    network.send(a, tcp(a.address, b.address, [5000, 22], 2))
    network.run(second)
    assert.is(b.received.length, count)
  }
})

test('who was sent packets without ports gets packets through, and is admitted by rules alone all the same', () => {
  const friend = new Uint8Array(32).fill(7)
  const { network, a, b } = two(crypto, {}, { name: friend })
  b.machine.setRules(network.nowUs, [])
  const ask = (from: Device, to: Device) => packet(from.address, to.address, 253, new Uint8Array(8))
  network.send(b, ask(b, a))
  network.run(second)
  network.send(a, ask(a, b))
  network.run(second)
  assert.is(b.received.length, 1, 'the way back is open')
  assert.not(b.machine.admits(a.address, 253))
  assert.not(b.machine.admits(new Uint8Array(16), 253))
  b.machine.setRules(network.nowUs, [{ action: 'allow', protocol: 'any', port: undefined, from: friend }])
  assert.ok(b.machine.admits(a.address, 253))
  b.machine.setRules(network.nowUs, [{ action: 'allow', protocol: 'tcp', port: undefined, from: friend }])
  assert.not(b.machine.admits(a.address, 253))
})

test('a name that is lost lets nobody in any more, what it had begun is closed, and what began here stays', () => {
  const friend = new Uint8Array(32).fill(7)
  const { network, a, b } = two(crypto, {}, { name: friend })
  b.machine.setRules(network.nowUs, [{ action: 'allow', protocol: 'tcp', port: 22, from: friend }])
  a.machine.setRules(network.nowUs, [open])
  const knock = tcp(a.address, b.address, [5000, 22], 2)
  network.send(a, knock)
  network.send(b, udp(b.address, a.address, [9, 9], new Uint8Array(1)))
  network.run(second)
  assert.is(b.received.length, 1)
  for (const talk of b.talks.keys()) b.machine.handleNameLost(network.nowUs, talk)
  network.drain(b)
  network.send(a, knock)
  network.send(a, udp(a.address, b.address, [9, 9], new Uint8Array(1)))
  network.run(second)
  assert.is(b.received.length, 2)
  assert.is(b.received[1]?.[6], 17, 'the answer alone')
  assert.is(b.machine.status()[0]?.name, undefined)
})

test('our own addresses that change have every proven way asked at once', () => {
  const world = two(crypto)
  introduce(world)
  stream(world, 2, 100_000)
  const { network, a } = world
  let asked = 0
  network.watch = (from) => {
    if (from === a.udp) asked++
    return false
  }
  network.run(1_000)
  assert.is(asked, 0)
  a.machine.handleMoved(network.nowUs)
  network.drain(a)
  network.run(1_000)
  assert.ok(asked > 0)
})

test('an address of nobody who is known is unreachable at once, and is not once he is', () => {
  const { network, a } = two(crypto)
  const stranger = new PacketNetwork({ crypto, seed: 2 }).add({ number: 9 })
  network.send(a, echo(a.address, stranger.address, 128, 1))
  const [error] = a.received
  assert.equal([error?.[40], error?.[41]], [1, 3])
  assert.is(a.machine.counters.unknown, 1)
  // The datapath answers by itself for a moment, then it asks again.
  network.send(a, echo(a.address, stranger.address, 128, 1))
  assert.equal([a.received.length, a.machine.counters.unknown], [2, 1])
  a.machine.handleKnown(stranger.address)
  network.drain(a)
  network.send(a, echo(a.address, stranger.address, 128, 1))
  assert.is(a.machine.counters.unknown, 2)
  network.run(2 * second)
  network.send(a, echo(a.address, stranger.address, 128, 1))
  assert.is(a.machine.counters.unknown, 3)
})

test('a device that cannot be reached is unreachable, is dialled again when it is asked for, and answers when it is back', () => {
  const { network, a, b } = two(crypto)
  b.isDown = true
  network.send(a, echo(a.address, b.address, 128, 1))
  network.run(100_000)
  assert.equal([a.received[0]?.[40], a.received[0]?.[41]], [1, 3])
  b.isDown = false
  network.run(2 * second)
  network.send(a, echo(a.address, b.address, 128, 1))
  network.run(second)
  assert.is(b.received.length, 1)
})

test('both dial at once and agree on one conversation: that of the lower key, whoever was first', () => {
  for (const [isFirstA, laterUs] of [
    [true, 0],
    [true, 9_000],
    [false, 0],
    [false, 9_000],
  ] as const) {
    const world = two(crypto)
    const { network, a, b } = world
    a.machine.setRules(network.nowUs, [open])
    const sends = [
      () => network.send(a, udp(a.address, b.address, [1, 2], new Uint8Array(3))),
      () => network.send(b, udp(b.address, a.address, [3, 4], new Uint8Array(3))),
    ]
    for (const send of isFirstA ? sends : sends.reverse()) {
      send()
      network.run(laterUs)
    }
    network.run(5 * second)
    assert.equal([a.received.length, b.received.length], [1, 1])
    assert.is(network.conversations, 2)
    const lower = compare(a.key, b.key) < 0 ? a : b
    for (const { talks } of [a, b])
      assert.equal(
        [...talks.values()].map(({ ends }) => ends[0].number),
        [lower.number],
      )
  }
})

test('a device that begins anew is dialled again, and takes up where it was', () => {
  const world = two(crypto)
  const { network, a, b } = world
  introduce(world)
  stream(world, 10, 100_000)
  network.restart(b)
  b.machine.setRules(network.nowUs, [open])
  const arrived = stream(world, 50, 100_000)
  assert.ok(arrived.slice(20).every((count) => count === 1))
  network.restart(a)
  assert.ok(stream(world, 50, 100_000).every((count) => count === 1))
})

test('who has only been called calls itself when nothing leads to the caller any more, which may have forgotten it', () => {
  const world = two(crypto)
  const { network, a, b } = world
  introduce(world)
  // What a sends goes by the conversation that b began.
  network.send(b, udp(b.address, a.address, [2000, 1000], new Uint8Array(8)))
  network.run(second)
  assert.is(stream(world, 10, 100_000).at(-1), 1)
  assert.is(network.conversations, 1)
  network.vanish(b)
  b.machine.setRules(network.nowUs, [open])
  const arrived = stream(world, 60, second / 2)
  assert.is(network.conversations, 2)
  assert.ok(
    arrived.slice(50).every((count) => count === 1),
    arrived.join(' '),
  )
})

// protocol.md §21.2 MUST: A key MUST NOT seal two datagrams
test('another datapath gets no key that an earlier one has had', () => {
  const world = two(crypto)
  const { network, a, b } = world
  stream(world, 10, 100_000)
  const sealed = new Set<string>()
  const told = a.datapath.tell.bind(a.datapath)
  a.datapath.tell = (nowUs, command) => {
    if (command.type === 'add-keys') sealed.add(toHex(command.sealing))
    told(nowUs, command)
  }
  a.machine.restart(network.nowUs)
  network.drain(a)
  network.run(10 * second)
  assert.is(sealed.size, 1)
  const before = b.received.length
  network.send(a, udp(a.address, b.address, [1000, 2000], new Uint8Array(8)))
  network.run(second)
  assert.is(b.received.length, before + 1)
})

test('who has no flow any more is let go of, with keys and conversation', () => {
  const { network, a, b } = two(crypto)
  network.send(a, echo(a.address, b.address, 128, 1))
  network.run(second)
  for (let waited = 0; waited < IDLE_US + 60 * second; waited += 250_000) {
    network.run(250_000)
    for (const device of [a, b]) {
      device.datapath.handleTick(network.nowUs)
      network.drain(device)
    }
  }
  assert.equal([a.machine.status(), b.machine.status()], [[], []])
  assert.equal([a.talks.size, b.talks.size], [0, 0])
  network.send(a, echo(a.address, b.address, 128, 1))
  network.run(second)
  assert.is(b.received.length, 2)
})

test('who breaks the rules loses the conversation, and is counted', () => {
  for (const said of [[9], [1, 0], [2, 0, 0, 0, 9]]) {
    const { network, a, b } = two(crypto)
    network.send(a, echo(a.address, b.address, 128, 1))
    network.run(second)
    const [id = 0] = b.talks.keys()
    b.machine.handleMessage(network.nowUs, id, Uint8Array.from(said))
    network.drain(b)
    assert.is(b.machine.counters.bad, 1)
    assert.is(b.talks.has(id), false)
  }
})

test.run()
