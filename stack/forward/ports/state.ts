// What is remembered of UDP: which ports the datapath has, and of each link where the neighbour's datagrams come from, which
// cookie it owes us, and which one we owe it.

import { Reader } from '../../bytes/index.js'
import type { Crypto } from '../../crypto/index.js'
import type { Timed } from '../deadlines.js'
import type { NeighbourId } from '../neighbour-id.js'
import { newPace, type Pace } from '../pace.js'
import type { Neighbour } from '../state.js'
import type { UdpAddress } from '../wire/index.js'
import { MAX_UDP_AT_ONCE, UDP_PER_SECOND } from './limits.js'

/** The ports of a datapath by family; undefined where it has none of one. */
export interface UdpPorts {
  readonly four: number | undefined
  readonly six: number | undefined
}

export interface LinkPort extends Timed {
  readonly why: 'port'
  readonly neighbour: NeighbourId
  /** The IP address of the other end of the link's connection, 4 or 16 bytes. */
  readonly linkAddress: Uint8Array | undefined
  /** Where its datagrams come from and ours go to: it has sent our cookie from there. */
  address: UdpAddress | undefined
  /** Cookies that have stayed away since one came. */
  missed: number
  /** Whether it was told a port of ours. */
  hasSaid: boolean
  /** Ours that it should send, and until when it is expected, µs. */
  cookie: Uint8Array | undefined
  waitUntilUs: number
  /** When it was told last, and when it is told again, µs. */
  saidUs: number
  sayUs: number
  /** The port that it has said; 0: none. */
  theirPort: number
  /** Its cookie that we send until it tells us that it has come; how often that was, and when it is next, µs. */
  owed: Uint8Array | undefined
  sent: number
  sendUs: number
  /** Where it sees us. */
  observed: UdpAddress | undefined
  /** Of the UDP frames that it sends. */
  readonly pace: Pace
}

export interface PortTable {
  /** Undefined: there is no datapath. */
  own: UdpPorts | undefined
  /** Who owes us a cookie, by the first four bytes of it. */
  readonly expected: Map<number, Neighbour>
  /** Cookies and labels are made of it. */
  readonly secret: Uint8Array
  made: number
}

/** `secret`: 32 bytes that no neighbour knows. */
export function createPortTable(secret: Uint8Array): PortTable {
  return { own: undefined, expected: new Map(), secret, made: 0 }
}

export function createLinkPort(neighbour: NeighbourId, linkAddress: Uint8Array | undefined): LinkPort {
  return {
    why: 'port',
    neighbour,
    atUs: 0,
    place: -1,
    turn: 0,
    linkAddress: linkAddress?.slice(),
    address: undefined,
    missed: 0,
    hasSaid: false,
    cookie: undefined,
    waitUntilUs: Number.POSITIVE_INFINITY,
    saidUs: 0,
    sayUs: Number.POSITIVE_INFINITY,
    theirPort: 0,
    owed: undefined,
    sent: 0,
    sendUs: Number.POSITIVE_INFINITY,
    observed: undefined,
    pace: newPace(MAX_UDP_AT_ONCE, UDP_PER_SECOND),
  }
}

/** 32 bytes that nobody can foresee, and that did not come before. */
export function freshBytes(crypto: Crypto, table: PortTable): Uint8Array {
  const input = new Uint8Array(table.secret.length + 8)
  input.set(table.secret)
  new DataView(input.buffer).setBigUint64(table.secret.length, BigInt(table.made++))
  return crypto.deriveKey('runnel v1 datagram numbers', input)
}

/** The first four bytes. */
export function numberOf(bytes: Uint8Array): number {
  return new Reader(bytes).u32()
}
