// The IPv6 address of a key (protocol §2), in the shape of ORCHIDv2 (RFC 7343): 96 bits of hash, so nobody is
// authenticated by it.

import { concat, encodeUtf8 } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'

/** The four bits that say what the key is of. */
export const AddressKind = { device: 0, stream: 1 } as const

/** The key that a stream's address is of: `N | label`. A log by itself has its own, a device too. */
export function streamAddressKey(name: Uint8Array, label: string): Uint8Array {
  return concat(name, encodeUtf8(label))
}

/** The 16 bytes of the address: `2001:002X`, then the first 12 bytes of KDF("runnel v1 address", key). */
export function addressOf(crypto: Crypto, kind: keyof typeof AddressKind, key: Uint8Array): Uint8Array {
  const address = addressPrefix(kind)
  address.set(crypto.deriveKey('runnel v1 address', key).subarray(0, 12), 4)
  return address
}

/** The prefix of 32 bits that all addresses of a kind have. */
export function addressPrefix(kind: keyof typeof AddressKind): Uint8Array {
  const address = new Uint8Array(16)
  address.set([0x20, 0x01, 0x00, 0x20 | AddressKind[kind]])
  return address
}

/** An address as text, as RFC 5952 says: the longest run of two or more zero groups is left out. */
export function formatAddress(address: Uint8Array): string {
  const view = new DataView(address.buffer, address.byteOffset, 16)
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index))
  let [start, length] = [0, 1]
  for (let from = 0; from < 8; from++) {
    let to = from
    while (to < 8 && groups[to] === 0) to++
    if (to - from > length) [start, length] = [from, to - from]
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (length < 2) return text(groups)
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}
