// Ends that come and go: numbers, quotas, and what the other side is told.

import { queueControl } from '../sending.js'
import type { Neighbour, State } from '../state.js'
import { type CloseReason, encodeClose, FrameType } from '../wire/index.js'
import { dropLabels } from './label-rows.js'
import { type Channel, type ChannelEnd, createEnd } from './state.js'

/** An end on a link, under a number that the neighbour chose, or under the next one of ours. */
export function addEnd(neighbour: Neighbour, channel: Channel, number = freeNumber(neighbour)): ChannelEnd {
  const end = createEnd(channel, neighbour, number)
  neighbour.channels.ends.set(number, end)
  return end
}

/** The local program's end. */
export function addLocalEnd({ channels }: State, channel: Channel): ChannelEnd {
  const end = createEnd(channel, undefined, channels.nextLocal++)
  channels.local.set(end.number, end)
  return end
}

/** The end is of no use any more, whoever said so; what waits for it is dropped. */
export function removeEnd(state: State, end: ChannelEnd): void {
  if (!end.isUp) return
  end.isUp = false
  dropLabels(state, end)
  const { channel, neighbour, number } = end
  state.channels.bufferedBytes -= end.queuedBytes
  end.queuedBytes = 0
  for (let waiting = end.queue.shift(); waiting !== undefined; waiting = end.queue.shift()) waiting.isGone = true
  if (neighbour === undefined) state.channels.local.delete(number)
  else neighbour.channels.ends.delete(number)
  if (channel.asker === end) {
    channel.asker = undefined
    if (neighbour !== undefined) neighbour.channels.opened--
    if (neighbour !== undefined && !channel.isOpen) neighbour.channels.halfOpen--
  }
  if (channel.far === end) channel.far = undefined
  if (channel.asker !== undefined || channel.far !== undefined) return
  state.channels.all.delete(channel)
  state.deadlines.remove(channel)
}

/** Tells the other side that a channel is over, at once; what waits for it is dropped. */
export function closeEnd(state: State, end: ChannelEnd, reason: CloseReason): void {
  if (!end.isUp) return
  const { neighbour, number } = end
  removeEnd(state, end)
  if (neighbour === undefined) state.events.push({ kind: 'channel-closed', channel: number, reason })
  else sendClose(state, neighbour, number, reason)
}

export function sendClose(state: State, neighbour: Neighbour, channel: number, reason: CloseReason): void {
  queueControl(state, neighbour, { type: FrameType.close, flags: 0, body: encodeClose({ channel, reason }) })
}

/** Ends a channel toward both sides, at once. */
export function closeChannel(state: State, { asker, far }: Channel, reason: CloseReason): void {
  const { counters } = state.channels
  if (reason === 'Bad') counters.closedBad++
  else if (reason === 'Busy') counters.closedBusy++
  else if (reason === 'Expired') counters.closedExpired++
  for (const end of [asker, far]) if (end !== undefined) closeEnd(state, end, reason)
}

/** The next number of ours that is not in use; there are 2^31, and few are. */
function freeNumber({ channels }: Neighbour): number {
  for (;;) {
    const number = channels.nextNumber
    channels.nextNumber = number + 2 > 0xffffffff ? number & 1 || 2 : number + 2
    if (!channels.ends.has(number)) return number
  }
}
