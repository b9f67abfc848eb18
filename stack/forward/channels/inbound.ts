// The way in of channels' frames: each to the step that it is for.

import type { Neighbour, State } from '../state.js'
import { FrameType } from '../wire/index.js'
import { handleClose } from './closing.js'
import { handleLabel } from './labels.js'
import { handleAccept, handleOpen } from './opening.js'
import { handleBytes, handleCredit } from './passing.js'

/** Whether it was a frame of a channel. */
export function handleChannelFrame(
  state: State,
  neighbour: Neighbour,
  type: number,
  flags: number,
  body: Uint8Array,
): boolean {
  switch (type) {
    case FrameType.open:
      handleOpen(state, neighbour, flags, body)
      return true
    case FrameType.accept:
      handleAccept(state, neighbour, body)
      return true
    case FrameType.bytes:
      handleBytes(state, neighbour, body)
      return true
    case FrameType.credit:
      handleCredit(state, neighbour, body)
      return true
    case FrameType.close:
      handleClose(state, neighbour, body)
      return true
    case FrameType.label:
      handleLabel(state, neighbour, body)
      return true
    default:
      return false
  }
}
