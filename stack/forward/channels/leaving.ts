// The way out of channels: one frame of each that has something to send and credit for it, in turn; what is to be told of
// labels before what waits.

import type { Neighbour, State } from '../state.js'
import { encodeBytesHead, encodeClose, FrameType } from '../wire/index.js'
import { removeEnd } from './ends.js'
import { nextLabel } from './labels.js'
import { handlePassed } from './passing.js'
import { type ChannelEnd, maySend } from './state.js'

export interface ChannelFrame {
  readonly type: number
  readonly head: Uint8Array
  readonly payload?: Uint8Array
}

/** The next frame of a channel, or undefined when none may leave. */
export function nextChannelFrame(state: State, neighbour: Neighbour): ChannelFrame | undefined {
  const { sending } = neighbour.channels
  for (let end = sending.shift(); end !== undefined; end = sending.shift()) {
    end.isListed = false
    if (!end.isUp) continue
    const frame = nextLabel(end) ?? (maySend(end) ? frameOf(state, end) : undefined)
    if (frame === undefined) continue
    if (end.isUp && maySend(end)) {
      end.isListed = true
      sending.push(end)
    }
    return frame
  }
  return undefined
}

/** Of an end that may send: it has credit for what waits, or nothing waits and it is to be closed. */
function frameOf(state: State, end: ChannelEnd): ChannelFrame {
  const { queue, number, last = 'Done' } = end
  const waiting = queue.shift()
  if (waiting === undefined) {
    removeEnd(state, end)
    return { type: FrameType.close, head: encodeClose({ channel: number, reason: last }) }
  }
  const { sealed } = waiting
  waiting.isGone = true
  end.creditBytes -= sealed.length
  end.queuedBytes -= sealed.length
  state.channels.bufferedBytes -= sealed.length
  handlePassed(state, end, sealed.length)
  return { type: FrameType.bytes, head: encodeBytesHead(number), payload: sealed }
}
