// What the interface of a node is: its own address, the prefix of all devices behind it, and the prefix of all streams, which
// this machine answers itself.

import type { Crypto } from '../../stack/crypto/index.js'
import { addressOf, addressPrefix } from '../../stack/name/index.js'
import type { InterfaceOptions } from '../datapath.js'

/** What may be said of it. */
export interface InterfaceWish {
  /** `%d` in it becomes the first number that is free. */
  readonly name: string
  /** Bytes of the largest packet. */
  readonly mtuBytes: number
  /** Whether this machine answers port 80 of every device itself. */
  readonly web: boolean
}

/** Where names are asked for: an address of the streams' prefix that no stream has but by a chance of 2^-96. */
export const namesAddress: Uint8Array = withEnd(addressPrefix('stream'), 0x53)

/** Where sites are asked for. */
const webPort = 80

/** All 32 bits of the two prefixes (protocol §2). */
const prefixBits = 32

export function ownInterface(
  crypto: Crypto,
  device: Uint8Array,
  { name, mtuBytes, web }: InterfaceWish,
): InterfaceOptions {
  return {
    name,
    address: addressOf(crypto, 'device', device),
    localAddresses: [namesAddress],
    routes: [{ address: addressPrefix('device'), bits: prefixBits }],
    localRoutes: [{ address: addressPrefix('stream'), bits: prefixBits }],
    answeredPorts: web ? [webPort] : [],
    mtuBytes,
  }
}

function withEnd(address: Uint8Array, last: number): Uint8Array {
  const changed = address.slice()
  changed[15] = last
  return changed
}
