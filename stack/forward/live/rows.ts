// The followers of a log as a table: one is taken out, or found to make room for another.

import type { Face, State } from '../state.js'
import type { LiveRow } from './state.js'

/** Takes a follower, which stands there, out of every table. Its entry is closed or asks others by whoever does this. */
export function dropFollower(state: State, row: LiveRow): void {
  const { entry, face } = row
  row.over = true
  entry.rows.delete(row)
  if (row.down) entry.downRows--
  face.liveRows.delete(row.token)
  state.live.rows--
  state.deadlines.remove(row)
  row.follows?.due.delete(row)
}

/** The oldest follower of the face that has the most, of those that `matches`; undefined when that is the asker itself. */
export function followerToEvict(state: State, asker: Face, matches: (row: LiveRow) => boolean): LiveRow | undefined {
  let largest = asker
  for (const face of [state.local, ...state.neighbours.values()]) {
    if (face.liveRows.size > largest.liveRows.size) largest = face
  }
  if (largest === asker) return undefined
  for (const row of largest.liveRows.values()) if (matches(row)) return row
  return undefined
}
