// Bytes on their way through: taken within the credit that was granted, kept until the next hop has credit for them, and
// granted again once they have left. So a hop holds at most a window of each direction, and a reader that does not read
// holds back its writer, hop by hop, and nobody else.

import { uninitialized } from '../../bytes/index.js'
import { countDrop } from '../counters.js'
import { markReady, queueControl } from '../sending.js'
import type { Neighbour, State } from '../state.js'
import { decodeBytes, decodeCredit, encodeCredit, FrameType, MAX_SEALED_BYTES } from '../wire/index.js'
import { closeChannel } from './ends.js'
import { FIRST_CREDIT_BYTES, MAX_CREDIT_BYTES, MAX_WINDOW_BYTES } from './limits.js'
import { type ChannelEnd, maySend, otherEnd } from './state.js'

/** A neighbour sends bytes. */
export function handleBytes(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const bytes = decodeBytes(body)
  if (typeof bytes === 'string') {
    countDrop(state.counters, bytes)
    return
  }
  const end = neighbour.channels.ends.get(bytes.channel)
  if (end === undefined) countDrop(state.counters, 'unknown-channel')
  else pass(state, end, bytes.sealed, 'borrowed')
}

/** A neighbour takes more. */
export function handleCredit(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const credit = decodeCredit(body)
  if (typeof credit === 'string') {
    countDrop(state.counters, credit)
    return
  }
  const end = neighbour.channels.ends.get(credit.channel)
  if (end === undefined) {
    countDrop(state.counters, 'unknown-channel')
    return
  }
  end.channel.heardUs = state.clock.nowUs
  if (!end.channel.isOpen || end.creditBytes + credit.bytes > MAX_CREDIT_BYTES) {
    countDrop(state.counters, 'bad-credit')
    closeChannel(state, end.channel, 'Bad')
    return
  }
  end.creditBytes += credit.bytes
  listToSend(state, end)
}

/**
 * Bytes from one end to the other; false when the end has no credit for them, and then the channel is closed. Borrowed ones
 * are the caller's until it settles, others are not changed any more.
 */
export function pass(state: State, end: ChannelEnd, sealed: Uint8Array, memory: 'ours' | 'borrowed'): boolean {
  const { channel } = end
  const { length } = sealed
  if (!channel.isOpen || length > end.grantedBytes) {
    countDrop(state.counters, 'beyond-credit')
    closeChannel(state, channel, 'Bad')
    return false
  }
  channel.heardUs = state.clock.nowUs
  end.grantedBytes -= length
  const to = otherEnd(end)
  // It has ended, and this side has not heard of it yet.
  if (to === undefined || to.last !== undefined) return true
  if (to.neighbour === undefined) {
    state.events.push({ kind: 'channel-bytes', channel: to.number, sealed })
    handlePassed(state, to, length)
    return true
  }
  const waiting = { sealed, isGone: false }
  to.queue.push(waiting)
  if (memory === 'borrowed') state.channels.borrowed.push(waiting)
  to.queuedBytes += length
  state.channels.bufferedBytes += length
  listToSend(state, to)
  if (state.channels.bufferedBytes > state.limits.channelBytes) closeLargest(state)
  return true
}

/** Copies what waits in memory that somebody will write over: most has left by now, where the next hop has room. */
export function settleChannels({ channels }: State): void {
  if (channels.borrowed.length === 0) return
  for (const waiting of channels.borrowed) {
    if (waiting.isGone) continue
    const { length } = waiting.sealed
    const copy = channels.rooms?.take(length) ?? uninitialized(length)
    copy.set(waiting.sealed)
    waiting.sealed = copy
  }
  channels.borrowed = []
}

/** Something may leave to an end. */
export function listToSend(state: State, end: ChannelEnd): void {
  const { neighbour } = end
  if (neighbour === undefined || end.isListed || !end.isUp || !maySend(end)) return
  end.isListed = true
  neighbour.channels.sending.push(end)
  markReady(state, neighbour)
}

/** Bytes have left to this end: whoever sent them may send as many again. */
export function handlePassed(state: State, to: ChannelEnd, bytes: number): void {
  state.channels.counters.bytes += bytes
  const from = otherEnd(to)
  if (from === undefined || !from.isUp) return
  from.owedBytes += bytes
  from.passedBytes += bytes
  // Less often than by each frame; but whoever holds the longest one back must not wait for what only it would bring about.
  if (4 * from.owedBytes < from.windowBytes && from.grantedBytes >= MAX_SEALED_BYTES) return
  // A whole window has gone through, and little of it waits here: if anything holds the sender back it is the window.
  const grown = Math.min(2 * from.windowBytes, largestWindow(state))
  const grows = from.passedBytes >= from.windowBytes && 2 * to.queuedBytes <= from.windowBytes
  const more = grows ? Math.max(0, grown - from.windowBytes) : 0
  const granted = from.owedBytes + more
  if (from.neighbour === undefined) {
    state.events.push({ kind: 'channel-room', channel: from.number })
  } else {
    const body = encodeCredit({ channel: from.number, bytes: granted })
    if (!queueControl(state, from.neighbour, { type: FrameType.credit, flags: 0, body })) return
  }
  from.owedBytes = 0
  from.grantedBytes += granted
  if (grows) {
    from.windowBytes += more
    from.passedBytes = 0
  }
}

/** All windows together fit what may wait. */
function largestWindow({ channels, limits }: State): number {
  const share = Math.floor(limits.channelBytes / (2 * Math.max(1, channels.all.size)))
  return Math.min(Math.max(share, FIRST_CREDIT_BYTES), MAX_WINDOW_BYTES)
}

function closeLargest(state: State): void {
  let largest: ChannelEnd | undefined
  for (const { asker, far } of state.channels.all) {
    for (const end of [asker, far]) {
      if (end !== undefined && end.queuedBytes > (largest?.queuedBytes ?? 0)) largest = end
    }
  }
  if (largest !== undefined) closeChannel(state, largest.channel, 'Busy')
}
