// What a session tells node/, by `pollEvent`.

import type { ResetCode } from './wire/record.js'

/** Why a session is over without both sides having ended it. */
export type LostReason =
  | 'reset' // the other side gave it up, and says why
  | 'lost' // no channel to it in time
  | 'forgotten' // the other side does not know it any more
  | 'bad' // the other side broke the rules

export type SessionEvent =
  /** The responder's: the initiator has spoken. To an initiator it is up from the beginning. */
  | { readonly kind: 'up' }
  /** In order. To be told by `handleTaken` when the program has taken them. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  /** The other side writes nothing more. */
  | { readonly kind: 'end' }
  /** Less is unacknowledged than may be: a writer that waits may go on. */
  | { readonly kind: 'writable' }
  /** An initiator's: another channel is needed. Call, and then handleChannel or handleFailed. */
  | { readonly kind: 'connect' }
  /** This channel is not needed any more: close it, after what was sent. */
  | { readonly kind: 'leave'; readonly channel: number }
  /** It is over; nothing more comes. */
  | {
      readonly kind: 'over'
      readonly lost?: { readonly reason: LostReason; readonly code?: ResetCode; readonly text?: string }
    }
