// The body of an ANNOUNCE, docs/protocol.md §10.6: the sender's rank now, and what can be reached through it.
//
//   rank u8 | n u8 | n × { kind u8 | key 32 | lifetimeS u16 | cost u8 | LP8(proof) }
//
// A route of an unknown kind is skipped by its lengths. Names and logs have no proof. A device's shows that it wants to be
// found here, whoever passes it on; it is checked where routes are, not here.
//
//   proof of a device = until u64 | sig 64 (type announce, by the device, over device 32 | until u64)

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { MAX_RANK, RouteKind, type RouteName } from './numbers.js'

const NO_PROOF = new Uint8Array(0)
const NAME_OF_KIND = new Map(Object.entries(RouteKind).map(([name, kind]) => [kind as number, name as RouteName]))

/** Routes in one frame: n is a u8. */
export const MAX_ANNOUNCED = 255

/** A cost beyond which a route is not passed on (§10.6); 255 is no cost. */
export const MAX_COST = 254

/** Bytes of a device's proof. */
export const DEVICE_PROOF_BYTES = 72

export interface AnnouncedRoute {
  readonly kind: RouteName
  /** 32 bytes: a name, a log key or a device key. */
  readonly key: Uint8Array
  /** 0 withdraws. */
  readonly lifetimeS: number
  /** 0 at the node that publishes it, one more at each hop up. */
  readonly cost: number
  /** Empty but for a device. */
  readonly proof?: Uint8Array | undefined
}

export interface Announce {
  readonly rank: number
  readonly routes: readonly AnnouncedRoute[]
}

/** The body of an ANNOUNCE. Throws RangeError for a field that does not fit. */
export function encodeAnnounce(announce: Announce): Uint8Array {
  const writer = new Writer(2 + 37 * announce.routes.length).u8(announce.rank).u8(announce.routes.length)
  for (const route of announce.routes) {
    writer
      .u8(RouteKind[route.kind])
      .put(route.key)
      .u16(route.lifetimeS)
      .u8(route.cost)
      .lp8(route.proof ?? NO_PROOF)
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
    const known = NAME_OF_KIND.get(kind)
    if (reader.failed !== undefined || known === undefined) continue
    if (known !== 'device' && proof.length > 0) reader.fail('bad-length')
    if (cost > MAX_COST) reader.fail('bad-range')
    routes.push(
      known === 'device' ? { kind: known, key, lifetimeS, cost, proof } : { kind: known, key, lifetimeS, cost },
    )
  }
  return reader.end() ?? { rank, routes }
}
