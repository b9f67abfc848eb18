// Whether a node keeps within its limits: its tables and queues by the machine's own count, whatever is going on.

import type { ComposedNode } from '../../../node/composed.js'
import * as forward from '../../../stack/forward/limits.js'
import { Violation } from '../model.js'

/** The most that was met of each, in any node. */
export interface Most {
  interests: number
  routes: number
  neighbours: number
  queuedBytes: number
}

/** Throws a Violation when a node is beyond a limit; else remembers the most that was met. */
export function checkBounds(name: string, node: ComposedNode, most: Most): void {
  const { interests, routes, queuedBytes, neighbours } = node.hub.machine.status()
  const check = (what: keyof Most, found: number, limit: number): void => {
    if (found > limit) throw new Violation(`${name} has ${found} ${what}, ${limit} are allowed`)
    most[what] = Math.max(most[what], found)
  }
  check('interests', interests, forward.MAX_ROWS)
  check('routes', routes, forward.MAX_ROUTES)
  check('queuedBytes', queuedBytes, forward.MAX_QUEUED_BYTES)
  check('neighbours', neighbours.length, forward.MAX_NEIGHBOURS)
  for (const neighbour of neighbours) {
    if (neighbour.interests > forward.MAX_ROWS_PER_FACE)
      throw new Violation(`${name}: a neighbour has too many Interests`)
    if (neighbour.routes > forward.MAX_ROUTES_PER_NEIGHBOUR)
      throw new Violation(`${name}: a neighbour has too many routes`)
    if (neighbour.inFlightBytes > Math.max(neighbour.allowedBytes, forward.MAX_ALLOWANCE_BYTES)) {
      throw new Violation(`${name} asks a neighbour for ${neighbour.inFlightBytes} bytes at once`)
    }
  }
}

/** What waits when nobody asks: nothing may. */
export function checkRest(name: string, node: ComposedNode): void {
  const { interests, questions, queuedBytes } = node.hub.machine.status()
  if (interests + questions + queuedBytes === 0) return
  throw new Violation(
    `${name} keeps ${interests} Interests, ${questions} questions and ${queuedBytes} bytes for nobody`,
  )
}
