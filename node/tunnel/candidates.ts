// Where the UDP sockets of this node may be reached: as neighbours see them, and at the addresses of this machine.

import { equal } from '../../stack/bytes/index.js'
import { addressPrefix } from '../../stack/name/index.js'
import type { UdpAddress } from '../../stack/packet/index.js'
import { addressBytes } from '../carrier/index.js'
import type { BoundPorts } from '../datapath.js'

/** What neighbours observe comes first: it is true for somebody. `own`: addresses of this machine as texts. */
export function candidatesOf(
  observed: readonly UdpAddress[],
  own: readonly string[],
  { four, six }: BoundPorts,
): UdpAddress[] {
  const here = own.flatMap((text): UdpAddress[] => {
    const address = usableAddress(text)
    const port = address?.length === 4 ? four : six
    return address === undefined || port === undefined ? [] : [{ address, port }]
  })
  return [...observed, ...here]
}

/** The 4 or 16 bytes of an address by which others may reach this machine; undefined for any other. */
export function usableAddress(text: string): Uint8Array | undefined {
  const address = addressBytes(text)
  return address !== undefined && isOfUse(address) ? address : undefined
}

/** Not what means nothing without an interface's name (fe80::/10), and not what is inside the tunnel. */
function isOfUse(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] !== 127 && !(address[0] === 169 && address[1] === 254)
  if (address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80) return false
  const inside = (['device', 'stream'] as const).some((kind) =>
    equal(addressPrefix(kind).subarray(0, 4), address.subarray(0, 4)),
  )
  return !inside && address.subarray(0, 15).some((byte) => byte !== 0)
}
