// What neighbours announced (docs/protocol.md §10.6): soft state that ends with its lifetime or its link, bounded for
// each neighbour, for each key and in all.

import { equal, KeyMap } from '../bytes/index.js'
import type { Deadlines } from './deadlines.js'
import { type Limits, MAX_ROUTES_PER_KEY } from './limits.js'
import type { Neighbour, Route, Timer } from './state.js'
import type { AnnouncedRoute, RouteName } from './wire/index.js'

const NONE: readonly Route[] = []
const NO_PROOF = new Uint8Array(0)

export class Routes {
  readonly #routes: { readonly [kind in RouteName]: KeyMap<Route[]> }
  readonly #deadlines: Deadlines<Timer>
  readonly #limits: Limits
  #size = 0

  constructor(seed: Uint8Array, deadlines: Deadlines<Timer>, limits: Limits) {
    this.#routes = { name: new KeyMap(seed), log: new KeyMap(seed), device: new KeyMap(seed) }
    this.#deadlines = deadlines
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  find(kind: RouteName, key: Uint8Array): readonly Route[] {
    return this.#routes[kind].get(key) ?? NONE
  }

  /** Every key of a kind that somebody announced. */
  keys(kind: RouteName): Generator<Uint8Array, void, undefined> {
    return this.#routes[kind].keys()
  }

  /**
   * Adds or renews. When there is no room it may evict another neighbour's route.
   * @returns what is to be told further: the routes whose keys changed, or 'full'
   */
  put(
    neighbours: Iterable<Neighbour>,
    neighbour: Neighbour,
    announced: AnnouncedRoute,
    untilUs: number,
  ): readonly Route[] | 'full' {
    const { kind, key, cost, proof = NO_PROOF } = announced
    const known = this.find(kind, key).find((route) => route.neighbour === neighbour)
    if (known !== undefined) {
      const changed = known.cost !== cost || !equal(known.proof, proof)
      known.cost = cost
      if (changed) known.proof = proof.slice()
      this.#deadlines.set(known, untilUs)
      return changed ? [known] : NONE
    }
    const evicted = this.#makeRoom(neighbours, neighbour, kind, key, cost)
    if (evicted === 'full') return 'full'
    const route: Route = {
      why: 'route',
      atUs: 0,
      place: -1,
      turn: 0,
      kind,
      key: key.slice(),
      neighbour,
      cost,
      proof: proof.slice(),
      proven: false,
      failures: 0,
    }
    const others = this.#routes[kind].get(key)
    if (others === undefined) this.#routes[kind].set(key, [route])
    else others.push(route)
    neighbour.routes.add(route)
    this.#size++
    this.#deadlines.set(route, untilUs)
    return evicted === undefined ? [route] : [route, evicted]
  }

  remove(route: Route): void {
    const routes = this.#routes[route.kind].get(route.key)
    const index = routes?.indexOf(route) ?? -1
    if (routes === undefined || index < 0) return
    routes.splice(index, 1)
    if (routes.length === 0) this.#routes[route.kind].delete(route.key)
    route.neighbour.routes.delete(route)
    this.#deadlines.remove(route)
    this.#size--
  }

  #makeRoom(
    neighbours: Iterable<Neighbour>,
    neighbour: Neighbour,
    kind: RouteName,
    key: Uint8Array,
    cost: number,
  ): Route | undefined | 'full' {
    if (neighbour.routes.size >= this.#limits.routesPerNeighbour) return 'full'
    const same = this.find(kind, key)
    let evicted: Route | undefined
    if (same.length >= MAX_ROUTES_PER_KEY) {
      evicted = same.reduce((dearest, route) => (route.cost > dearest.cost ? route : dearest))
      if (evicted.cost <= cost) return 'full'
    } else if (this.#size >= this.#limits.routes) {
      evicted = routeToEvict(neighbours, neighbour)
      if (evicted === undefined) return 'full'
    }
    if (evicted !== undefined) this.remove(evicted)
    return evicted
  }
}

/** The oldest route of the neighbour that announced the most; undefined when that is the announcer itself. */
function routeToEvict(neighbours: Iterable<Neighbour>, announcer: Neighbour): Route | undefined {
  let largest = announcer
  for (const neighbour of neighbours) if (neighbour.routes.size > largest.routes.size) largest = neighbour
  if (largest === announcer) return undefined
  for (const route of largest.routes) return route
  return undefined
}
