// Whether one state of a log continues another, from two heads and their open pages alone (protocol §7).

import { equal } from '../bytes/index.js'
import type { HeldHead } from './head.js'

/** What two heads of one log say of each other; 'undecided' when it takes chunks of the log tree to tell. */
export type Continuity = 'continues' | 'fork' | 'undecided'

/**
 * Whether the longer of two verified heads of one log continues the shorter, in either order.
 * @throws RangeError when they are of different logs
 */
export function forkOf(a: HeldHead, b: HeldHead): Continuity {
  if (!equal(a.head.log, b.head.log)) throw new RangeError('heads of different logs')
  const [lower, higher] = a.head.length <= b.head.length ? [a, b] : [b, a]
  const x = lower.head
  const y = higher.head
  const sameRoot = equal(x.closedRoot, y.closedRoot)
  if (x.length === y.length) return sameRoot && equal(x.openPage, y.openPage) ? 'continues' : 'fork'
  if (x.closedLength === y.closedLength) return sameRoot && beginsWith(higher.page, lower.page) ? 'continues' : 'fork'
  if (x.length === 0) return 'continues'
  // A page never opens again, and one that closes holds all that was open: else the counts alone show the fork.
  return x.length > y.closedLength ? 'fork' : 'undecided'
}

/** Whether `page` is `prefix` or goes on from it. */
export function beginsWith(page: Uint8Array, prefix: Uint8Array): boolean {
  return page.length >= prefix.length && equal(page.subarray(0, prefix.length), prefix)
}
