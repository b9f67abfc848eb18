// The fields of rows that commands and events share. `native/tunnel` (`rows.rs`) has the other half.

import type { Reader, Writer } from '../../stack/bytes/index.js'
import type { FlowKey, Traffic, UdpAddress } from '../../stack/packet/index.js'

/** Bytes of an IPv6 address. */
export const addressBytes = 16
/** Bytes of a cookie. */
export const cookieBytes = 16
/** Bytes of a key. */
export const keyBytes = 32

/** Bytes of a fixed length. Throws RangeError where they have another. */
export function putFixed(writer: Writer, bytes: Uint8Array, length: number): Writer {
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes where ${length} are needed`)
  return writer.put(bytes)
}

/** family u8: 4 or 6 | address 16, of which IPv4 fills the first 4 and the rest is zero | port u16 */
export function putUdpAddress(writer: Writer, { address, port }: UdpAddress): Writer {
  if (address.length === 4)
    return writer
      .u8(4)
      .put(address)
      .zeros(addressBytes - 4)
      .u16(port)
  return putFixed(writer.u8(6), address, addressBytes).u16(port)
}

export function takeUdpAddress(reader: Reader): UdpAddress {
  const family = reader.u8()
  const address = reader.take(addressBytes).slice()
  const port = reader.u16()
  if (family === 6) return { address, port }
  if (family !== 4) reader.fail('bad-type')
  if (address.subarray(4).some((byte) => byte !== 0)) reader.fail('bad-padding')
  return { address: address.slice(0, 4), port }
}

/** peer 16 | protocol u8 | own port u16 | peer's port u16 */
export function putFlowKey(writer: Writer, { peer, protocol, ownPort, peerPort }: FlowKey): Writer {
  return putFixed(writer, peer, addressBytes).u8(protocol).u16(ownPort).u16(peerPort)
}

export function takeFlowKey(reader: Reader): FlowKey {
  return {
    peer: reader.take(addressBytes).slice(),
    protocol: reader.u8(),
    ownPort: reader.u16(),
    peerPort: reader.u16(),
  }
}

/** packets u64 | bytes u64 */
export function takeTraffic(reader: Reader): Traffic {
  return { packets: reader.u64(), bytes: reader.u64() }
}
