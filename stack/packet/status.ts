// How peers stand, for whoever shows it.

import type { UdpAddress } from './datapath.js'

/** How a peer stands. */
export interface PeerStatus {
  readonly device: Uint8Array
  readonly address: Uint8Array
  readonly name: Uint8Array | undefined
  readonly flows: number
  readonly hasConversation: boolean
  /** What packets go by, if anything. */
  readonly way: WayStatus | undefined
}

export interface WayStatus {
  readonly isDirect: boolean
  readonly to: UdpAddress
  readonly datagramBytes: number
  readonly rttUs: number | undefined
}
