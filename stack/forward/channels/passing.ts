// Bytes on their way through: taken within the credit that was granted, kept until the next hop has credit for them, and
// granted again once they have left. So a hop holds at most a window of each direction, and a reader that does not read
// holds back its writer, hop by hop, and nobody else.

import { countDrop } from '../counters.js'
import { markReady, queueControl } from '../sending.js'
import type { Neighbour, State } from '../state.js'
import { decodeBytes, decodeCredit, encodeCredit, FrameType, MAX_SEALED_BYTES } from '../wire/index.js'
import { closeChannel } from './ends.js'
import { FIRST_CREDIT_BYTES, MAX_CREDIT_BYTES, MAX_WINDOW_BYTES } from './limits.js'
import { type ChannelEnd, otherEnd } from './state.js'

/** A neighbour sends bytes. */
export function handleBytes(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const bytes = decodeBytes(body)
  if (typeof bytes === 'string') {
    countDrop(state.counters, bytes)
    return
  }
  const end = neighbour.channels.ends.get(bytes.channel)
  if (end === undefined) countDrop(state.counters, 'unknown-channel')
  // The frame is lent, and they wait here for credit, or at the local end for whoever reads.
  else pass(state, end, bytes.sealed.slice())
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

/** Bytes, which nobody changes any more, from one end to the other; false when the end has no credit for them, and then the channel is closed. */
export function pass(state: State, end: ChannelEnd, sealed: Uint8Array): boolean {
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
  to.queue.push(sealed)
  to.queuedBytes += length
  state.channels.bufferedBytes += length
  listToSend(state, to)
  if (state.channels.bufferedBytes > state.limits.channelBytes) closeLargest(state)
  return true
}

/** Something may leave to an end. */
export function listToSend(state: State, end: ChannelEnd): void {
  const { neighbour } = end
  const next = end.queue.peek()
  const canSend = next === undefined ? end.last !== undefined : next.length <= end.creditBytes
  if (neighbour === undefined || end.isListed || !end.isUp || !canSend) return
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
  // It has used up most of its window before we granted anything: a larger one keeps the way full.
  const grown = Math.min(2 * from.windowBytes, largestWindow(state))
  const grows = from.passedBytes >= from.windowBytes && 2 * from.grantedBytes <= from.windowBytes
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
