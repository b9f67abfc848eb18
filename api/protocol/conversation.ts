// What the methods that carry conversations give and take.

/** Who is at the other end of a conversation. `name`: proven by a certificate that lists the device. */
export interface ConversationPeer {
  device: string
  name?: string
  /** The device of the neighbour that led there when it began; none: the peer is a neighbour itself. */
  through?: string
}

/** What a conversation brings: bytes, and then that the other side has ended, which need not end the call. */
export type ConversationItem = Uint8Array | { end: true }

/** Conversations of a node: those on a channel, those that look for a way, those whose caller has not spoken yet. */
export interface ConversationState {
  open: number
  resuming: number
  opening: number
  /** What they hold that is not acknowledged, or not taken. */
  bufferedBytes: number
}

/** What went over a conversation. */
export interface ConversationTotal {
  bytesIn: number
  bytesOut: number
}
