// Channels: a conversation's sealed bytes, hop by hop, to a device that announced itself. A hop sees numbers and lengths; it
// holds a bounded window of each direction, and a channel costs nobody else their share.

export { closeLinkChannels, closeLocal } from './closing.js'
export { admitDevice, signDeviceProof } from './device-proof.js'
export type { ChannelEvent, DatagramWay } from './event.js'
export { handleChannelFrame } from './inbound.js'
export { giveIndex, withdrawIndex } from './labels.js'
export { MAX_PROOF_AHEAD_MS } from './limits.js'
export { acceptLocal, handleChannelTimer, openLocal } from './opening.js'
export { pass, settleChannels } from './passing.js'
export { type ChannelCounters, createChannelTable, createLinkChannels, otherEnd } from './state.js'
