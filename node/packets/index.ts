// Packets between devices, as a node has them: its datapath carries what the machine of packets lets pass, and sends on what
// belongs to channels that lead through it.

export { Addressed } from './addressed.js'
export { type MeasuredWay, type PacketDatapath, Packets, type PacketsOptions, packetService } from './packets.js'
export { Switching, type SwitchingDatapath, type SwitchingOptions } from './switching.js'
