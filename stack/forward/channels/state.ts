// What is remembered of channels: each joins two ends, one on the side of whoever opened it and one toward the device. An
// end is on a link, or it is the local program's.

import type { Rooms } from '../../bytes/index.js'
import type { Timed } from '../deadlines.js'
import { newPace, type Pace } from '../pace.js'
import { Queue } from '../queue.js'
import type { Neighbour, Party, Route } from '../state.js'
import type { CloseReason, UdpAddress } from '../wire/index.js'
import type { LabelWay } from './label-rows.js'
import {
  FIRST_CREDIT_BYTES,
  LABELS_PER_SECOND,
  MAX_LABELS_AT_ONCE,
  MAX_PROOFS_AT_ONCE,
  PROOFS_PER_SECOND,
} from './limits.js'

/** Bytes that wait for a link. */
export interface Waiting {
  sealed: Uint8Array
  /** Whether they have left, or will not. */
  isGone: boolean
}

/** A number by which an end takes datagrams, and what became of it at this node. */
export interface GivenLabel {
  /** Of the device at that side, for one generation of keys. */
  readonly index: number
  /** What is written for that end; 0: nothing. */
  label: number
  /** Ours instead of it, 0 while there is none, and where the datapath sends what carries it. */
  own: number
  way: LabelWay | undefined
  /** What the other end is to be told, and was told last. */
  due: number
  told: number | undefined
  /** Where the local program, at the other end, was told to send. */
  leads: UdpAddress | undefined
}

export interface ChannelEnd {
  readonly channel: Channel
  /** Undefined: the local program. */
  readonly neighbour: Neighbour | undefined
  /** Of its link, or of this node. */
  readonly number: number
  /** Whether it is in use. After that nothing comes from it or goes to it. */
  isUp: boolean
  /** What waits to be sent to it, and how much it still takes. */
  readonly queue: Queue<Waiting>
  queuedBytes: number
  creditBytes: number
  /** CLOSE follows what waits. */
  last: CloseReason | undefined
  /** Whether it stands in its link's `sending`. */
  isListed: boolean
  /** What may still come from it, the most that may be outstanding, and what was sent on and not granted again. */
  grantedBytes: number
  windowBytes: number
  owedBytes: number
  /** Sent on since the window grew last. */
  passedBytes: number
  /** By which numbers it takes datagrams, the oldest first, and how often it may say more. */
  readonly given: GivenLabel[]
  readonly labelPace: Pace
  /** Whether it is to be told of what the other end has given. */
  isLabelDue: boolean
}

export interface Channel extends Timed {
  readonly why: 'channel'
  readonly device: Uint8Array
  /** Message 1, for as long as it may have to be sent again. */
  message: Uint8Array
  /** How many more nodes may forward it. */
  readonly hops: number
  /** It came with DOWN. */
  readonly down: boolean
  asker: ChannelEnd | undefined
  far: ChannelEnd | undefined
  /** Along which route the way that is tried or was taken leads. */
  route: Route | undefined
  /** Whether ACCEPT has come. */
  isOpen: boolean
  /** Who was tried, so that nobody is twice, and how the last one failed. */
  readonly tried: Party[]
  lastReason: CloseReason | undefined
  openedUs: number
  /** When the last frame came, µs. */
  heardUs: number
}

/** The channels of one link. */
export interface LinkChannels {
  readonly ends: Map<number, ChannelEnd>
  /** Of our parity. */
  nextNumber: number
  /** Channels that the neighbour has opened, and those of them that wait for ACCEPT. */
  opened: number
  halfOpen: number
  /** Ends that have something to send and credit for it, in turn. */
  readonly sending: Queue<ChannelEnd>
  /** Bytes that channels were given more than answers, while both waited. */
  leadBytes: number
  /** Of proofs of devices that are verified for this neighbour. */
  readonly proofs: Pace
}

/** All channels of a node. */
export interface ChannelTable {
  readonly all: Set<Channel>
  /** The local program's ends. */
  readonly local: Map<number, ChannelEnd>
  nextLocal: number
  /** What waits for links in all of them. */
  bufferedBytes: number
  /** Of what waits, that whose memory somebody else will write over: see `settleChannels`. */
  borrowed: Waiting[]
  /** Where it is copied to. */
  readonly rooms: Rooms | undefined
  /** Labels of ours, and from where datagrams with them come. */
  readonly labels: Map<number, UdpAddress>
  readonly counters: ChannelCounters
}

export interface ChannelCounters {
  /** OPENs that were taken. */
  opened: number
  /** Of these, how many were accepted. */
  accepted: number
  /** OPENs that a quota refused. */
  refused: number
  /** Closed because a neighbour did not keep to the rules, because all together held too much, or because nothing came. */
  closedBad: number
  closedBusy: number
  closedExpired: number
  /** Sealed bytes that were sent on or taken. */
  bytes: number
}

export function createChannelTable(rooms?: Rooms): ChannelTable {
  const counters = { opened: 0, accepted: 0, refused: 0, closedBad: 0, closedBusy: 0, closedExpired: 0, bytes: 0 }
  return {
    all: new Set(),
    local: new Map(),
    nextLocal: 1,
    bufferedBytes: 0,
    borrowed: [],
    labels: new Map(),
    rooms,
    counters,
  }
}

/** `isInitiator`: whether we dialled this link. `start`: any number. */
export function createLinkChannels(isInitiator: boolean, start: number): LinkChannels {
  const nextNumber = (start & 0x7ffffffe) + (isInitiator ? 1 : 2)
  return {
    ends: new Map(),
    nextNumber,
    opened: 0,
    halfOpen: 0,
    sending: new Queue(),
    leadBytes: 0,
    proofs: newPace(MAX_PROOFS_AT_ONCE, PROOFS_PER_SECOND),
  }
}

export function createEnd(channel: Channel, neighbour: Neighbour | undefined, number: number): ChannelEnd {
  return {
    channel,
    neighbour,
    number,
    isUp: true,
    queue: new Queue(),
    queuedBytes: 0,
    creditBytes: FIRST_CREDIT_BYTES,
    last: undefined,
    isListed: false,
    grantedBytes: FIRST_CREDIT_BYTES,
    windowBytes: FIRST_CREDIT_BYTES,
    owedBytes: 0,
    passedBytes: 0,
    given: [],
    labelPace: newPace(MAX_LABELS_AT_ONCE, LABELS_PER_SECOND),
    isLabelDue: false,
  }
}

/** Whether something may leave to an end: bytes for which it has credit, its close behind them, or what it is to be told of labels. */
export function maySend({ queue, creditBytes, last, isLabelDue }: ChannelEnd): boolean {
  const next = queue.peek()
  return isLabelDue || (next === undefined ? last !== undefined : next.sealed.length <= creditBytes)
}

/** The end at the other side of a channel, while there is one. */
export function otherEnd(end: ChannelEnd): ChannelEnd | undefined {
  const { asker, far } = end.channel
  return end === asker ? far : asker
}
