// What tests of channels have in common: devices with real keys behind routers, and ends that read what comes.

import type { Crypto } from '../../../crypto/index.js'
import type { Limits } from '../../limits.js'
import type { Network, Node } from '../../testing/network.js'
import type { ChannelEvent } from '../event.js'

export interface Device {
  readonly node: Node
  readonly seed: Uint8Array
  readonly key: Uint8Array
}

/** A node with a device key that can sign; it announces itself for an hour. */
export function openDevice(network: Network, crypto: Crypto, number: number, limits: Partial<Limits> = {}): Device {
  const seed = new Uint8Array(32).fill(number)
  const key = crypto.ed25519.publicKeyFromSeed(seed)
  const node = network.node(`device ${number}`, { device: key, limits })
  announce(node, seed)
  return { node, seed, key }
}

export function announce(node: Node, seed: Uint8Array): void {
  node.run(() => node.machine.announceDevice(node.clock, seed, node.clock.nowMs + 3_600_000))
}

/** Opens a channel; its number. */
export function open(from: Node, to: Uint8Array, message = Uint8Array.of(1)): number {
  const channel = from.run(() => from.machine.openChannel(from.clock, to, message))
  if (channel === undefined) throw new Error('no room for a channel')
  return channel
}

export function send(node: Node, channel: number, sealed: Uint8Array): boolean {
  return node.run(() => node.machine.sendChannel(node.clock, channel, sealed))
}

/** The channel that was opened to a node last, accepted. */
export function accept(node: Node, message = Uint8Array.of(2)): number {
  const opened = eventsOf(node, 'channel-opened').at(-1)
  if (opened === undefined) throw new Error('nobody has opened a channel')
  node.run(() => node.machine.acceptChannel(node.clock, opened.channel, message))
  return opened.channel
}

export function eventsOf<K extends ChannelEvent['kind']>(node: Node, kind: K): Extract<ChannelEvent, { kind: K }>[] {
  return node.channelEvents.filter((event): event is Extract<ChannelEvent, { kind: K }> => event.kind === kind)
}

/** How many bytes came over a channel. */
export function bytesTo(node: Node, channel: number): number {
  const of = eventsOf(node, 'channel-bytes').filter((event) => event.channel === channel)
  return of.reduce((sum, { sealed }) => sum + sealed.length, 0)
}

export function closings(node: Node): string[] {
  return eventsOf(node, 'channel-closed').map(({ reason }) => reason)
}
