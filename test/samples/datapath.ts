// One command and one event of each kind, as the files of the corpus have them, and any others.

import fc from 'fast-check'
import type { InterfaceOptions } from '../../node/datapath.js'
import type { DatapathCommand, DatapathEvent, FlowKey, UdpAddress } from '../../stack/packet/index.js'

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const counted = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, index) => from + index)

const address = counted(16, 0x20)
const four: UdpAddress = { address: Uint8Array.of(192, 0, 2, 1), port: 7254 }
const six: UdpAddress = {
  address: Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
  port: 51_820,
}
const key: FlowKey = { peer: address, protocol: 6, ownPort: 40_000, peerPort: 443 }

export const everyCommand: readonly DatapathCommand[] = [
  { type: 'set-peer', peer: 1, address },
  { type: 'remove-peer', peer: 2 },
  { type: 'add-keys', index: 3, peer: 1, opening: filled(32, 5), sealing: filled(32, 6) },
  { type: 'remove-keys', index: 3 },
  { type: 'use-path', index: 3, to: four, remote: 0xffff_ffff, datagramBytes: 1472 },
  { type: 'probe', index: 3, to: six, remote: 9, content: filled(64, 7), datagramBytes: 65_507 },
  { type: 'set-label', label: 10, from: four, to: six, next: 11 },
  { type: 'remove-label', label: 10 },
  { type: 'set-flow', key, verdict: { type: 'pass', peer: 1 } },
  { type: 'set-flow', key, verdict: { type: 'drop', unreachable: undefined } },
  { type: 'set-flow', key, verdict: { type: 'drop', unreachable: 3 } },
  { type: 'remove-flow', key },
  { type: 'send-cookie', to: six, cookie: filled(16, 8) },
  { type: 'expect-cookie', cookie: filled(16, 9) },
  { type: 'forget-cookie', cookie: filled(16, 9) },
  { type: 'report', peer: 1 },
  { type: 'report-label', label: 10 },
]

export const everyEvent: readonly DatapathEvent[] = [
  { type: 'miss', key, direction: 'outbound', peer: undefined, head: counted(128) },
  { type: 'miss', key, direction: 'inbound', peer: 1, head: counted(48) },
  { type: 'expired', key },
  { type: 'refused', key },
  { type: 'source', index: 3, from: four },
  { type: 'probe', index: 3, from: six, content: filled(64, 7), datagramBytes: 1472 },
  { type: 'cookie', cookie: filled(16, 9), from: four },
  { type: 'too-big', to: six, datagramBytes: 70_000 },
  { type: 'unreachable', to: four, errno: 113 },
  { type: 'spent', index: 3 },
  {
    type: 'traffic',
    peer: 1,
    sealed: { packets: 1, bytes: 2 },
    opened: { packets: Number.MAX_SAFE_INTEGER, bytes: 4 },
  },
  { type: 'switched', label: 10, switched: { packets: 5, bytes: 6 } },
  { type: 'gone' },
]

const prefix = (second: number) => {
  return { address: Uint8Array.of(0x20, 0x01, 0, second, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), bits: 32 }
}

export const sampleInterface: InterfaceOptions = {
  name: 'tun%d',
  address,
  mtuBytes: 65_535,
  localAddresses: [Uint8Array.of(0x20, 0x01, 0, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x53)],
  routes: [prefix(0x20)],
  localRoutes: [prefix(0x21)],
  answeredPorts: [80],
}

const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const u53 = fc.maxSafeNat()
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const udp: fc.Arbitrary<UdpAddress> = fc.record({ address: fc.oneof(bytes(4), bytes(16)), port: u16 })
const flowKey: fc.Arbitrary<FlowKey> = fc.record({ peer: bytes(16), protocol: u8, ownPort: u16, peerPort: u16 })
const traffic = fc.record({ packets: u53, bytes: u53 })
const type = <const T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name)

export const anyCommand: fc.Arbitrary<DatapathCommand> = fc.oneof(
  fc.record({ type: type('set-peer'), peer: u32, address: bytes(16) }),
  fc.record({ type: type('add-keys'), index: u32, peer: u32, opening: bytes(32), sealing: bytes(32) }),
  fc.record({ type: type('use-path'), index: u32, to: udp, remote: u32, datagramBytes: u16 }),
  fc.record({
    type: type('probe'),
    index: u32,
    to: udp,
    remote: u32,
    content: fc.uint8Array({ maxLength: 64 }),
    datagramBytes: u16,
  }),
  fc.record({ type: type('set-label'), label: u32, from: udp, to: udp, next: u32 }),
  fc.record({
    type: type('set-flow'),
    key: flowKey,
    verdict: fc.oneof(
      fc.record({ type: type('pass'), peer: u32 }),
      fc.record({ type: type('drop'), unreachable: fc.option(u8, { nil: undefined }) }),
    ),
  }),
  fc.record({ type: type('send-cookie'), to: udp, cookie: bytes(16) }),
  fc.record({ type: type('expect-cookie'), cookie: bytes(16) }),
  fc.record({ type: type('remove-flow'), key: flowKey }),
  fc.record({ type: type('report'), peer: u32 }),
)

export const anyEvent: fc.Arbitrary<DatapathEvent> = fc.oneof(
  fc.record({
    type: type('miss'),
    key: flowKey,
    direction: fc.constantFrom('outbound' as const, 'inbound' as const),
    peer: fc.option(u32, { nil: undefined }),
    head: fc.uint8Array({ maxLength: 128 }),
  }),
  fc.record({ type: type('source'), index: u32, from: udp }),
  fc.record({
    type: type('probe'),
    index: u32,
    from: udp,
    content: fc.uint8Array({ maxLength: 64 }),
    datagramBytes: u16,
  }),
  fc.record({ type: type('cookie'), cookie: bytes(16), from: udp }),
  fc.record({ type: type('too-big'), to: udp, datagramBytes: u32 }),
  fc.record({ type: type('unreachable'), to: udp, errno: u32 }),
  fc.record({ type: type('traffic'), peer: u32, sealed: traffic, opened: traffic }),
  fc.record({ type: type('switched'), label: u32, switched: traffic }),
  fc.constant({ type: 'gone' as const }),
)
