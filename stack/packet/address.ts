// UDP addresses: compared, as keys of tables, and as 18 bytes, IPv4 among them as RFC 4291 section 2.5.5.2 maps it.

import { equal, type Reader, toHex, type Writer } from '../bytes/index.js'
import type { UdpAddress } from './datapath.js'

const mappedPrefix = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)

/** As a key of a table. */
export function addressKey({ address, port }: UdpAddress): string {
  return `${toHex(address)}:${port}`
}

export function isSameAddress(a: UdpAddress, b: UdpAddress): boolean {
  return a.port === b.port && equal(a.address, b.address)
}

/** address 16 | port u16 */
export function writeAddress(writer: Writer, { address, port }: UdpAddress): Writer {
  if (address.length !== 4 && address.length !== 16) throw new RangeError(`an address of ${address.length} bytes`)
  if (address.length === 4) writer.put(mappedPrefix)
  return writer.put(address).u16(port)
}

/** A copy. Port 0 fails with 'bad-range'. */
export function readAddress(reader: Reader): UdpAddress {
  const bytes = reader.take(16)
  const port = reader.u16()
  if (port === 0) reader.fail('bad-range')
  return { address: equal(bytes.subarray(0, 12), mappedPrefix) ? bytes.slice(12) : bytes.slice(), port }
}

/**
 * Whether a datagram may be sent to an address that a peer has named: one machine elsewhere. Not this machine itself, nor a
 * group or a link, nor nobody.
 */
export function isElsewhere({ address, port }: UdpAddress): boolean {
  if (port === 0) return false
  const [first = 0, second = 0] = address
  if (address.length === 4) return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254)
  const isLinkLocal = first === 0xfe && (second & 0xc0) === 0x80
  // Nobody, this machine, and what is mapped or translated from IPv4, which has a form of its own.
  const isLow = address.subarray(0, 8).every((byte) => byte === 0)
  return first !== 0xff && !isLinkLocal && !isLow
}
