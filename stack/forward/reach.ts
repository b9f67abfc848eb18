// What can be reached, and who is told: announcements that come, end or are made here change the best way to a key, and
// every upstream that was told of it hears the new one.

import { admitDevice } from './channels/device-proof.js'
import { countDrop } from './counters.js'
import { lookSoon } from './holding.js'
import { ROUTE_RENEW_US } from './limits.js'
import { reconsiderLive } from './live/index.js'
import { markReady } from './sending.js'
import type { Neighbour, Route, State } from './state.js'
import type { AnnouncedRoute, RouteName } from './wire/index.js'

/** One route of an ANNOUNCE. */
export function handleRoute(state: State, neighbour: Neighbour, announced: AnnouncedRoute): void {
  const { kind, key, lifetimeS } = announced
  if (lifetimeS === 0) {
    const known = state.routes.find(kind, key).find((route) => route.neighbour === neighbour)
    if (known !== undefined) dropRoute(state, known)
    return
  }
  const lifetimeMs = kind === 'device' ? admitDevice(state, neighbour, announced) : lifetimeS * 1_000
  if (typeof lifetimeMs === 'string') {
    countDrop(state.counters, `device ${lifetimeMs}`)
    return
  }
  const untilUs = state.clock.nowUs + Math.min(lifetimeMs, lifetimeS * 1_000) * 1_000
  const changed = state.routes.put(state.neighbours.values(), neighbour, announced, untilUs)
  if (changed === 'full') {
    countDrop(state.counters, 'route-quota')
    return
  }
  for (const route of changed) tellUpstreams(state, route.kind, route.key)
  if (changed.length > 0) lookSoon(state)
  const followed = kind === 'log' ? state.live.find(key) : undefined
  if (followed !== undefined) reconsiderLive(state, followed)
}

/** A route ended: withdrawn, out of date, or with its link. */
export function dropRoute(state: State, route: Route): void {
  state.routes.remove(route)
  tellUpstreams(state, route.kind, route.key)
}

/** The best way to a key may have changed. */
export function tellUpstreams(state: State, kind: RouteName, key: Uint8Array): void {
  for (const upstream of state.announcements.handleChanged(kind, key)) markReady(state, upstream)
}

/** Tells an upstream everything again, and sets the next time. */
export function renewRoutes(state: State, upstream: Neighbour): void {
  state.announcements.renew(upstream)
  state.deadlines.set(upstream.renew, state.clock.nowUs + ROUTE_RENEW_US)
  markReady(state, upstream)
}
