// What a link tells the node: that it is up, that it is down and why, and when it wants to be woken.

import type { Reason } from '../bytes/index.js'

/** Why a link ended, beyond what a decoder refused. */
export type DownReason =
  | Reason
  | 'timeout' // the handshake was not done in time
  | 'silent' // the peer owed an answer and said nothing
  | 'replayed' // a message 1 that was accepted before
  | 'ended' // the connection ended
  | 'used-up' // our key has sealed all that it may: open another link
  | 'closed' // our own side closed it

export interface UpEvent {
  readonly kind: 'up'
  /** The peer's Ed25519 device key. */
  readonly device: Uint8Array
  readonly rank: number
  readonly features: number
  /** The version of the protocol that both speak. */
  readonly version: number
  /** The peer's clock less ours, when its message came; the time that the message took makes it smaller. */
  readonly clockSkewMs: number
}

export interface DownEvent {
  readonly kind: 'down'
  readonly reason: DownReason
  readonly blame: 'peer' | 'network' | 'local'
  /**
   * Write what `pollTransmit` still has, then close the socket after so long. For a stranger it is what is left of the
   * handshake's time, so that whoever knocks sees the same whatever they sent: nothing, then an end. Keep their place
   * among the half-open until then.
   */
  readonly delayUs: number
}

export interface LinkTimeout {
  readonly atUs: number
  /** 'handshake': the link ends. 'silence': a PING is sent. 'answer': the link ends. */
  readonly why: 'handshake' | 'silence' | 'answer'
}
