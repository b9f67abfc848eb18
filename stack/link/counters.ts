// What a link counts, for status and metrics. Nothing in here is ever sent to the peer.

import type { Reason } from '../bytes/index.js'

export interface LinkCounters {
  /** Bytes given to the machine and taken from it, handshake and lengths included. */
  readonly bytesIn: number
  readonly bytesOut: number
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

/** The machine's own, writable side. */
export class Counted implements LinkCounters {
  bytesIn = 0
  bytesOut = 0
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
