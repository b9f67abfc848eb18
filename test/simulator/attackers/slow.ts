// Slow: everything that it says comes seconds late, or it reads its socket at a crawl while others wait to write to it.
//
// Manners: answers (each answer and Nack waits 1 to 12 s), reader (each neighbour's cable to it carries 20 kB/s).

import type { Computer } from '../computer.js'
import type { Cable } from '../network.js'
import type { Random } from '../random.js'
import type { Tap } from './tap.js'

export const slowManners = ['answers', 'reader'] as const

const CRAWL_BYTES_PER_SECOND = 20_000

/** What cables that are made thin carried before; a node that starts again finds them thin. */
const before = new WeakMap<Cable, number>()

export function slow(tap: Tap, manner: string, random: Random, computer: Computer): void {
  if (manner === 'reader') {
    // What a socket that is not read does to its peer is what a thin cable does.
    const { network } = tap.world
    const cables = tap.world.computers
      .filter((other) => other !== computer)
      .map(({ name }) => network.cable(name, computer.name))
    for (const cable of cables) {
      before.set(cable, before.get(cable) ?? cable.bytesPerSecond)
      cable.bytesPerSecond = CRAWL_BYTES_PER_SECOND
    }
    tap.handleStop = () => {
      for (const cable of cables) cable.bytesPerSecond = before.get(cable) ?? cable.bytesPerSecond
    }
    tap.count('thin cables')
    return
  }
  tap.handleLeaving = ({ link, type, flags, body }) => {
    tap.count('held back')
    tap.after(random.between(1_000_000, 12_000_000), () => tap.send(link, type, flags, body))
    return false
  }
}
