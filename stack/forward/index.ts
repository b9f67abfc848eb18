// Forwarding: Interests, Data, Nacks and announcements of one node. It guarantees that nothing unverified is answered,
// stored or shown; that equal questions join and cross a link once; that a question never runs in a circle; that every
// question ends; that nobody gets more than a share; and that memory stays within `limits`.

export type { ChannelCounters, ChannelEvent, DatagramWay } from './channels/index.js'
export { MAX_PROOF_AHEAD_MS } from './channels/index.js'
export { type Counters, type DropReason, dropReasons, type NeighbourCounters } from './counters.js'
export type { Answer, Attempt, Event, Outcome, Source, Stored } from './events.js'
export type { Limits } from './limits.js'
export type { LinkInfo } from './links.js'
export type { LocalInterest } from './local.js'
export { ForwardMachine, type ForwardOptions } from './machine.js'
export { LOCAL, type NeighbourId } from './neighbour-id.js'
export type { Transmit } from './outbound.js'
export {
  type AskedByPacket,
  type PacketAnswer,
  PacketQuestions,
  type PacketStep,
  type StreamPacket,
} from './packets/index.js'
export type { PortEvent, SwitchCommand, UdpPorts } from './ports/index.js'
export type { Clock } from './state.js'
export type { MachineStatus, NeighbourStatus, RouteStatus } from './status.js'
export type { ContentStore, StoredHead, StoredName } from './store.js'
export * from './wire/index.js'
