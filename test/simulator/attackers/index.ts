// Attackers: honest nodes with one switch. `attack` applies it to a node that runs, from outside; it holds until the node
// ends, and is applied again after each start.

import { toHex } from '../../../stack/bytes/index.js'
import type { Computer } from '../computer.js'
import type { Random } from '../random.js'
import type { Attack, AttackContext, AttackKind, KnownKey, Published } from './attack.js'
import { blackhole, blackholeManners } from './blackhole.js'
import { bomb, bombManners } from './bomb.js'
import { flood, floodManners } from './flood.js'
import { fork, forkManners } from './fork.js'
import { hoard, hoardManners } from './hoard.js'
import { lie, lieManners } from './lie.js'
import { slow, slowManners } from './slow.js'
import { stale, staleManners } from './stale.js'
import { Tap } from './tap.js'
import { thief, thiefManners } from './thief.js'

export {
  type Attack,
  type AttackContext,
  type AttackKind,
  attackKinds,
  type KnownKey,
  type Published,
} from './attack.js'
export { HandLog } from './hand-log.js'
export { Person, type PersonDevice } from './person.js'
export { Tap } from './tap.js'
export { impersonate, serveLog } from './thief.js'

/** Interests a second of a flood in a random scenario: what it costs is counted in virtual time. */
const FLOOD_RATE = 500

interface Kind {
  /** What it does, for people. */
  readonly does: string
  readonly manners: readonly string[]
  /** What it says is signed by keys that it has: readers may be shown it, and the name or log it is about is lost to it. */
  readonly writes: boolean
}

export const kinds: { readonly [kind in AttackKind]: Kind } = {
  lie: { does: 'answers with wrong bytes', manners: lieManners, writes: false },
  stale: { does: 'answers with old heads and names', manners: staleManners, writes: false },
  blackhole: { does: 'takes questions and answers nothing', manners: blackholeManners, writes: false },
  flood: { does: 'asks for what does not exist', manners: floodManners, writes: false },
  hoard: { does: 'announces everything and has nothing', manners: hoardManners, writes: false },
  fork: { does: 'writes a log of two contradicting states', manners: forkManners, writes: true },
  thief: { does: 'signs with keys of somebody else', manners: thiefManners, writes: true },
  bomb: { does: 'publishes what claims far too much', manners: bombManners, writes: true },
  slow: { does: 'answers, or reads its socket, seconds late', manners: slowManners, writes: false },
}

/** Attacks from a node that runs. What it draws follows from `random`. A thief without a victim does nothing. */
export function attack(computer: Computer, kind: AttackKind, random: Random, context: AttackContext): Attack {
  const tap = new Tap(computer, context.world)
  const { manners } = kinds[kind]
  const manner = context.manner ?? random.pick(manners)
  if (!manners.includes(manner)) throw new Error(`${kind} does not go about it so: ${manner}`)
  const keys = context.keys ?? ((): Iterable<KnownKey> => [])
  const published: Published[] = []
  switch (kind) {
    case 'lie':
      lie(tap, manner, random)
      break
    case 'stale':
      stale(tap, manner)
      break
    case 'blackhole':
      blackhole(tap, manner, random)
      break
    case 'flood':
      flood(tap, manner, random, keys, context.rate ?? FLOOD_RATE)
      break
    case 'hoard':
      hoard(tap, manner, random, keys)
      break
    case 'fork':
      published.push(fork(tap, manner, random, computer))
      break
    case 'thief':
      if (context.victim !== undefined) published.push(...thief(tap, manner, random, context.victim))
      break
    case 'bomb':
      published.push(bomb(tap, manner, random))
      break
    case 'slow':
      slow(tap, manner, random, computer)
  }
  context.world.trace.event(
    `${computer.name} attacks: ${kind}, ${manner} ${published.map(({ log }) => toHex(log).slice(0, 8)).join(' ')}`,
  )
  return { kind, manner, deeds: tap.deeds, published, stop: () => tap.stop() }
}
