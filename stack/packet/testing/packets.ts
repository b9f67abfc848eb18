// IPv6 packets to try things with, as programs send them, and the errors that the datapath makes for these.

import { concat } from '../../bytes/index.js'
import { icmpProtocol, type Packet, u16At } from './ip.js'

/** A packet with this behind its header. */
export function packet(source: Uint8Array, destination: Uint8Array, next: number, rest: Uint8Array): Uint8Array {
  const header = Uint8Array.of(0x60, 0, 0, 0, rest.length >> 8, rest.length & 0xff, next, 64)
  return concat(header, source, destination, rest)
}

/** UDP. */
export function udp(
  source: Uint8Array,
  destination: Uint8Array,
  [from, to]: readonly [number, number],
  payload: Uint8Array,
): Uint8Array {
  const header = new DataView(new ArrayBuffer(8))
  for (const [at, value] of [from, to, 8 + payload.length].entries()) header.setUint16(2 * at, value)
  return withChecksum(packet(source, destination, 17, concat(new Uint8Array(header.buffer), payload)), 6)
}

/** A segment of TCP with these flags, no options and no payload. */
export function tcp(
  source: Uint8Array,
  destination: Uint8Array,
  [from, to]: readonly [number, number],
  flags: number,
): Uint8Array {
  const header = new DataView(new ArrayBuffer(20))
  header.setUint16(0, from)
  header.setUint16(2, to)
  header.setUint8(12, 0x50)
  header.setUint8(13, flags)
  return withChecksum(packet(source, destination, 6, new Uint8Array(header.buffer)), 16)
}

/** An echo request (128) or reply (129). */
export function echo(source: Uint8Array, destination: Uint8Array, type: 128 | 129, identifier: number): Uint8Array {
  const rest = Uint8Array.of(type, 0, 0, 0, identifier >> 8, identifier & 0xff, 0, 1)
  return withChecksum(packet(source, destination, icmpProtocol, rest), 2)
}

/** The error about a packet, as if its destination had sent it (RFC 4443 section 2.4); undefined where none is made. */
export function icmpError(
  about: Packet,
  bytes: Uint8Array,
  type: 1 | 2,
  code: number,
  value: number,
): Uint8Array | undefined {
  const isError = about.protocol === icmpProtocol && (bytes[about.transport] ?? 0) < 128
  const isLater = about.part !== undefined && about.part.offset > 0
  if (isError || isLater || about.destination[0] === 0xff || about.source[0] === 0xff) return undefined
  const head = new Uint8Array(8)
  head.set([type, code])
  new DataView(head.buffer).setUint32(4, value)
  const rest = concat(head, bytes.subarray(0, Math.min(about.length, 1280 - 48)))
  return withChecksum(packet(about.destination, about.source, icmpProtocol, rest), 2)
}

/** With the checksum of its transport header filled in at this offset. */
function withChecksum(bytes: Uint8Array, offset: number): Uint8Array {
  const at = 40 + offset
  const rest = bytes.length - 40
  let sum = rest + (bytes[6] ?? 0)
  for (let index = 8; index < bytes.length; index += 2) sum += u16At(bytes, index)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000)
  const checksum = ~sum & 0xffff
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(at, checksum === 0 && bytes[6] === 17 ? 0xffff : checksum)
  return bytes
}
