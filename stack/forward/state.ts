// What the machine remembers: who asks (faces), what they ask (rows, joined in entries), whom we ask (asks), and what
// leads where (routes). Plain records; the rules are in the files that are named after what happens.

import type { KeyMap } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import type { Egress, Grant } from './allowance.js'
import type { Announcements } from './announcements.js'
import type { Assembly } from './assembly.js'
import type { Channel, ChannelTable, LinkChannels } from './channels/state.js'
import type { Counters, NeighbourCounters } from './counters.js'
import type { Deadlines, Timed } from './deadlines.js'
import type { Attempt, Event } from './events.js'
import type { FairQueue, Shared } from './fairness.js'
import type { Best } from './held.js'
import type { Limits } from './limits.js'
import type { Follows, LiveAsk, LiveEntry, LiveRenewTimer, LiveRow, LiveTable } from './live/index.js'
import type { NeighbourId } from './neighbour-id.js'
import type { Pit } from './pit.js'
import type { LinkPort, PortTable } from './ports/index.js'
import type { Queue } from './queue.js'
import type { Routes } from './routes.js'
import type { ContentStore } from './store.js'
import type { NackReason, Question, QuestionName, RouteName } from './wire/index.js'

/** Both are given with every call: the monotonic time, and the wall clock that signed times are held against. */
export interface Clock {
  /** Integer microseconds from any start; never goes back. */
  readonly nowUs: number
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

/** A device, however many links it has with us: one that it dialled and one that we dialled, if each is upstream of the other. */
export interface Party {
  /** Scratch for walks over an entry: equals State.stamp when the party was met. */
  stamp: number
}

/** Who asks us: a neighbour, or the local program, whose number is LOCAL. */
export interface Face {
  readonly id: NeighbourId
  /** Shared by all links of one device. */
  readonly party: Party
  /** By token, or by request for the local program; the oldest first. */
  readonly rows: Map<number, Row>
  /** What it follows, by token as above; the oldest first. */
  readonly liveRows: Map<number, LiveRow>
  /** answerBytes of its Interests whose answers have not left (§10.8). */
  outstandingBytes: number
  /** 1, halved by each blame. */
  share: number
  /** Bytes of a window that its questions may hold at first. */
  readonly firstHoldBytes: number
  /** The neighbour for whose window a question of this face waited last. */
  waitsFor: Neighbour | undefined
}

export interface Neighbour extends Face {
  readonly device: Uint8Array
  /** Whether it is one of our upstreams. */
  readonly upstream: boolean
  rank: number
  up: boolean
  /** When its share was last changed, µs. */
  blamedUs: number
  /** Questions that it left unanswered, or took long to refuse, since its last verified answer. */
  silences: number

  /** What we asked it, by our token. */
  readonly asks: Map<number, Ask>
  /** Chunks that it was asked for in vain, by our token: they may still come. The oldest first. */
  readonly late: Map<number, Late>
  nextToken: number
  readonly window: FairQueue<Face, Ask>
  /** After Busy or Quota: nothing is asked of it before this time. */
  holdUntilUs: number
  readonly retry: RetryTimer

  readonly egress: Egress
  readonly grant: Grant
  readonly control: Queue<ControlFrame>
  readonly data: Queue<DataItem>
  /** What it follows of us, and we of it. */
  readonly follows: Follows
  /** Whether it stands in State.ready. */
  ready: boolean

  readonly routes: Set<Route>
  /** Whether an ANNOUNCE is to be sent even if it has no route. */
  rankDue: boolean
  readonly renew: RenewTimer
  /** The rank that it said last; an upstream that says another one too often is heard later. */
  statedRank: number
  /** How many changes are heard at once now, and when that was counted. */
  rankChanges: number
  rankChangedUs: number
  readonly rankTimer: RankTimer
  readonly channels: LinkChannels
  /** Its UDP address. */
  readonly port: LinkPort
  readonly counters: NeighbourCounters
}

/** One Interest of one face. It ends with its answer, its Nack, its lifetime or its link. */
export interface Row extends Timed {
  readonly why: 'row'
  readonly face: Face
  readonly token: number
  readonly question: Question
  readonly down: boolean
  readonly staleOk: boolean
  /** How many more nodes may forward it. */
  readonly hops: number
  readonly answerBytes: number
  /** Of the local program, which wants to hear what all others have of a name: no answer is enough. */
  readonly elsewhere: boolean
  untilUs: number
  readonly lifetimeUs: number
  /** Of the local program later than `untilUs`: what it waits for in our own queues is not its lifetime. */
  readonly latestUs: number
  /** The rows of one entry are a list. */
  entry: Entry | undefined
  before: Row | undefined
  after: Row | undefined
}

/** One (kind, key) that somebody waits for, or that was asked. */
export interface Entry {
  readonly kind: QuestionName
  readonly key: Uint8Array
  firstRow: Row | undefined
  lastRow: Row | undefined
  rowCount: number
  downRows: number
  /** Where a chunk was learned, of all rows, each once. */
  vias: Uint8Array[]
  /** Waiting or in flight: at most one trusted one and one beside it, and what a joining DOWN row needed. */
  asks: Ask[]
  attempts: Attempt[]
  /** The reach of all rows so far: longest lifetime, most hops, most bytes, lowest age. */
  untilUs: number
  hops: number
  answerBytes: number
  maxAgeS: number
  /** The number of a read from the store under way, or 0. */
  readId: number
  /** Somebody said TooBig: there is an answer, and it needs more than what is asked for at first. */
  large: boolean
  /** The store said that it had the chunk and did not: it is not asked again. */
  missed: boolean
  /** The writer, this node, was asked to sign again. */
  refreshing: boolean
  /** The best verified head or name that came, while rows wait for a better one. */
  best: Best | undefined
  lastReason: NackReason | undefined
}

/** One question to one neighbour on behalf of an entry. */
/** A chunk that was asked for in vain and may still come. */
export interface Late extends Shared<Face> {
  readonly key: Uint8Array
}

export interface Ask extends Timed {
  readonly why: 'ask'
  readonly entry: Entry
  readonly neighbour: Neighbour
  /** Whose part of the neighbour's window it takes. */
  face: Face
  /** The route that led here; undefined when it goes up. */
  readonly route: Route | undefined
  /** Sent with DOWN. */
  readonly down: boolean
  /** Asked beside the next candidate, because its route is not proven. */
  readonly beside: boolean
  state: 'waiting' | 'sent' | 'over'
  token: number
  answerBytes: number
  cost: number
  /** Since when it waits for the neighbour's window, or when it was sent. */
  sinceUs: number
  /** What we said that we have and how old it may be: the question as it was sent. */
  question: Question | undefined
  busyCount: number
  assembly: Assembly | undefined
}

export interface Route extends Timed {
  readonly why: 'route'
  readonly kind: RouteName
  readonly key: Uint8Array
  readonly neighbour: Neighbour
  cost: number
  /** Of a device, and checked; empty for others. */
  proof: Uint8Array
  /** A verified answer came this way, and nothing has failed since. */
  proven: boolean
  /** Failures since the last verified answer. */
  failures: number
}

export interface RetryTimer extends Timed {
  readonly why: 'retry'
  readonly neighbour: NeighbourId
}

export interface RenewTimer extends Timed {
  readonly why: 'renew'
  readonly neighbour: NeighbourId
}

/** When the rank that an upstream said last is heard. */
export interface RankTimer extends Timed {
  readonly why: 'rank'
  readonly neighbour: NeighbourId
}

/** Remembers that a key was refreshed lately. */
export interface RefreshTimer extends Timed {
  readonly why: 'refresh'
  readonly what: 'head' | 'name'
  readonly key: Uint8Array
}

/** Questions that wait for a way up, and until when any may. */
export interface Hold extends Timed {
  readonly why: 'hold'
  readonly entries: Set<Entry>
  /** Whether there is a way up. */
  hasWay: boolean
  /** Undefined: there was none yet, and no question that needed one. */
  untilUs: number | undefined
}

/** Everything with a deadline. */
export type Timer =
  | Row
  | Ask
  | Route
  | RetryTimer
  | RenewTimer
  | RankTimer
  | RefreshTimer
  | Hold
  | LiveRow
  | LiveAsk
  | LiveEntry
  | LiveRenewTimer
  | Channel
  | LinkPort

/** A frame that fits one record and overtakes Data. */
export interface ControlFrame {
  readonly type: number
  readonly flags: number
  readonly body: Uint8Array
}

/** Bytes that handleRead was given, and how many answers they wait in; a 'free' event follows the last. */
export interface Loan {
  readonly bytes: Uint8Array
  users: number
}

/** An answer that waits for its link. */
export interface DataItem {
  readonly token: number
  readonly flags: number
  payload: Uint8Array
  readonly hops: number
  readonly ageS: number
  readonly untilUs: number
  /** Of the neighbour's outstanding bytes, until the last piece has left. */
  readonly answerBytes: number
  offset: number
  /** Whose bytes the payload is, where they are given back. */
  loan: Loan | undefined
}

/** The machine's tables. Everything but `machine.ts` takes it as an argument. */
export interface State {
  readonly crypto: Crypto
  readonly store: ContentStore
  readonly limits: Limits
  clock: Clock
  readonly root: boolean
  /** Ours (§10.5). */
  rank: number
  readonly local: Face
  /** Ours; undefined: no channel ends here. */
  readonly device: Uint8Array | undefined
  readonly channels: ChannelTable
  readonly ports: PortTable
  readonly neighbours: Map<NeighbourId, Neighbour>
  readonly upstreams: Neighbour[]
  readonly pit: Pit
  readonly hold: Hold
  readonly live: LiveTable
  readonly routes: Routes
  readonly announcements: Announcements
  readonly deadlines: Deadlines<Timer>
  readonly events: Queue<Event>
  /** Neighbours that may have a frame to send. */
  readonly ready: Queue<Neighbour>
  /** Answers that were queued with a payload that somebody else will write over: see `settle`. */
  borrowed: DataItem[]
  /** Payload bytes that wait for links, in all. */
  queuedBytes: number
  readonly reads: Map<number, Entry>
  readonly refreshed: { readonly head: KeyMap<RefreshTimer>; readonly name: KeyMap<RefreshTimer> }
  nextRequest: number
  nextToken: number
  stamp: number
  readonly counters: Counters
}
