// Every bound of packets, filled and one more: what goes first is what limits.ts says.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { toHex } from '../bytes/index.js'
import { addressOf } from '../name/index.js'
import type { FlowKey, UdpAddress } from './datapath.js'
import { KnownDevices } from './devices.js'
import type { PacketEvent } from './event.js'
import { type Flow, Flows } from './flows.js'
import { Generations } from './generations.js'
import {
  IDLE_US,
  MAX_DIRECT,
  MAX_FLOWS,
  MAX_FLOWS_FROM_PEER,
  MAX_GENERATIONS,
  MAX_KNOWN_DEVICES,
  MAX_LABELS,
  MAX_OPEN_PROBES,
  MAX_PEERS,
  MAX_STRANGE_SOURCES,
  MAX_WAITING_FLOWS,
  PROBE_AGAIN_US,
} from './limits.js'
import { PacketMachine } from './machine.js'
import { Path } from './path.js'
import { Ways } from './ways.js'

const crypto = await openTestCrypto()
const test = suite('packet/limits')
const own = new Uint8Array(32).fill(9)

function numbered(number: number): Uint8Array {
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(0, number)
  return key
}

function flowKey(number: number, peer: Uint8Array = new Uint8Array(16)): FlowKey {
  return { peer, protocol: 17, ownPort: number & 0xffff, peerPort: number >>> 16 }
}

function at(number: number): UdpAddress {
  return { address: Uint8Array.of(10, 0, number >> 8, number & 0xff), port: 9 }
}

/** A machine to which the numbered devices are known. */
function machine(): { readonly machine: PacketMachine; readonly devices: KnownDevices; drain(): PacketEvent[] } {
  const devices = new KnownDevices(crypto)
  let drawn = 0
  const made = new PacketMachine({
    ...{ crypto, device: own, world: { deviceAt: (address) => devices.deviceAt(address), groupsOf: () => [] } },
    randomBytes: (count) => Uint8Array.from({ length: count }, (_, index) => ++drawn >> (8 * (index % 3))),
  })
  const drain = (): PacketEvent[] => {
    const events: PacketEvent[] = []
    for (let event = made.pollEvent(); event !== undefined; event = made.pollEvent()) events.push(event)
    return events
  }
  return { machine: made, devices, drain }
}

function miss(number: number, device: Uint8Array) {
  const key = flowKey(number, addressOf(crypto, 'device', device))
  return { type: 'miss', key, direction: 'outbound', peer: undefined, head: new Uint8Array(0) } as const
}

test('a further device takes the place of one that has no flow; where all have some it is unreachable', () => {
  const { machine: packets, devices, drain } = machine()
  for (let number = 0; number <= MAX_PEERS; number++) devices.add(numbered(number))
  for (let number = 0; number < MAX_PEERS; number++) {
    packets.handleDatapathEvent(0, miss(1, numbered(number)))
    // It is dialled in vain, so that its flow is unreachable for a moment, and the next one may wait.
    packets.handleTimeout(0)
    packets.handleNoConversation(0, numbered(number))
  }
  assert.is(packets.status().length, MAX_PEERS)
  packets.handleDatapathEvent(0, miss(1, numbered(MAX_PEERS)))
  assert.equal([packets.status().length, packets.counters.unknown], [MAX_PEERS, 1])
  // A stranger who calls gets no place either.
  drain()
  packets.handleConversation(0, 7, { device: numbered(5_000), name: undefined, isOurs: false })
  assert.equal(
    drain().map(({ kind }) => kind),
    ['close'],
  )
  // What waited has been given up, so nobody has a flow any more.
  packets.handleTimeout(IDLE_US / 2)
  packets.handleDatapathEvent(IDLE_US / 2, miss(1, numbered(MAX_PEERS)))
  assert.equal([packets.status().length, packets.counters.unknown], [MAX_PEERS, 1])
  assert.equal(packets.status().at(-1)?.device, numbered(MAX_PEERS))
})

test('a further flow that waits is asked about again', () => {
  const { machine: packets, devices, drain } = machine()
  const device = numbered(1)
  devices.add(device)
  for (let number = 0; number <= MAX_WAITING_FLOWS; number++) packets.handleDatapathEvent(0, miss(number, device))
  assert.is(packets.status()[0]?.flows, MAX_WAITING_FLOWS)
  packets.handleTimeout(0)
  drain()
  packets.handleNoConversation(0, device)
  const told = drain().filter((event) => event.kind === 'tell' && event.command.type === 'set-flow')
  assert.is(told.length, MAX_WAITING_FLOWS)
})

test('the address of a further device is known, and that of the one that was named least lately is not', () => {
  const devices = new KnownDevices(crypto)
  assert.ok(devices.add(numbered(0)) !== undefined && devices.add(numbered(1)) !== undefined)
  assert.is(devices.add(numbered(0)), undefined)
  for (let number = 2; number <= MAX_KNOWN_DEVICES; number++) devices.add(numbered(number))
  assert.is(devices.size, MAX_KNOWN_DEVICES)
  const known = (number: number) => devices.deviceAt(addressOf(crypto, 'device', numbered(number)))
  assert.equal([known(0), known(1)], [numbered(0), undefined])
})

const flow = (number: number, change: Partial<Flow> = {}): Flow => ({
  ...{ key: flowKey(number), peer: 1, origin: 'own', state: 'pass', sinceUs: 0 },
  ...change,
})

test('a further flow takes the place of the oldest that does not pass, then of the oldest', () => {
  const flows = new Flows()
  for (let number = 0; number < MAX_FLOWS; number++) {
    const state = number === 500 ? 'denied' : number === 700 ? 'unreachable' : 'pass'
    assert.is(flows.set(flow(number, { state })), undefined)
  }
  const gone = [0, 1, 2].map((more) => flows.set(flow(MAX_FLOWS + more))?.key.ownPort)
  assert.equal(gone, [700, 500, 0])
  assert.is(flows.size, MAX_FLOWS)
  // One that is there already takes nobody's place.
  assert.is(flows.set(flow(10, { state: 'denied' })), undefined)
  assert.is(flows.takeOldest()?.key.ownPort, 10)
})

test('a further flow that a peer begins takes the place of its own oldest one', () => {
  const flows = new Flows()
  flows.set(flow(1, { origin: 'own' }))
  flows.set(flow(2, { peer: 2, origin: 'peer', state: 'denied' }))
  for (let number = 10; number < 10 + MAX_FLOWS_FROM_PEER; number++) {
    flows.set(flow(number, { origin: 'peer', state: number === 900 ? 'denied' : 'pass' }))
  }
  assert.is(flows.set(flow(60_000, { origin: 'peer' }))?.key.ownPort, 900)
  assert.is(flows.set(flow(60_001, { origin: 'peer' }))?.key.ownPort, 10)
  assert.equal(flows.countsOf(1), { all: MAX_FLOWS_FROM_PEER + 1, open: MAX_FLOWS_FROM_PEER + 1, own: 1 })
  assert.is(flows.set(flow(60_002)), undefined)
})

test('a further generation of keys takes the place of the oldest', () => {
  const generations = new Generations()
  const keys = new Uint8Array(32)
  const dropped = Array.from({ length: MAX_GENERATIONS + 1 }, (_, index) =>
    generations.add(0, 1, { number: index + 1, index, remote: index, opening: keys, sealing: keys }),
  )
  assert.equal(
    dropped.flat().map(({ generation }) => generation.number),
    [1],
  )
  assert.is(generations.all.length, MAX_GENERATIONS)
})

test('a further label takes the place of the oldest', () => {
  const ways = new Ways()
  for (let index = 0; index <= MAX_LABELS; index++) ways.setLabel(0, index, { to: at(1), label: index })
  assert.not(ways.canSend(0))
  assert.ok(ways.canSend(1) && ways.canSend(MAX_LABELS))
})

test('a further strange source takes the place of the oldest, and a further direct way that of the one heard least lately', () => {
  const ways = new Ways()
  for (let number = 0; number <= MAX_STRANGE_SOURCES; number++) ways.handleSource(0, at(number))
  const asked = ways.pollQuestions(0, 1).map(({ path }) => path.to.address[3])
  assert.equal(asked, [1, 2, 3, 4])
  const direct = new Ways()
  for (let number = 0; number <= MAX_DIRECT + 2; number++) {
    direct.handleSource(number, at(number))
    for (const { path } of direct.pollQuestions(number, 1)) {
      if (path.to.address[3] !== number) continue
      path.handleAsked(number, numbered(number).subarray(0, 8), 0)
      assert.ok(direct.handleAnswer(number, numbered(number).subarray(0, 8)))
    }
    direct.choose(number, 1)
  }
  const later = 100 * PROBE_AGAIN_US
  assert.ok(direct.pollQuestions(later, 1).length <= MAX_DIRECT + 1)
})

test('of further questions without an answer the oldest counts as lost', () => {
  const path = new Path(at(1), 0)
  for (let number = 0; number <= MAX_OPEN_PROBES; number++) path.handleAsked(0, numbered(number).subarray(0, 8), 0)
  assert.is(path.handleAnswer(9, numbered(0).subarray(0, 8)), undefined)
  assert.is(path.handleAnswer(9, numbered(1).subarray(0, 8)), 9)
})

test('the address of a device is remembered by its key alone', () => {
  const devices = new KnownDevices(crypto)
  const address = devices.add(numbered(3))
  assert.is(toHex(address ?? own), toHex(addressOf(crypto, 'device', numbered(3))))
})

test.run()
