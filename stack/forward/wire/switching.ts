// The bodies of the frames by which datagrams find their way, docs/protocol.md §10.13. A label of 0: there is no way.
//
//   UDP       port u16 | cookie 16
//   OBSERVED  address 16 | port u16 (≥ 1)
//   LABEL     channel u32 | index u32 (≥ 1) | label u32

import { concat, equal, Reader, type Reason, Writer } from '../../bytes/index.js'

/** Bytes of a cookie. */
export const COOKIE_BYTES = 16

/** What stands before an IPv4 address in 16 bytes (RFC 4291, section 2.5.5.2). */
const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)

/** A UDP address: 4 or 16 bytes, and a port above 0. */
export interface UdpAddress {
  readonly address: Uint8Array
  readonly port: number
}

export interface Udp {
  /** Where the sender's socket is bound; 0: it has none any more. */
  readonly port: number
  /** To be sent there. */
  readonly cookie: Uint8Array
}

export interface Label {
  readonly channel: number
  /** Of the device that is written to: its own number for one generation of keys. */
  readonly index: number
  /** What the sender of the frame takes instead of it; 0: nothing. */
  readonly label: number
}

/** Throws RangeError for a field that does not fit. */
export function encodeUdp({ port, cookie }: Udp): Uint8Array {
  return exactly(2 + COOKIE_BYTES, new Writer(20).u16(port).put(cookie).bytes())
}

/** Reads the body of a UDP; `cookie` is a view. */
export function decodeUdp(body: Uint8Array): Udp | Reason {
  const reader = new Reader(body)
  const port = reader.u16()
  const cookie = reader.take(COOKIE_BYTES)
  return reader.end() ?? { port, cookie }
}

/** Throws RangeError for a field that does not fit. */
export function encodeObserved({ address, port }: UdpAddress): Uint8Array {
  const whole = address.length === 4 ? concat(MAPPED, address) : address
  return exactly(18, new Writer(20).put(whole).u16(port).bytes())
}

/** Reads the body of an OBSERVED; `address` is a view, of 4 bytes for one of IPv4. */
export function decodeObserved(body: Uint8Array): UdpAddress | Reason {
  const reader = new Reader(body)
  const whole = reader.take(16)
  const port = reader.u16()
  if (port === 0) reader.fail('bad-range')
  const isMapped = equal(whole.subarray(0, MAPPED.length), MAPPED)
  return reader.end() ?? { address: isMapped ? whole.subarray(MAPPED.length) : whole, port }
}

/** Throws RangeError for a field that does not fit. */
export function encodeLabel({ channel, index, label }: Label): Uint8Array {
  return new Writer(new Uint8Array(12)).u32(channel).u32(index).u32(label).bytes()
}

export function decodeLabel(body: Uint8Array): Label | Reason {
  const reader = new Reader(body)
  const channel = reader.u32()
  const index = reader.u32()
  const label = reader.u32()
  if (channel === 0) reader.fail('bad-token')
  if (index === 0) reader.fail('bad-range')
  return reader.end() ?? { channel, index, label }
}

function exactly(length: number, body: Uint8Array): Uint8Array {
  if (body.length !== length) throw new RangeError(`a body of ${body.length} bytes where ${length} are needed`)
  return body
}

/** Whether both are the same, or both are none. */
export function equalAddresses(a: UdpAddress | undefined, b: UdpAddress | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.port === b.port && equal(a.address, b.address)
}
