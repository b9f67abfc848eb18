// The datapath in TypeScript does what the native one does, and nothing for strangers.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { toHex } from '../bytes/index.js'
import type { FlowKey, UdpAddress } from './datapath.js'
import { DatapathModel, type DatapathOutput } from './testing/datapath-model.js'
import { echo, packet, udp } from './testing/packets.js'
import { Kind, Opener, Sealer } from './testing/seal.js'

const crypto = await openTestCrypto()
const test = suite('packet/datapath-model')
const own = Uint8Array.of(0x20, 1, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa)
const peer = Uint8Array.of(0x20, 1, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xb)
const there: UdpAddress = { address: Uint8Array.of(192, 0, 2, 2), port: 9 }
const key = (ownPort: number, peerPort: number): FlowKey => ({ peer, protocol: 17, ownPort, peerPort })

/** A datapath that knows the peer under index 11, lets flow 1–2 pass, and whoever has the peer's keys. */
function known(): { readonly model: DatapathModel; readonly forger: Sealer } {
  const model = new DatapathModel(crypto, own)
  model.tell(0, { type: 'set-peer', peer: 1, address: peer })
  const [opening, sealing] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  model.tell(0, { type: 'add-keys', index: 11, peer: 1, opening, sealing })
  model.tell(0, { type: 'use-path', index: 11, to: there, remote: 22, datagramBytes: 1_472 })
  model.tell(0, { type: 'set-flow', key: key(1, 2), verdict: { type: 'pass', peer: 1 } })
  return { model, forger: new Sealer(crypto, opening) }
}

function outputs(model: DatapathModel): DatapathOutput[] {
  const all: DatapathOutput[] = []
  for (let output = model.pollOutput(); output !== undefined; output = model.pollOutput()) all.push(output)
  return all
}

function content(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(Kind.packet, ...bytes)
}

// protocol.md §21.4 MUST: What does not open, was opened before
test('strangers and forgers get nothing back, whatever they send', () => {
  const { model, forger } = known()
  const genuine = forger.seal(content(udp(peer, own, [2, 1], new Uint8Array(9))), 11)
  model.handleDatagram(0, genuine, there)
  assert.is(outputs(model).length, 1)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 90 }), fc.nat(), fc.nat({ max: 255 }), (noise, at, change) => {
      const changed = genuine.slice()
      changed[at % changed.length] = change
      for (const bytes of [noise, changed, genuine.subarray(0, at % genuine.length), genuine]) {
        model.handleDatagram(0, bytes, there)
        assert.equal(outputs(model), [])
      }
    }),
  )
})

// protocol.md §21.5 MUST: The source of a packet
test('only what comes from the address of the peer and goes to ours comes in', () => {
  const { model, forger } = known()
  const other = own.map((byte, at) => (at === 15 ? 0xc : byte))
  for (const [source, destination] of [
    [other, own],
    [own, own],
    [peer, other],
  ] as const) {
    model.handleDatagram(0, forger.seal(content(udp(source, destination, [2, 1], new Uint8Array(1))), 11), there)
  }
  assert.equal(outputs(model), [])
  assert.equal(Object.fromEntries(model.drops), { source: 2, destination: 1 })
})

test('a flow that is closed to what comes is open to who asks from here', () => {
  const { model, forger } = known()
  model.tell(0, { type: 'set-flow', key: key(5, 6), verdict: { type: 'drop', unreachable: undefined } })
  model.handleDatagram(0, forger.seal(content(udp(peer, own, [6, 5], new Uint8Array(1))), 11), there)
  assert.equal(outputs(model), [])
  model.handlePacket(0, udp(own, peer, [5, 6], new Uint8Array(1)))
  const [asked] = outputs(model)
  assert.ok(asked?.kind === 'event' && asked.event.type === 'miss')
  model.tell(0, { type: 'set-flow', key: key(5, 6), verdict: { type: 'pass', peer: 1 } })
  assert.is(outputs(model)[0]?.kind, 'datagram')
})

test('fragments wait behind the first one of a new flow, and leave in their order when it passes', () => {
  const { model } = known()
  const whole = udp(
    own,
    peer,
    [5, 6],
    new Uint8Array(2_000).map((_, at) => at),
  ).subarray(40)
  const fragment = (at: number, more: number): Uint8Array => {
    const header = Uint8Array.of(17, 0, at >> 8, (at & 0xff) | more, 0, 0, 0, 9)
    return packet(own, peer, 44, Uint8Array.of(...header, ...whole.subarray(at, at + 1_000)))
  }
  const sent = [fragment(0, 1), fragment(1_000, 1), fragment(2_000, 0)]
  // A later one that nobody waits for before it comes too early.
  for (const bytes of [sent[1] ?? own, ...sent]) model.handlePacket(0, bytes)
  assert.equal(Object.fromEntries(model.drops), { fragment: 1 })
  const asked = outputs(model)
  assert.ok(asked.length === 1 && asked[0]?.kind === 'event' && asked[0].event.type === 'miss')
  model.tell(0, { type: 'set-flow', key: key(5, 6), verdict: { type: 'pass', peer: 1 } })
  const opener = new Opener(crypto, new Uint8Array(32).fill(2))
  const left = outputs(model).map((output) => (output.kind === 'datagram' ? opener.open(output.bytes) : output.kind))
  assert.equal(left, sent.map(content))
  assert.equal(Object.fromEntries(model.drops), { fragment: 1 })
})

test('an error passes with the flow that it is about, and no other message of ICMPv6 does', () => {
  const { model, forger } = known()
  const cause = udp(own, peer, [1, 2], new Uint8Array(3))
  const error = packet(peer, own, 58, Uint8Array.of(1, 4, 0, 0, 0, 0, 0, 0, ...cause))
  model.handleDatagram(0, forger.seal(content(error), 11), there)
  assert.is(outputs(model).length, 1)
  const solicitation = packet(peer, own, 58, Uint8Array.of(135, 0, 0, 0, 0, 0, 0, 0, ...own))
  model.handleDatagram(0, forger.seal(content(solicitation), 11), there)
  assert.equal(outputs(model), [])
  assert.equal(Object.fromEntries(model.drops), { icmp: 1 })
  // An echo back is a flow of its own.
  model.handleDatagram(0, forger.seal(content(echo(peer, own, 128, 4)), 11), there)
  const [asked] = outputs(model)
  assert.ok(asked?.kind === 'event' && asked.event.type === 'miss' && asked.event.key.ownPort === 0)
})

test('any bytes that a program or a peer sends are taken or dropped for a reason', () => {
  const { model, forger } = known()
  const valid = [udp(own, peer, [1, 2], new Uint8Array(40)), echo(own, peer, 128, 1)]
  fc.assert(
    fc.property(
      fc.constantFrom(...valid),
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 }))),
      (bytes, changes) => {
        const changed = bytes.slice()
        for (const [at, value] of changes) changed[at] = value
        model.handlePacket(0, changed)
        model.handleDatagram(0, forger.seal(content(changed), 11), there)
        for (const output of outputs(model)) {
          if (output.kind === 'datagram') assert.not(toHex(output.bytes).includes(toHex(changed.subarray(0, 20))))
        }
      },
    ),
    { numRuns: 500 },
  )
})

test.run()
