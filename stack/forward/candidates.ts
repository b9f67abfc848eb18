// Whom to ask next (docs/protocol.md §10.5): routes that have proven themselves, then new routes, then up, then routes
// that failed. Up means strictly lower rank; what has been sent down or sideways never goes up again; nobody is asked who
// asks for the same.

import { MAX_ATTEMPTS } from './limits.js'
import type { Entry, Neighbour, Route, State } from './state.js'

/** What is asked, and who must not be asked because their party has the newest stamp. */
export type Sought = Pick<Entry, 'kind' | 'key' | 'vias'>

export interface Candidate {
  readonly neighbour: Neighbour
  readonly route: Route | undefined
  /** Sent with DOWN. */
  readonly down: boolean
  /** Has earned to be asked alone: a proven route, or up. */
  readonly trusted: boolean
}

/** Who else an entry's question may go to. */
export interface Wanted {
  /** Only for rows that must not go up. */
  readonly downOnly: boolean
  readonly trustedOnly: boolean
}

/** Whether it goes along a route to below, where alone a DOWN row may go; to another root it goes sideways, with DOWN. */
export function isBelow({ down, route }: Pick<Candidate, 'down' | 'route'>): boolean {
  return down && route !== undefined
}

/** The best candidate that was not tried in this round; undefined when there is none. */
export function nextCandidate(state: State, entry: Entry, wanted: Wanted): Candidate | undefined {
  if (entry.attempts.length >= MAX_ATTEMPTS || entry.hops === 0) return undefined
  const stamp = ++state.stamp
  for (let row = entry.firstRow; row !== undefined; row = row.after) row.face.party.stamp = stamp
  for (const ask of entry.asks) ask.neighbour.party.stamp = stamp
  for (const { neighbour } of entry.attempts) {
    const tried = state.neighbours.get(neighbour)
    if (tried !== undefined) tried.party.stamp = stamp
  }
  return bestCandidate(state, entry, wanted)
}

/** The best candidate whose party does not have the newest stamp. */
export function bestCandidate(state: State, entry: Sought, wanted: Wanted): Candidate | undefined {
  let best: Candidate | undefined
  if (entry.kind === 'chunk') {
    for (const via of entry.vias) {
      best = bestRoute(state, state.routes.find('name', via), wanted, best)
      best = bestRoute(state, state.routes.find('log', via), wanted, best)
    }
  } else {
    best = bestRoute(state, state.routes.find(entry.kind === 'name' ? 'name' : 'log', entry.key), wanted, best)
  }
  if (wanted.downOnly) return best
  return bestUpstream(state, best)
}

/** The best of `before` and of the neighbours above that are not stamped. */
export function bestUpstream(state: State, before: Candidate | undefined): Candidate | undefined {
  const { stamp } = state
  let best = before
  for (const neighbour of state.upstreams) {
    const isPeer = state.rank === 0 && neighbour.rank === 0
    if (neighbour.party.stamp === stamp || !neighbour.up || !(neighbour.rank < state.rank || isPeer)) continue
    best = better({ neighbour, route: undefined, down: isPeer, trusted: true }, best)
  }
  return best
}

/** The best of `before` and of the routes whose neighbours are not stamped. */
export function bestRoute(
  state: State,
  routes: readonly Route[],
  wanted: Wanted,
  before: Candidate | undefined,
): Candidate | undefined {
  let best = before
  for (const route of routes) {
    const { neighbour, proven } = route
    // Along a route to a lower rank it goes up, like any other question.
    const down = neighbour.rank >= state.rank
    if (neighbour.party.stamp === state.stamp || !neighbour.up) continue
    if ((wanted.trustedOnly && !proven) || (wanted.downOnly && !down)) continue
    best = better({ neighbour, route, down, trusted: proven }, best)
  }
  return best
}

function better(candidate: Candidate, best: Candidate | undefined): Candidate {
  return best === undefined || isBefore(candidate, best) ? candidate : best
}

/** The order of candidates; the number of a neighbour decides last, so that it is always the same. */
export function isBefore(
  a: Pick<Candidate, 'neighbour' | 'route'>,
  b: Pick<Candidate, 'neighbour' | 'route'>,
): boolean {
  const difference =
    place(a) - place(b) ||
    b.neighbour.share - a.neighbour.share ||
    (a.route?.failures ?? 0) - (b.route?.failures ?? 0) ||
    (a.route?.cost ?? 0) - (b.route?.cost ?? 0) ||
    a.neighbour.silences - b.neighbour.silences ||
    a.neighbour.rank - b.neighbour.rank ||
    a.neighbour.id - b.neighbour.id
  return difference < 0
}

function place({ route }: Pick<Candidate, 'route'>): number {
  if (route === undefined) return 2
  if (route.proven) return 0
  return route.failures === 0 ? 1 : 3
}
