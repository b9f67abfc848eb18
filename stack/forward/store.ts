// What the machine needs to know of the store, which node/ implements. Everything here answers at once, from an index;
// the bytes of chunks are asked for by an event and come back through the machine's `handleRead`.

import type { ForkProof, HeldHead } from '../data/index.js'
import type { NameState } from '../name/index.js'
import type { QuestionName } from './wire/index.js'

/** A head that is held. `ageS`: seconds since the writer confirmed it, as the hops added up, and the time it lay here. */
export interface StoredHead {
  readonly held: HeldHead
  readonly ageS: number
  /** Written by this node, which is then the authority for it. */
  readonly own: boolean
  /** Proof that the log's writer forked it, to be passed on. */
  readonly fork?: ForkProof | undefined
}

/** A name that is held; as StoredHead. `own`: a card of it is this node's. */
export interface StoredName {
  readonly state: NameState
  readonly ageS: number
  readonly own: boolean
  /** Two certificates of equal order were seen. */
  readonly conflict?: boolean | undefined
}

export interface ContentStore {
  /** Whether the chunk's bytes are at hand. What a `store` event brought counts from that event on. */
  hasChunk(name: Uint8Array): boolean
  /** Whether this node wrote it: then its answers are not marked as cached. */
  isOwn(kind: QuestionName, key: Uint8Array): boolean
  findHead(log: Uint8Array): StoredHead | undefined
  findName(name: Uint8Array): StoredName | undefined
}
