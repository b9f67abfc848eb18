// The way out: what waits for each link, and in which order it leaves. Announcements and small frames overtake answers;
// answers leave as the link delivers, one frame a neighbour in turn.

import { uninitialized } from '../bytes/index.js'
import { nextChannelFrame } from './channels/leaving.js'
import { countDrop } from './counters.js'
import { takeLive } from './live/leaving.js'
import { dropFollower } from './live/rows.js'
import type { NeighbourId } from './neighbour-id.js'
import { markReady, queueControl } from './sending.js'
import type { DataItem, Loan, Neighbour, State } from './state.js'
import {
  encodeAnnounce,
  encodeDataHead,
  encodeNack,
  FrameType,
  MAX_PIECE_BYTES,
  type NackReason,
} from './wire/index.js'

/** One frame for one link. Its body is `head`, then `payload`, which is borrowed until the next call of the machine. */
export interface Transmit {
  readonly neighbour: NeighbourId
  readonly type: number
  readonly flags: number
  readonly head: Uint8Array
  readonly payload?: Uint8Array
}

/** Bytes of a frame before its body. */
const FRAME_HEAD_BYTES = 4

/** The next frame that a link has room for, or undefined when nothing can leave now. */
export function nextFrame(state: State): Transmit | undefined {
  for (;;) {
    const neighbour = state.ready.shift()
    if (neighbour === undefined) return undefined
    const frame = neighbour.up ? frameFor(state, neighbour) : undefined
    if (frame === undefined) {
      neighbour.ready = false
      continue
    }
    state.ready.push(neighbour)
    const bytes = FRAME_HEAD_BYTES + frame.head.length + (frame.payload?.length ?? 0)
    neighbour.egress.handleSent(state.clock.nowUs, bytes)
    return frame
  }
}

export function queueNack(
  state: State,
  neighbour: Neighbour,
  token: number,
  reason: NackReason,
  retryMs: number,
): void {
  const body = encodeNack({ token, reason, retryMs, bytesAllowed: allowedNow(state, neighbour) })
  if (queueControl(state, neighbour, { type: FrameType.nack, flags: 0, body })) neighbour.counters.nacksOut++
}

export function queueData(state: State, neighbour: Neighbour, item: DataItem): void {
  neighbour.data.push(item)
  state.queuedBytes += item.payload.length
  markReady(state, neighbour)
}

/**
 * Copies what waits of answers whose memory somebody will write over: most have left by now, because a link had room for
 * them.
 */
export function settle(state: State): void {
  if (state.borrowed.length === 0) return
  let before: Uint8Array | undefined
  let copy: Uint8Array | undefined
  for (const item of state.borrowed) {
    if (item.offset === item.payload.length) continue
    // One copy for all who wait for the same.
    if (copy === undefined || item.payload !== before) {
      before = item.payload
      copy = uninitialized(before.length)
      copy.set(before)
    }
    item.payload = copy
  }
  state.borrowed = []
}

/** Gives up what waits for a link that ended. */
export function dropQueues(state: State, neighbour: Neighbour): void {
  for (let item = neighbour.data.shift(); item !== undefined; item = neighbour.data.shift()) {
    state.queuedBytes -= item.payload.length
    endLoan(state, item.loan)
  }
  neighbour.control.clear()
}

function frameFor(state: State, neighbour: Neighbour): Transmit | undefined {
  if (neighbour.egress.hasRoomForControl) {
    if (neighbour.rankDue || state.announcements.hasDue(neighbour)) return announceFrame(state, neighbour)
    const frame = neighbour.control.shift()
    if (frame !== undefined) {
      return { neighbour: neighbour.id, type: frame.type, flags: frame.flags, head: frame.body }
    }
  }
  return neighbour.egress.hasRoom ? bulkFrame(state, neighbour) : undefined
}

/** Answers and channels take turns by bytes: who has been given less goes first. */
function bulkFrame(state: State, neighbour: Neighbour): Transmit | undefined {
  const { channels, data, follows } = neighbour
  if (channels.sending.size === 0) {
    channels.leadBytes = 0
    return answerFrame(state, neighbour)
  }
  if (data.size === 0 && follows.due.size === 0 && follows.item === undefined) channels.leadBytes = 0
  const answer = channels.leadBytes > 0 ? answerFrame(state, neighbour) : undefined
  if (answer !== undefined) {
    channels.leadBytes -= answer.payload?.length ?? 0
    return answer
  }
  const frame = nextChannelFrame(state, neighbour)
  if (frame === undefined) return answerFrame(state, neighbour)
  channels.leadBytes += frame.payload?.length ?? 0
  return { neighbour: neighbour.id, flags: 0, ...frame }
}

/** Live answers and others take turns. */
function answerFrame(state: State, neighbour: Neighbour): Transmit | undefined {
  const { follows } = neighbour
  follows.turn = !follows.turn
  return follows.turn
    ? (liveFrame(state, neighbour) ?? dataFrame(state, neighbour))
    : (dataFrame(state, neighbour) ?? liveFrame(state, neighbour))
}

function liveFrame(state: State, neighbour: Neighbour): Transmit | undefined {
  const { follows } = neighbour
  while (follows.item === undefined) {
    const leaving = takeLive(state, neighbour)
    if (leaving === undefined) return undefined
    if ('item' in leaving) follows.item = leaving.item
    else {
      const { entry, token } = leaving.tooBig
      dropFollower(state, leaving.tooBig)
      queueNack(state, neighbour, token, 'TooBig', 0)
      // Whether anybody is left who follows it is looked at next.
      state.deadlines.set(entry, state.clock.nowUs)
    }
  }
  const { item } = follows
  const frame = pieceOf(state, neighbour, item)
  if (item.offset === item.payload.length) follows.item = undefined
  return frame
}

function announceFrame(state: State, neighbour: Neighbour): Transmit {
  neighbour.rankDue = false
  const head = encodeAnnounce({ rank: state.rank, routes: state.announcements.take(neighbour) })
  return { neighbour: neighbour.id, type: FrameType.announce, flags: 0, head }
}

function dataFrame(state: State, neighbour: Neighbour): Transmit | undefined {
  let item = neighbour.data.peek()
  // Nobody waits for an answer whose lifetime is over before its first piece has left.
  while (item !== undefined && item.offset === 0 && item.untilUs < state.clock.nowUs) {
    countDrop(state.counters, 'answer-expired')
    closeItem(state, neighbour, item)
    item = neighbour.data.peek()
  }
  if (item === undefined) return undefined
  const frame = pieceOf(state, neighbour, item)
  if (item.offset === item.payload.length) closeItem(state, neighbour, item)
  return frame
}

function pieceOf(state: State, neighbour: Neighbour, item: DataItem): Transmit {
  const { token, flags, hops, ageS, payload, offset } = item
  const piece = payload.subarray(offset, offset + MAX_PIECE_BYTES)
  item.offset += piece.length
  neighbour.counters.bytesOut += piece.length
  const bytesAllowed = allowedNow(state, neighbour)
  const head = encodeDataHead({ token, offset, total: payload.length, bytesAllowed, hops, ageS })
  return { neighbour: neighbour.id, type: FrameType.data, flags, head, payload: piece }
}

function closeItem(state: State, neighbour: Neighbour, item: DataItem): void {
  neighbour.data.shift()
  neighbour.outstandingBytes -= item.answerBytes
  state.queuedBytes -= item.payload.length
  endLoan(state, item.loan)
}

/** One less looks at bytes of the store: nobody does when the event is polled, which is behind what was told before. */
export function endLoan(state: State, loan: Loan | undefined): void {
  if (loan === undefined) return
  loan.users--
  if (loan.users === 0) state.events.push({ kind: 'free', bytes: loan.bytes })
}

/** What the neighbour may have outstanding: the lesser of its link's worth and of its part of the window it waits for. */
function allowedNow(state: State, neighbour: Neighbour): number {
  const { waitsFor } = neighbour
  const waits = waitsFor?.up === true && waitsFor.window.waitingOf(neighbour) > 0
  const upstreamBytes = waits ? waitsFor.window.allowedBytes / Math.max(1, waitsFor.window.sharers) : undefined
  return neighbour.grant.tell(state.clock.nowUs, neighbour.egress, neighbour.share, upstreamBytes)
}
