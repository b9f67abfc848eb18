// The way out of channels: one frame of each that has something to send and credit for it, in turn.

import type { Neighbour, State } from '../state.js'
import { encodeBytesHead, encodeClose, FrameType } from '../wire/index.js'
import { removeEnd } from './ends.js'
import { handlePassed } from './passing.js'
import type { ChannelEnd } from './state.js'

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
    const frame = frameOf(state, end)
    const next = end.queue.peek()
    if (end.isUp && (next === undefined ? end.last !== undefined : next.sealed.length <= end.creditBytes)) {
      end.isListed = true
      sending.push(end)
    }
    return frame
  }
  return undefined
}

/** Of an end that is listed: it has credit for what waits, or nothing waits and it is to be closed. */
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
