// What channels tell node/, which owns the local end of those that begin or end here. `channel` is a number of this node.

import type { NeighbourId } from '../events.js'
import type { CloseReason } from '../wire/index.js'

export type ChannelEvent =
  /** Somebody opened a channel to this device: accept it, or close it. */
  | {
      readonly kind: 'channel-opened'
      readonly channel: number
      readonly message: Uint8Array
      readonly from: NeighbourId
    }
  /** A channel that was opened here has come through. */
  | { readonly kind: 'channel-accepted'; readonly channel: number; readonly message: Uint8Array }
  /** In the order in which they were sent. Not changed any more. */
  | { readonly kind: 'channel-bytes'; readonly channel: number; readonly sealed: Uint8Array }
  /** More may be sent: see ForwardMachine.channelRoom. */
  | { readonly kind: 'channel-room'; readonly channel: number }
  /** It is over; the number means nothing any more. */
  | { readonly kind: 'channel-closed'; readonly channel: number; readonly reason: CloseReason }
