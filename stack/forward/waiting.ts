// How long a row waits. What the local program's question waits in our own queues, for a window that is in use, is no part
// of its lifetime: a reader may look far ahead over a slow link.

import { MIN_LIFETIME_MS } from './limits.js'
import type { Row, State } from './state.js'

/** Whether a row whose time is over waits on, because its question still waits for a neighbour's window. */
export function waitsOn(state: State, row: Row): boolean {
  const waits = row.entry?.asks.some((ask) => ask.state === 'waiting') ?? false
  return waits && prolong(state, row, MIN_LIFETIME_MS * 1_000)
}

/** Gives a row so much time from now on, as far as it may have more. */
export function prolong(state: State, row: Row, us: number): boolean {
  const untilUs = Math.min(state.clock.nowUs + us, row.latestUs)
  if (untilUs <= row.untilUs) return false
  row.untilUs = untilUs
  state.deadlines.set(row, untilUs)
  if (row.entry !== undefined) row.entry.untilUs = Math.max(row.entry.untilUs, untilUs)
  return true
}
