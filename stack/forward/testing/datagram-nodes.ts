// Nodes of a test's network with datapaths: what their machines say is done, and cookies come back to them.

import type { UdpAddress } from '../index.js'
import { DatagramNetwork, type FakeDatapath } from './datagrams.js'
import type { Network, Node } from './network.js'

/** The port of every socket that is not behind a NAT. */
export const PORT = 7_254

/** How long a datagram takes, µs: less than a frame, so that each may come before the other. */
const DELAY_US = 700

export function datagramsOf(network: Network): DatagramNetwork {
  return new DatagramNetwork((call) => network.at(network.nowUs + DELAY_US, call))
}

/** Gives a node a datapath. `nat`: the address at which others see it, whose links must have been opened with it. */
export function openDatapath(
  datagrams: DatagramNetwork,
  node: Node,
  options: { readonly nat?: UdpAddress; readonly port?: number } = {},
): FakeDatapath {
  const { nat, port = PORT } = options
  const own = { address: Uint8Array.of(10, 0, 0, ...node.address.subarray(3)), port }
  const datapath = datagrams.open(own, nat === undefined ? {} : { nat })
  node.handleSwitch = (command) => datapath.tell([command])
  datapath.handleCookie = (cookie, from) => node.run(() => node.machine.handleCookie(node.clock, cookie, from))
  datapath.handleStray = (label, from) => node.run(() => node.machine.handleStray(node.clock, label, from))
  node.run(() => node.machine.handlePorts(node.clock, { four: port, six: undefined }))
  return datapath
}

/** The datapath of a node has ended. */
export function closeDatapath(datagrams: DatagramNetwork, node: Node, datapath: FakeDatapath): void {
  datagrams.close(datapath)
  node.handleSwitch = () => {}
  node.run(() => node.machine.handlePorts(node.clock, undefined))
}

/** Where a node's only neighbour, or one of several, has proven to be. */
export function provenAddress(node: Node, place = 0): UdpAddress | undefined {
  return node.machine.status().neighbours[place]?.udp
}
