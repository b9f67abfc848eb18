// Packets between devices, as a node has them: its datapath sends on what belongs to channels that lead through it.

export { Switching, type SwitchingDatapath, type SwitchingOptions } from './switching.js'
