// What the machine tells node/, by `pollEvent`.

import type { Reason } from '../bytes/index.js'
import type { ForkProof, HeldHead } from '../data/index.js'
import type { NameState } from '../name/index.js'
import type { ChannelEvent } from './channels/event.js'
import type { NeighbourId } from './neighbour-id.js'
import type { PortEvent } from './ports/event.js'
import type { NackReason } from './wire/index.js'

/** How asking one neighbour ended without an answer that was good enough. */
export type Outcome =
  | NackReason
  | 'silent' // nothing came within the lifetime
  | 'lied' // what came failed a check
  | 'future-time' // what came is signed too far ahead of our clock: that clock, or the signer's, is wrong
  | 'link-down' // the link ended
  | 'too-old' // what came was valid, and older or lower than asked for

export interface Attempt {
  readonly neighbour: NeighbourId
  readonly device: Uint8Array
  readonly outcome: Outcome
}

export type Answer =
  /** Its bytes are borrowed until the next call of the machine. */
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'head'; readonly held: HeldHead; readonly fork: ForkProof | undefined }
  | { readonly kind: 'name'; readonly state: NameState; readonly conflict: boolean }

/** Where an answer came from. */
export interface Source {
  /** Links that it crossed; 0 from the own store. */
  readonly hops: number
  /** Not from the writer's own store. */
  readonly cached: boolean
  /** Seconds since the writer confirmed it; 0 for a chunk, which never ages. The greater of what the hops added up and of what its own time says. */
  readonly ageS: number
  /** Older than was asked for, and nothing better was to be had. */
  readonly stale: boolean
  readonly neighbour: NeighbourId
}

/**
 * Something verified, to be kept. Everyone who waited for it has been answered. `ageS` is what the hops added up. The bytes
 * of a chunk are borrowed until the machine settles.
 */
export type Stored = { readonly kind: 'store'; readonly from: NeighbourId } & (
  | { readonly what: 'chunk'; readonly name: Uint8Array; readonly bytes: Uint8Array }
  | { readonly what: 'head'; readonly log: Uint8Array; readonly held: HeldHead; readonly ageS: number }
  | {
      readonly what: 'name'
      readonly name: Uint8Array
      readonly state: NameState
      readonly conflict: boolean
      readonly ageS: number
    }
  | { readonly what: 'fork'; readonly log: Uint8Array; readonly fork: ForkProof }
)

export type Event =
  /** Asks for the bytes of a chunk, which come by `handleRead` with this number, checked against the name. */
  | { readonly kind: 'read'; readonly requestId: number; readonly name: Uint8Array }
  /** Nobody looks at these bytes any more, which `handleRead` was given. */
  | { readonly kind: 'free'; readonly bytes: Uint8Array }
  /** Asks the writer, this node, to sign the same state again; then `handleRefreshed`. */
  | { readonly kind: 'refresh'; readonly what: 'head' | 'name'; readonly key: Uint8Array }
  /** Ends a local request, unless it follows a log: then one comes for each new state. */
  | { readonly kind: 'answer'; readonly requestId: number; readonly answer: Answer; readonly source: Source }
  /** Ends a local request. `retryMs`: 0, or how long to wait at least. */
  | {
      readonly kind: 'nack'
      readonly requestId: number
      readonly reason: NackReason
      readonly asked: readonly Attempt[]
      readonly retryMs: number
    }
  /** Whether somebody who knows of new states can be asked, of a local request that follows a log: first, and when it changes. */
  | { readonly kind: 'live'; readonly requestId: number; readonly reached: boolean }
  | Stored
  | ChannelEvent
  | PortEvent
  /** What a neighbour has of a name of which this node is a device; verified, and not merged into what is held. */
  | { readonly kind: 'heard'; readonly name: Uint8Array; readonly came: NameState; readonly from: NeighbourId }
  /** Somebody who asks for a name of which this node is a device says that it has a higher certificate. */
  | { readonly kind: 'behind'; readonly name: Uint8Array }
  /** A neighbour sent what fails a check; its share is now this. */
  | { readonly kind: 'blame'; readonly neighbour: NeighbourId; readonly reason: Reason; readonly share: number }
