// What the API says of streams that are kept: this node's by others, and others' by this node.

/** How a stream of this node stands with a custodian. */
export interface CustodyState {
  label: string
  log: string
  /** The device that was asked. */
  custodian: string
  /** `kept`: it has signed for it. `failed`: it has lost or forged what it signed for. `lost`: it could not be reached for a day. */
  state: 'asked' | 'kept' | 'refused' | 'lost' | 'failed'
  /** Of its newest receipt: until when, for how many bytes, and whether that is for the newest state. */
  untilMs?: number
  bytes?: number
  newest?: boolean
  /** When it last showed that it has what it signed for. */
  auditedMs?: number
  /** Why not, in its own words or ours. */
  problem?: string
}

/** A stream of somebody else that this node keeps for whoever asks. */
export interface Pin {
  /** Without a secret: none is needed to keep it. */
  link: string
  /** What it may take, and what it takes. */
  sizeBytes: number
  bytes: number
  chunks: number
  sinceMs: number
  /** Of the newest state that is kept; 0 before there is one. */
  headTimeMs: number
  /** Whether all of it is here, and not only the newest that fits. */
  whole: boolean
  /** When others were last asked for something newer, and answered. */
  checkedMs?: number
  /** Why that failed the last time. */
  problem?: string
}
