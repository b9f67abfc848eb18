// Packets between devices: who they may go to and come from, under which keys, by which way. A machine that tells a datapath
// what to do and never sees more than the beginning of a packet.

export type { DatapathCommand, DatapathEvent, FlowKey, Traffic, UdpAddress, Verdict } from './datapath.js'
export { type Asked, type Asker, admits, isRule, type Rule, type RuleSource } from './firewall.js'
