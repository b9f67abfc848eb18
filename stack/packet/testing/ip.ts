// IPv6 packets as the datapath reads them (native/tunnel, packet.rs and flow.rs): up to the transport header, and which flow
// they are of. The slow twin of the native one, held to it by what it records.

import { equal } from '../../bytes/index.js'
import type { FlowKey } from '../datapath.js'

export interface Packet {
  readonly length: number
  readonly source: Uint8Array
  readonly destination: Uint8Array
  readonly protocol: number
  /** Where that protocol's header begins. */
  readonly transport: number
  readonly part:
    | { readonly id: number; readonly offset: number; readonly length: number; readonly more: boolean }
    | undefined
}

export type Direction = 'outbound' | 'inbound'

/** Why a packet goes no further: names as native/tunnel has them. */
export type DropReason =
  | 'truncated'
  | 'not-ipv6'
  | 'extension-headers'
  | 'routing-header'
  | 'source'
  | 'destination'
  | 'scope'
  | 'icmp'
  | 'hop-limit'
  | 'fragment'
  | 'fragment-overlap'
  | 'denied'
  | 'undecided'
  | 'no-session'
  | 'too-big'
  | 'stranger'
  | 'seal'
  | 'replay'
  | 'neighbour'
  | 'kind'

const headerBytes = 40
const extensions = 8
export const icmpProtocol = 58
const withPorts = [6, 17, 33, 132, 136]

/** Reads the headers of a packet that begins with the first byte. */
export function packetOf(bytes: Uint8Array): Packet | DropReason {
  if (bytes.length < headerBytes) return 'truncated'
  if (byteAt(bytes, 0) >> 4 !== 6) return 'not-ipv6'
  const length = headerBytes + u16At(bytes, 4)
  if (length > bytes.length) return 'truncated'
  if (byteAt(bytes, 7) === 0) return 'hop-limit'
  let protocol = byteAt(bytes, 6)
  let transport = headerBytes
  let part: Packet['part']
  const found = (): Packet => ({
    ...{ length, protocol, transport, part },
    source: bytes.slice(8, 24),
    destination: bytes.slice(24, 40),
  })
  for (let walked = 0; walked <= extensions; walked++) {
    const rest = bytes.subarray(transport, length)
    let extensionBytes = 8
    switch (protocol) {
      case 0:
      case 60:
        if (protocol === 0 && walked > 0) return 'extension-headers'
        if (rest.length < 2) return 'truncated'
        extensionBytes = 8 * (1 + byteAt(rest, 1))
        break
      case 51:
        if (rest.length < 2) return 'truncated'
        extensionBytes = 4 * (2 + byteAt(rest, 1))
        break
      case 43:
        return 'routing-header'
      case 44: {
        if (rest.length < 8) return 'truncated'
        if (part !== undefined) return 'extension-headers'
        const place = u16At(rest, 2)
        const more = (place & 1) === 1
        const partBytes = rest.length - 8
        if (partBytes === 0 || (more && partBytes % 8 !== 0)) return 'fragment'
        part = { id: u32At(rest, 4), offset: place & ~7, length: partBytes, more }
        if (part.offset > 0) {
          protocol = byteAt(rest, 0)
          transport += 8
          return found()
        }
        break
      }
      default:
        return found()
    }
    if (rest.length === 0) return 'truncated'
    protocol = byteAt(rest, 0)
    transport += extensionBytes
    if (transport > length) return 'truncated'
  }
  return 'extension-headers'
}

/** The key of a packet's flow. An ICMPv6 error has that of the packet that it is about. */
export function keyOf(packet: Packet, bytes: Uint8Array, direction: Direction): FlowKey | DropReason {
  const outbound = direction === 'outbound'
  const transport = bytes.subarray(packet.transport, packet.length)
  const key = (source: number, destination: number): FlowKey => ({
    peer: outbound ? packet.destination : packet.source,
    protocol: packet.protocol,
    ownPort: outbound ? source : destination,
    peerPort: outbound ? destination : source,
  })
  if (withPorts.includes(packet.protocol)) {
    const needed = packet.protocol === 6 ? 14 : 8
    if (transport.length < needed) return packet.part === undefined ? 'truncated' : 'fragment'
    return key(u16At(transport, 0), u16At(transport, 2))
  }
  if (packet.protocol !== icmpProtocol) return key(0, 0)
  if (transport.length < 8) return 'truncated'
  const type = byteAt(transport, 0)
  if (type >= 1 && type <= 4) return keyOfCause(packet, transport.subarray(8), direction)
  if (type === 128) return key(u16At(transport, 4), 0)
  return type === 129 ? key(0, u16At(transport, 4)) : 'icmp'
}

/** The key of the packet that an error is about: it went the other way, and is cut short as a rule. */
function keyOfCause(error: Packet, cause: Uint8Array, direction: Direction): FlowKey | DropReason {
  if (cause.length < headerBytes) return 'icmp'
  const bytes = cause.slice(0, headerBytes + 64)
  new DataView(bytes.buffer).setUint16(4, bytes.length - headerBytes)
  bytes[7] = Math.max(1, byteAt(bytes, 7))
  const inner = packetOf(bytes)
  if (typeof inner === 'string') return 'icmp'
  const inbound = direction === 'inbound'
  const isOurs = inbound ? equal(inner.source, error.destination) : equal(inner.destination, error.source)
  const isError =
    inner.protocol === icmpProtocol && byteAt(bytes, inner.transport) < 128 && inner.transport < bytes.length
  if (isError || !isOurs || (inner.part !== undefined && inner.part.offset > 0)) return 'icmp'
  const key = keyOf(inner, bytes, inbound ? 'outbound' : 'inbound')
  return typeof key === 'string' ? 'icmp' : key
}

export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

export function u16At(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1)
}

export function u32At(bytes: Uint8Array, at: number): number {
  return u16At(bytes, at) * 0x1_0000 + u16At(bytes, at + 2)
}
