// What a run that held has seen.

export interface Outcome {
  readonly seed: string
  readonly nodes: number
  readonly steps: number
  readonly reads: number
  readonly refused: number
  readonly writes: number
  readonly followers: number
  readonly followed: number
  /** Conversations that came to their ends, and bytes that were heard in all. */
  readonly conversations: number
  readonly heardBytes: number
  /** Packets that went to another computer and came back. */
  readonly packets: number
  /** Streams that honest custodians have promised to keep, and logs that were read from there when their writers were gone. */
  readonly promises: number
  readonly departures: number
  readonly faults: number
  readonly attackers: number
  readonly frames: number
  readonly convergedMs: number
  readonly simulatedMs: number
}
