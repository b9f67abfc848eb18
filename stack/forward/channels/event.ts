// What channels tell node/, which owns the local end of those that begin or end here. `channel` is a number of this node.

import type { NeighbourId } from '../neighbour-id.js'
import type { CloseReason, UdpAddress } from '../wire/index.js'

/** What is written on datagrams, and the neighbour's address that they go to. */
export interface DatagramWay {
  readonly label: number
  readonly to: UdpAddress
}

export type ChannelEvent =
  /** Somebody opened a channel to this device: accept it, or close it. */
  | {
      readonly kind: 'channel-opened'
      readonly channel: number
      readonly message: Uint8Array
      readonly from: NeighbourId
    }
  /** A channel that was opened here has come through: over the neighbour with this device key, unless it stays here. */
  | {
      readonly kind: 'channel-accepted'
      readonly channel: number
      readonly message: Uint8Array
      readonly through: Uint8Array | undefined
    }
  /** In the order in which they were sent. Not changed any more. */
  | { readonly kind: 'channel-bytes'; readonly channel: number; readonly sealed: Uint8Array }
  /** More may be sent: see ForwardMachine.channelRoom. */
  | { readonly kind: 'channel-room'; readonly channel: number }
  /**
   * What the other end takes by this index is sent there with that label on it; undefined: it has no way here, or none any
   * more.
   */
  | {
      readonly kind: 'channel-way'
      readonly channel: number
      readonly index: number
      readonly way: DatagramWay | undefined
    }
  /** It is over; the number means nothing any more. */
  | { readonly kind: 'channel-closed'; readonly channel: number; readonly reason: CloseReason }
