// What marks a neighbour as having something to be sent, and the queue of small frames, which overtake answers.

import { countDrop } from './counters.js'
import { MAX_CONTROL_FRAMES } from './limits.js'
import type { ControlFrame, Neighbour, State } from './state.js'

/** Something may leave to a neighbour. */
export function markReady(state: State, neighbour: Neighbour): void {
  if (neighbour.ready || !neighbour.up) return
  neighbour.ready = true
  state.ready.push(neighbour)
}

/** False, and counted, when too many wait already. */
export function queueControl(state: State, neighbour: Neighbour, frame: ControlFrame): boolean {
  if (neighbour.control.size >= MAX_CONTROL_FRAMES) {
    countDrop(state.counters, 'control-queue-full')
    return false
  }
  neighbour.control.push(frame)
  markReady(state, neighbour)
  return true
}
