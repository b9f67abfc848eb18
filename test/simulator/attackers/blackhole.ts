// Blackhole: it takes Interests and announces like anybody, and what was asked for never comes.
//
// Manners: silent (nothing is ever answered), drops (answers are made and thrown away), half (of an answer of several
// pieces only the first comes, others are thrown away), late (honest for a while, so that it is trusted; then silent).

import { FrameType } from '../../../stack/forward/index.js'
import type { Random } from '../random.js'
import type { Tap } from './tap.js'

export const blackholeManners = ['silent', 'drops', 'half', 'late'] as const

export function blackhole(tap: Tap, manner: string, random: Random): void {
  if (manner === 'silent' || manner === 'late') {
    const honest = manner === 'late' ? random.between(1, 6) : 0
    let asked = 0
    tap.handleAsked = () => {
      if (asked++ < honest) return false
      tap.count('swallowed')
      return true
    }
    return
  }
  tap.handleLeaving = ({ type, data }) => {
    if (type !== FrameType.data) return true
    if (manner === 'half' && data !== undefined && data.offset === 0 && data.payload.length < data.total) return true
    tap.count('dropped')
    return false
  }
}
