// Two devices with a router between them, and what tests do with them: numbered packets at a pace, and what became of these.

import type { Crypto } from '../../crypto/index.js'
import type { Rule } from '../firewall.js'
import type { PeerStatus } from '../status.js'
import { type Device, type DeviceOptions, type NetworkOptions, PacketNetwork } from './network.js'
import { udp } from './packets.js'

const second = 1_000_000

/** Lets everything in. */
export const open: Rule = { action: 'allow', protocol: 'any', port: undefined, from: 'anybody' }

export interface Two {
  readonly network: PacketNetwork
  readonly a: Device
  readonly b: Device
}

/** Both with the same options; b lets everything in. */
export function two(crypto: Crypto, options: Partial<NetworkOptions> = {}, each: Partial<DeviceOptions> = {}): Two {
  const network = new PacketNetwork({ crypto, seed: 1, ...options })
  const [a, b] = [network.add({ number: 1, ...each }), network.add({ number: 2, ...each })]
  b.machine.setRules(network.nowUs, [open])
  return { network, a, b }
}

/** Both say where they are. */
export function introduce({ network, a, b }: Two): void {
  for (const device of [a, b]) {
    device.machine.setCandidates(network.nowUs, [device.udp])
    network.drain(device)
  }
}

/** What the payload of each numbered packet has in it. */
export const marker = new Uint8Array(4).fill(0xee)

/** Sends numbered packets from a to b at a pace; gives how often each has arrived by the end. */
export function stream(
  { network, a, b }: Two,
  count: number,
  everyUs: number,
  during: (number: number) => void = () => {},
): number[] {
  const arrived = new Array<number>(count).fill(0)
  const before = b.received.length
  for (let number = 0; number < count; number++) {
    during(number)
    const payload = new Uint8Array(8)
    payload.set(marker, 4)
    new DataView(payload.buffer).setUint32(0, number)
    network.send(a, udp(a.address, b.address, [1000, 2000], payload))
    network.run(everyUs)
  }
  network.run(5 * second)
  for (const bytes of b.received.slice(before)) {
    const number = new DataView(bytes.buffer, bytes.byteOffset + 48).getUint32(0)
    arrived[number] = (arrived[number] ?? 0) + 1
  }
  return arrived
}

/** How the only peer of a device stands. */
export function statusOf(device: Device): PeerStatus {
  const [status] = device.machine.status()
  if (status === undefined) throw new Error('no peer')
  return status
}

/** What its datapath has dropped, by reason. */
export function drops(device: Device): Record<string, number> {
  return Object.fromEntries(device.datapath.drops)
}
