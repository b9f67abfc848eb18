// The body of an ANNOUNCE, docs/protocol.md §10.6: the sender's rank now, and what can be reached through it.
//
//   rank u8 | n u8 | n × { kind u8 | key 32 | lifetimeS u16 | cost u8 | LP8(proof) }
//
// A route of an unknown kind is skipped by its lengths; the kinds known here have no proof.

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { MAX_RANK, RouteKind, type RouteName } from './numbers.js'

/** Routes in one frame: n is a u8. */
export const MAX_ANNOUNCED = 255

/** A cost beyond which a route is not passed on (§10.6); 255 is no cost. */
export const MAX_COST = 254

export interface AnnouncedRoute {
  readonly kind: RouteName
  /** 32 bytes: a name or a log key. */
  readonly key: Uint8Array
  /** 0 withdraws. */
  readonly lifetimeS: number
  /** 0 at the node that publishes it, one more at each hop up. */
  readonly cost: number
}

export interface Announce {
  readonly rank: number
  readonly routes: readonly AnnouncedRoute[]
}

/** The body of an ANNOUNCE. Throws RangeError for a field that does not fit. */
export function encodeAnnounce(announce: Announce): Uint8Array {
  const writer = new Writer(2 + 37 * announce.routes.length).u8(announce.rank).u8(announce.routes.length)
  for (const route of announce.routes) {
    writer.u8(RouteKind[route.kind]).put(route.key).u16(route.lifetimeS).u8(route.cost).u8(0)
  }
  return writer.bytes()
}

/** Reads the body of an ANNOUNCE; keys are views of `body`. Routes of unknown kinds are left out. */
export function decodeAnnounce(body: Uint8Array): Announce | Reason {
  const reader = new Reader(body)
  const rank = reader.u8()
  if (rank > MAX_RANK) reader.fail('bad-rank')
  const count = reader.u8()
  const routes: AnnouncedRoute[] = []
  for (let index = 0; index < count && reader.failed === undefined; index++) {
    const kind = reader.u8()
    const key = reader.take(32)
    const lifetimeS = reader.u16()
    const cost = reader.u8()
    const proof = reader.lp8()
    if (reader.failed !== undefined || (kind !== RouteKind.name && kind !== RouteKind.log)) continue
    if (proof.length > 0) reader.fail('bad-length')
    if (cost > MAX_COST) reader.fail('bad-range')
    routes.push({ kind: kind === RouteKind.name ? 'name' : 'log', key, lifetimeS, cost })
  }
  return reader.end() ?? { rank, routes }
}
