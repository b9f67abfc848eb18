// Channels that end: in order after what was sent (Done), or at once; with their link; and because of what a neighbour says.

import { countDrop } from '../counters.js'
import type { Neighbour, State } from '../state.js'
import { type CloseReason, decodeClose, MAX_HOPS } from '../wire/index.js'
import { closeEnd, removeEnd } from './ends.js'
import { failWay } from './opening.js'
import { listToSend } from './passing.js'
import { type Channel, type ChannelEnd, otherEnd } from './state.js'

/** A neighbour ends a channel, or refuses it. */
export function handleClose(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const close = decodeClose(body)
  if (typeof close === 'string') {
    countDrop(state.counters, close)
    return
  }
  const end = neighbour.channels.ends.get(close.channel)
  if (end === undefined) countDrop(state.counters, 'unknown-channel')
  else handleEnded(state, end, close.reason)
}

/** The local program ends a channel: what it has sent before goes out first. */
export function closeLocal(state: State, number: number, reason: CloseReason): void {
  const end = state.channels.local.get(number)
  if (end !== undefined) handleEnded(state, end, reason)
}

/** A link ended, and every channel over it with it. */
export function closeLinkChannels(state: State, neighbour: Neighbour): void {
  for (const end of [...neighbour.channels.ends.values()]) handleEnded(state, end, 'LinkDown')
}

/** Nothing comes from this end any more, and nothing goes to it. */
function handleEnded(state: State, end: ChannelEnd, reason: CloseReason): void {
  const { channel } = end
  const other = otherEnd(end)
  const isWay = end === channel.far && !channel.isOpen
  removeEnd(state, end)
  if (other === undefined) return
  if (!isWay) closeAfter(state, other, reason)
  else if (end.neighbour !== undefined && canGoOn(reason, channel)) failWay(state, channel, reason)
  else closeEnd(state, other, reason)
}

/** Whether another way may lead to the device although this one did not. */
function canGoOn(reason: CloseReason, { hops }: Channel): boolean {
  // Who asks over few links measures. One that began here with all of them has gone in a circle, or been lied to.
  if (reason === 'Hops') return hops >= MAX_HOPS
  return reason === 'NoRoute' || reason === 'Busy' || reason === 'Expired' || reason === 'LinkDown'
}

function closeAfter(state: State, end: ChannelEnd, reason: CloseReason): void {
  if (reason !== 'Done' || end.neighbour === undefined || end.queue.size === 0) {
    // What was sent before a Done and waits still goes out, even when the link it came by has ended since.
    if (end.last === undefined || reason === 'Done') closeEnd(state, end, reason)
    return
  }
  end.last = reason
  listToSend(state, end)
}
