// The way to the native tunnel: what a datapath is told and tells, as rows of bytes, and the interface of this machine.

export { usableAddress } from './candidates.js'
export { counterNames, dropReasons as packetDropReasons, tallies } from './counter-names.js'
export { NodeTunnel, type PacketsMeasured } from './node-tunnel.js'
export { openFailure } from './open-failure.js'
export { type InterfaceWish, namesAddress, ownInterface } from './own-interface.js'
export { openSystemDatapath } from './system-datapath.js'
export { Tunnel, type TunnelParts, type TunnelStatus, type TunnelUser } from './tunnel.js'
