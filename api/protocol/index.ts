// The API's own protocol (docs/protocol.md §12): frames of CBOR over a stream of bytes, and the table of methods.
// Both ends are compiled against it: the client library and the node's API server.

export type * from './addresses.js'
export { type Channel, type ChannelListener, channelPair, socketChannel } from './channel.js'
export type { ConversationItem, ConversationPeer, ConversationState, ConversationTotal } from './conversation.js'
export type * from './finding.js'
export type * from './firewall.js'
export { decodeFrame, encodeFrame, type Frame, FrameSplitter } from './frames.js'
export type * from './freshness.js'
export type * from './inbox.js'
export type { CustodyState, Pin } from './keeping.js'
export { firstCreditBytes, inputWindowBytes, maxFrameBytes, maxInputBytes, maxPathBytes } from './limits.js'
export type * from './measuring.js'
export {
  type ClientMessage,
  decodeClientMessage,
  decodeNodeMessage,
  helloFrame,
  itemCost,
  type NodeMessage,
} from './messages.js'
export * from './methods.js'
export type * from './servers.js'
export type * from './tun.js'
