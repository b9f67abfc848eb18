// What stands between this machine and its neighbours, by where they see its UDP socket.

import type { Check } from '../../api/protocol/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { UdpAddress } from '../../stack/packet/index.js'
import { formatUdp } from '../carrier/index.js'

/** `observed`: what each neighbour says; `own`: addresses of this machine, 4 or 16 bytes each. */
export function natCheck(observed: readonly UdpAddress[], own: readonly Uint8Array[]): Check {
  const check = 'nat'
  const [first] = observed
  if (first === undefined) return { check, level: 'ok', text: 'no neighbour has said yet where it sees this machine' }
  const translated = observed.filter(({ address }) => !own.some((one) => equal(one, address)))
  const [seen] = translated
  if (seen === undefined) {
    return { check, level: 'ok', text: `seen at ${formatUdp(first)}, an address of this machine: no NAT` }
  }
  const ports = translated.filter(({ address, port }) => equal(address, seen.address) && port !== seen.port)
  if (ports.length === 0) {
    return { check, level: 'ok', text: `behind a NAT, seen at ${formatUdp(seen)}: direct ways are opened from here` }
  }
  const text = `behind a NAT that shows each neighbour another port (${translated.map(formatUdp).join(', ')}): packets go by routers where no direct way is found`
  return { check, level: 'warn', text, fix: 'Where the NAT can, forward the UDP port of this node to this machine.' }
}
