// What this node tells its upstreams (docs/protocol.md §10.6): what it publishes itself, at cost 0, and the best of what
// it was told, at one more. Each link remembers what was said over it, so that only changes are sent, and all of it is
// said again at a third of its lifetime.

import { KeyMap, KeySet } from '../bytes/index.js'
import { type Limits, MAX_PASSED_ROUTES, ROUTE_LIFETIME_S } from './limits.js'
import type { Routes } from './routes.js'
import type { Neighbour } from './state.js'
import { type AnnouncedRoute, MAX_ANNOUNCED, MAX_COST, type RouteName } from './wire/index.js'

const KINDS: readonly RouteName[] = ['name', 'log']

/** Stands for a cost that was told and has to be told again. */
const STALE_COST = -1

type ByKind<T> = { readonly [kind in RouteName]: T }

/** What one upstream was told, and what it is to be told. */
interface Told {
  readonly costs: ByKind<KeyMap<number>>
  readonly due: ByKind<KeySet>
}

export class Announcements {
  readonly #seed: Uint8Array
  readonly #routes: Routes
  readonly #limits: Limits
  readonly #own: ByKind<KeySet>
  readonly #told = new Map<Neighbour, Told>()

  constructor(seed: Uint8Array, routes: Routes, limits: Limits) {
    this.#seed = seed
    this.#routes = routes
    this.#limits = limits
    this.#own = { name: new KeySet(seed), log: new KeySet(seed) }
  }

  /** What this node announces as its own. */
  get ownCount(): number {
    return this.#own.name.size + this.#own.log.size
  }

  /** Whether it is announced from here on; false when the limit is reached. */
  addOwn(kind: RouteName, key: Uint8Array): boolean {
    if (this.#own[kind].has(key)) return true
    if (this.ownCount >= this.#limits.ownRoutes) return false
    this.#own[kind].add(key)
    return true
  }

  removeOwn(kind: RouteName, key: Uint8Array): boolean {
    return this.#own[kind].delete(key)
  }

  /** Begins to tell an upstream of lower rank; everything is due. */
  open(upstream: Neighbour): void {
    if (this.#told.has(upstream)) return
    this.#told.set(upstream, {
      costs: { name: new KeyMap(this.#seed), log: new KeyMap(this.#seed) },
      due: { name: new KeySet(this.#seed), log: new KeySet(this.#seed) },
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
    for (const kind of KINDS) for (const key of this.#own[kind]) noteDue(told, kind, key)
    for (const kind of KINDS) for (const key of this.#routes.keys(kind)) noteDue(told, kind, key)
    for (const kind of KINDS) {
      for (const key of told.costs[kind].keys()) {
        told.due[kind].add(key)
        told.costs[kind].set(key, STALE_COST)
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
    return told !== undefined && told.due.name.size + told.due.log.size > 0
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
        const cost = this.#cost(upstream, kind, key)
        if (cost === undefined) {
          if (told.costs[kind].delete(key)) routes.push({ kind, key, lifetimeS: 0, cost: 0 })
        } else if (told.costs[kind].get(key) === cost) {
          // Another way changed, and the best one is as it was told.
        } else if (told.costs[kind].has(key) || passed(told) < MAX_PASSED_ROUTES) {
          told.costs[kind].set(key, cost)
          routes.push({ kind, key, lifetimeS: ROUTE_LIFETIME_S, cost })
        }
      }
    }
    return routes
  }

  /** The cost that an upstream is told, or undefined when there is no way but through itself. */
  #cost(upstream: Neighbour, kind: RouteName, key: Uint8Array): number | undefined {
    if (this.#own[kind].has(key)) return 0
    let best: number | undefined
    for (const route of this.#routes.find(kind, key)) {
      if (route.neighbour === upstream || route.cost + 1 > MAX_COST) continue
      if (best === undefined || route.cost + 1 < best) best = route.cost + 1
    }
    return best
  }
}

function passed(told: Told): number {
  return told.costs.name.size + told.costs.log.size
}

/** Marks a key as due, if it could be told. */
function noteDue(told: Told, kind: RouteName, key: Uint8Array): void {
  if (told.costs[kind].has(key) || told.due.name.size + told.due.log.size < 2 * MAX_PASSED_ROUTES) {
    told.due[kind].add(key)
  }
}
