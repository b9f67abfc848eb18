// What this node tells its upstreams (docs/protocol.md §10.6): what it publishes itself, at cost 0, and the best of what
// it was told, at one more. Each link remembers what was said over it, so that only changes are sent, and all of it is
// said again at a third of its lifetime.

import { equal, KeyMap, KeySet } from '../bytes/index.js'
import { type Limits, MAX_PASSED_ROUTES, ROUTE_LIFETIME_S } from './limits.js'
import type { Routes } from './routes.js'
import type { Neighbour } from './state.js'
import { type AnnouncedRoute, MAX_ANNOUNCED, MAX_COST, type RouteName } from './wire/index.js'

const KINDS: readonly RouteName[] = ['name', 'log', 'device']

/** Names and logs need none. */
const NO_PROOF = new Uint8Array(0)

/** Stands for a cost that was told and has to be told again. */
const STALE_COST = -1

type ByKind<T> = { readonly [kind in RouteName]: T }

/** What was told of one key. */
interface Passed {
  cost: number
  /** Whose announcement it passes on; undefined for this node's own. */
  from: Neighbour | undefined
  /** Of a device. */
  proof: Uint8Array
}

interface PassedKey {
  readonly kind: RouteName
  readonly key: Uint8Array
  readonly passed: Passed
}

/** What one upstream was told, and what it is to be told. */
interface Told {
  readonly passed: ByKind<KeyMap<Passed>>
  /** How many keys of each neighbour. */
  readonly counts: Map<Neighbour | undefined, number>
  readonly due: ByKind<KeySet>
  /** Where the last look for a key to take back ended: who has the most is met again soon, however many others have. */
  look: Iterator<PassedKey, void> | undefined
}

export class Announcements {
  readonly #seed: Uint8Array
  readonly #routes: Routes
  readonly #limits: Limits
  /** What this node announces as its own, with the proof of a device. */
  readonly #own: ByKind<KeyMap<Uint8Array>>
  readonly #told = new Map<Neighbour, Told>()

  constructor(seed: Uint8Array, routes: Routes, limits: Limits) {
    this.#seed = seed
    this.#routes = routes
    this.#limits = limits
    this.#own = { name: new KeyMap(seed), log: new KeyMap(seed), device: new KeyMap(seed) }
  }

  /** What this node announces as its own. */
  get ownCount(): number {
    return KINDS.reduce((sum, kind) => sum + this.#own[kind].size, 0)
  }

  /** Whether it is announced from here on, with this proof; false when the limit is reached. */
  addOwn(kind: RouteName, key: Uint8Array, proof: Uint8Array = NO_PROOF): boolean {
    if (!this.#own[kind].has(key) && this.ownCount >= this.#limits.ownRoutes) return false
    this.#own[kind].set(key, proof)
    return true
  }

  removeOwn(kind: RouteName, key: Uint8Array): boolean {
    return this.#own[kind].delete(key)
  }

  /** Begins to tell an upstream of lower rank; everything is due. */
  open(upstream: Neighbour): void {
    if (this.#told.has(upstream)) return
    this.#told.set(upstream, {
      passed: { name: new KeyMap(this.#seed), log: new KeyMap(this.#seed), device: new KeyMap(this.#seed) },
      counts: new Map(),
      due: { name: new KeySet(this.#seed), log: new KeySet(this.#seed), device: new KeySet(this.#seed) },
      look: undefined,
    })
    this.renew(upstream)
  }

  close(upstream: Neighbour): void {
    this.#told.delete(upstream)
  }

  isOpen(upstream: Neighbour): boolean {
    return this.#told.has(upstream)
  }

  /** Everything is to be told again. */
  renew(upstream: Neighbour): void {
    const told = this.#told.get(upstream)
    if (told === undefined) return
    // What this node publishes comes first, should there be more than may be passed on.
    for (const kind of KINDS) for (const key of this.#own[kind].keys()) noteDue(told, kind, key)
    for (const kind of KINDS) for (const key of this.#routes.keys(kind)) noteDue(told, kind, key)
    for (const kind of KINDS) {
      for (const [key, passed] of told.passed[kind].entries()) {
        told.due[kind].add(key)
        passed.cost = STALE_COST
      }
    }
  }

  /** The way to a key may have changed. Gives the upstreams that may have to be told. */
  handleChanged(kind: RouteName, key: Uint8Array): Iterable<Neighbour> {
    for (const told of this.#told.values()) noteDue(told, kind, key)
    return this.#told.keys()
  }

  hasDue(upstream: Neighbour): boolean {
    const told = this.#told.get(upstream)
    return told !== undefined && dueSize(told) > 0
  }

  /** The next routes to tell an upstream: at most one frame's worth. They count as told. */
  take(upstream: Neighbour): AnnouncedRoute[] {
    const routes: AnnouncedRoute[] = []
    const told = this.#told.get(upstream)
    if (told === undefined) return routes
    for (const kind of KINDS) {
      const due = told.due[kind]
      for (const key of due) {
        if (routes.length >= MAX_ANNOUNCED) return routes
        due.delete(key)
        const best = this.#best(upstream, kind, key)
        const passed = told.passed[kind].get(key)
        if (best === undefined) {
          if (passed !== undefined) routes.push(withdraw(told, kind, key, passed))
          continue
        }
        // Another way changed, and the best one is as it was told.
        const isSaid = passed?.cost === best.cost && equal(passed.proof, best.proof)
        if (isSaid && passed?.from === best.from) continue
        if (passed !== undefined) count(told, passed.from, -1)
        else if (size(told) >= MAX_PASSED_ROUTES) {
          if (routes.length + 2 > MAX_ANNOUNCED) {
            due.add(key)
            return routes
          }
          const gone = this.#makeRoom(told, best.from)
          if (gone === undefined) continue
          routes.push(gone)
        }
        count(told, best.from, 1)
        told.passed[kind].set(key, best)
        if (!isSaid) routes.push({ kind, key, lifetimeS: ROUTE_LIFETIME_S, cost: best.cost, proof: best.proof })
      }
    }
    return routes
  }

  /** What an upstream is told, or undefined when there is no way but through itself. */
  #best(upstream: Neighbour, kind: RouteName, key: Uint8Array): Passed | undefined {
    const own = this.#own[kind].get(key)
    if (own !== undefined) return { cost: 0, from: undefined, proof: own }
    let best: Passed | undefined
    for (const { neighbour, cost, proof } of this.#routes.find(kind, key)) {
      if (neighbour === upstream || cost + 1 > MAX_COST) continue
      if (best === undefined || cost + 1 < best.cost) best = { cost: cost + 1, from: neighbour, proof }
    }
    return best
  }

  /** Takes back a key of whoever has the most, so that who announces everything crowds out nobody; undefined when that is the newcomer. */
  #makeRoom(told: Told, newcomer: Neighbour | undefined): AnnouncedRoute | undefined {
    let most: Neighbour | undefined
    for (const [from, keys] of told.counts) {
      if (from !== undefined && keys > (told.counts.get(most) ?? 0)) most = from
    }
    if (most === undefined || (told.counts.get(newcomer) ?? 0) + 1 >= (told.counts.get(most) ?? 0)) return undefined
    // From where the last look ended to the end, and then all of it.
    for (let round = 0; round < 2; round++) {
      told.look ??= passedKeys(told)
      for (let next = told.look.next(); next.done !== true; next = told.look.next()) {
        const { kind, key, passed } = next.value
        if (passed.from === most) return withdraw(told, kind, key, passed)
      }
      told.look = undefined
    }
    return undefined
  }
}

function* passedKeys({ passed }: Told): Generator<PassedKey, void, undefined> {
  for (const kind of KINDS) for (const [key, value] of passed[kind].entries()) yield { kind, key, passed: value }
}

function size(told: Told): number {
  return KINDS.reduce((sum, kind) => sum + told.passed[kind].size, 0)
}

function dueSize(told: Told): number {
  return KINDS.reduce((sum, kind) => sum + told.due[kind].size, 0)
}

function count(told: Told, from: Neighbour | undefined, more: number): void {
  const keys = (told.counts.get(from) ?? 0) + more
  if (keys > 0) told.counts.set(from, keys)
  else told.counts.delete(from)
}

function withdraw(told: Told, kind: RouteName, key: Uint8Array, { from }: Passed): AnnouncedRoute {
  told.passed[kind].delete(key)
  count(told, from, -1)
  return { kind, key, lifetimeS: 0, cost: 0 }
}

/** Marks a key as due, if it could be told. */
function noteDue(told: Told, kind: RouteName, key: Uint8Array): void {
  if (told.passed[kind].has(key) || dueSize(told) < 2 * MAX_PASSED_ROUTES) {
    told.due[kind].add(key)
  }
}
