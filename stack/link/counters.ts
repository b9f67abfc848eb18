// What a link counts, for status and metrics. Nothing in here is ever sent to the peer.

import type { Reason } from '../bytes/index.js'
import { FrameType } from './frame.js'

/** What bytes are for: `session` is what channels carry, `control` all the rest: other frames, handshakes, lengths and tags. */
export const byteKinds = ['interest', 'data', 'session', 'control'] as const

export type ByteKind = (typeof byteKinds)[number]

/** Bytes by what they are for: frames with their headers, when they are whole. In all as many as the connection carried. */
export type KindBytes = { readonly [kind in ByteKind]: number }

export interface LinkCounters {
  /** Bytes given to the machine and taken from it, handshake and lengths included. */
  readonly bytesIn: number
  readonly bytesOut: number
  readonly kindsIn: KindBytes
  readonly kindsOut: KindBytes
  /** Records that opened, and records that were taken for the socket. */
  readonly recordsIn: number
  readonly recordsOut: number
  /** Frames of all types, PING and PONG included. */
  readonly framesIn: number
  readonly framesOut: number
  /** Unknown frames that say themselves that they may be skipped. */
  readonly skipped: number
  /** What came and was dropped, frames or whole records, by reason. */
  readonly dropped: ReadonlyMap<Reason, number>
  /** Frames that `sendFrame` refused because too much waits for the socket. */
  readonly refused: number
  /** Smoothed round trip time by handshake and PING, µs; undefined before the first. */
  readonly rttUs: number | undefined
}

/** Of one direction. */
class Kinds implements KindBytes {
  interest = 0
  data = 0
  session = 0
  control = 0

  addFrame(type: number, bytes: number): void {
    if (type === FrameType.data) this.data += bytes
    else if (type === FrameType.interest) this.interest += bytes
    else if (type === FrameType.bytes) this.session += bytes
    else this.control += bytes
  }
}

/** The machine's own, writable side. */
export class Counted implements LinkCounters {
  bytesIn = 0
  bytesOut = 0
  readonly kindsIn = new Kinds()
  readonly kindsOut = new Kinds()
  recordsIn = 0
  recordsOut = 0
  framesIn = 0
  framesOut = 0
  skipped = 0
  refused = 0
  rttUs: number | undefined = undefined
  readonly dropped = new Map<Reason, number>()

  drop(reason: Reason): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
  }
}
