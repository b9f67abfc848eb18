// Packets between devices: who they may go to and come from, under which keys, by which way. A machine that tells a datapath
// what to do and never sees more than the beginning of a packet.

export type { DatapathCommand, DatapathEvent, FlowKey, Traffic, UdpAddress, Verdict } from './datapath.js'
export { KnownDevices } from './devices.js'
export type { PacketEvent } from './event.js'
export { type Asked, type Asker, admits, isRule, Protocol, type Rule, type RuleSource } from './firewall.js'
export type { GateCounters } from './gate.js'
export {
  type PacketCaller,
  PacketMachine,
  type PacketOptions,
  type PacketWorld,
} from './machine.js'
export type { PeerStatus, WayStatus } from './status.js'
export type { Label } from './ways.js'
export { decodePacketMessage, encodePacketMessage, MAX_MESSAGE_BYTES, type PacketMessage } from './wire/message.js'
export { decodeProbe, encodeProbe, type Probe } from './wire/probe.js'
