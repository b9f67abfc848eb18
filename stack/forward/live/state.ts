// What is followed: rows that stay, one entry for each log, and the one question upstream that it takes however many follow
// (docs/protocol.md §10.10). Nothing is queued for a follower: a row says only that it is due, and its answer is made from
// the newest state when it leaves.

import { KeyMap } from '../../bytes/index.js'
import type { Assembly } from '../assembly.js'
import type { Timed } from '../deadlines.js'
import type { Attempt } from '../events.js'
import type { Best, Held } from '../held.js'
import { LIVE_FIRST_PAUSE_US } from '../limits.js'
import type { NeighbourId } from '../neighbour-id.js'
import type { DataItem, Face, Neighbour, Route } from '../state.js'
import type { HeadHave } from '../wire/index.js'

/** One follower of a log. Its deadline is the end of its lifetime, or when it may be told more. */
export interface LiveRow extends Timed {
  readonly why: 'live-row'
  readonly face: Face
  /** Of its neighbour; undefined for the local program. */
  readonly follows: Follows | undefined
  readonly token: number
  readonly entry: LiveEntry
  readonly down: boolean
  /** What it was given last, or said that it has. */
  have: HeadHave
  maxAgeS: number
  staleOk: boolean
  hops: number
  /** Payload that it still takes. */
  creditBytes: number
  untilUs: number
  /** When the pace of its answers lets the next one leave; a little before is good enough. */
  paceUs: number
  /** It asked, and was not answered with a state that is fresh enough. */
  owed: boolean
  /** It was told an older state meanwhile. */
  toldStale: boolean
  toldFork: boolean
  over: boolean
}

/** A question that stays, to one neighbour. Its deadline runs while an answer is awaited. */
export interface LiveAsk extends Timed {
  readonly why: 'live-ask'
  readonly entry: LiveEntry
  readonly neighbour: Neighbour
  readonly route: Route | undefined
  readonly down: boolean
  readonly token: number
  /** Not answered yet; keeps us up to date; or answers nothing, or nothing that is fresh enough. */
  state: 'asked' | 'good' | 'poor' | 'over'
  /** What it was told that we have, or gave us last. */
  have: HeadHave
  hops: number
  sentUs: number
  renewUs: number
  /** Payload since it was renewed last, and what it may still send in all. */
  spentBytes: number
  allowedBytes: number
  /** Answers that it may still send, and since when none was added. */
  allowedAnswers: number
  countedUs: number
  assembly: Assembly | undefined
}

/** A log that somebody follows. Its deadline is when those who had nothing are asked again. */
export interface LiveEntry extends Timed {
  readonly why: 'live-entry'
  readonly kind: 'head'
  readonly key: Uint8Array
  readonly vias: Uint8Array[]
  readonly rows: Set<LiveRow>
  readonly asks: LiveAsk[]
  attempts: Attempt[]
  downRows: number
  pauseUs: number
  /** The newest state while the store is still to be told of it; and while several are asked the one before it, which another may continue. */
  pending: Best | undefined
  previous: Held | undefined
  /** Where the newest state came from. */
  origin: Pick<Best, 'hops' | 'cached' | 'neighbour'> & { readonly length: number }
  /** The writer, this node, was asked to sign again. */
  refreshing: boolean
  /** Whether somebody keeps us up to date; undefined until that is known. */
  reached: boolean | undefined
}

/** The live part of a neighbour. */
export interface Follows {
  /** What we follow of it, by our token. */
  readonly asks: Map<number, LiveAsk>
  /** Its rows that are to be told something, the next one first. */
  readonly due: Set<LiveRow>
  /** An answer that is leaving in pieces. */
  item: DataItem | undefined
  /** Live answers and others take turns. */
  turn: boolean
  readonly renew: LiveRenewTimer
}

export interface LiveRenewTimer extends Timed {
  readonly why: 'live-renew'
  readonly neighbour: NeighbourId
}

/** The last payload that was made: followers that have the same get the same bytes. */
export interface LiveEncoded {
  readonly headBytes: Uint8Array
  readonly have: HeadHave
  readonly fork: boolean
  readonly payload: Uint8Array
}

export class LiveTable {
  readonly #entries: KeyMap<LiveEntry>
  /** Entries whose `pending` the store is told of next. */
  readonly #pending = new Set<LiveEntry>()
  /** Of all entries. */
  rows = 0
  encoded: LiveEncoded | undefined

  constructor(seed: Uint8Array) {
    this.#entries = new KeyMap(seed)
  }

  find(log: Uint8Array): LiveEntry | undefined {
    return this.#entries.get(log)
  }

  values(): Iterable<LiveEntry> {
    return this.#entries.values()
  }

  /** The entry of a log, new or known. `log` is copied. */
  open(log: Uint8Array): LiveEntry {
    const known = this.find(log)
    if (known !== undefined) return known
    const entry: LiveEntry = {
      why: 'live-entry',
      atUs: 0,
      place: -1,
      turn: 0,
      kind: 'head',
      key: log.slice(),
      vias: [],
      rows: new Set(),
      asks: [],
      attempts: [],
      downRows: 0,
      pauseUs: LIVE_FIRST_PAUSE_US,
      pending: undefined,
      previous: undefined,
      origin: { length: -1, hops: 0, cached: true, neighbour: 0 },
      refreshing: false,
      reached: undefined,
    }
    this.#entries.set(entry.key, entry)
    return entry
  }

  close(entry: LiveEntry): void {
    if (this.find(entry.key) === entry) this.#entries.delete(entry.key)
    this.#pending.delete(entry)
  }

  /** Keeps a state until the store has it. */
  hold(entry: LiveEntry, best: Best): void {
    entry.pending = best
    this.#pending.add(entry)
  }

  /** The store has taken every state that it was told of. */
  handleStored(): void {
    if (this.#pending.size === 0) return
    for (const entry of this.#pending) entry.pending = undefined
    this.#pending.clear()
  }
}

export function newFollows(neighbour: NeighbourId): Follows {
  const renew: LiveRenewTimer = { why: 'live-renew', neighbour, atUs: 0, place: -1, turn: 0 }
  return { asks: new Map(), due: new Set(), item: undefined, turn: false, renew }
}
