// Cuts a cable: its far end becomes two new ends in a box between, and the machine there has another device of the same name,
// link address, addresses and routes. The near end stays what it was, with its counters.

import { ip, type Plug, run, type ShownAddresses, tc } from './inside.js'

interface ShownRoute {
  readonly dst: string
  readonly gateway?: string
  readonly protocol?: string
}

/** Each side of the box is a cable's end and the tap that carries its packets into a program, and back. */
export interface Side {
  readonly device: string
  readonly tap: string
}

export const nearSide: Side = { device: 'to-near', tap: 'tap-near' }
export const farSide: Side = { device: 'to-far', tap: 'tap-far' }

/** Puts both sides of the box into its namespace, which is there. */
export function cut(far: Plug, box: string): void {
  const { namespace, device } = far
  const [shown] = JSON.parse(ip(namespace, '-j', 'address', 'show', 'dev', device)) as ShownAddresses[]
  const routes = JSON.parse(ip(namespace, '-j', 'route', 'show', 'dev', device)) as ShownRoute[]
  ip(namespace, 'link', 'set', device, 'down')
  ip(namespace, 'link', 'set', device, 'netns', box, 'name', nearSide.device)
  const link = ['link', 'add', device, 'netns', namespace, 'address', shown?.address ?? '', 'type', 'veth']
  run('ip', ...link, 'peer', 'name', farSide.device, 'netns', box)
  for (const { local, prefixlen, scope } of shown?.addr_info ?? []) {
    if (scope !== 'link') ip(namespace, 'address', 'add', `${local}/${prefixlen}`, 'dev', device)
  }
  ip(namespace, 'link', 'set', device, 'up')
  for (const { dst, gateway, protocol } of routes) {
    if (protocol === 'kernel') continue
    ip(namespace, 'route', 'replace', dst, ...(gateway === undefined ? [] : ['via', gateway]), 'dev', device)
  }
  for (const side of [nearSide, farSide]) lead(box, side)
}

/** What comes in at the device goes out at the tap, and the other way round. */
function lead(box: string, { device, tap }: Side): void {
  ip(box, 'tuntap', 'add', tap, 'mode', 'tap')
  for (const [from, to] of [
    [device, tap],
    [tap, device],
  ] as const) {
    ip(box, 'link', 'set', from, 'up')
    tc(box, 'qdisc', 'add', 'dev', from, 'clsact')
    const all = ['u32', 'match', 'u32', '0', '0']
    tc(box, 'filter', 'add', 'dev', from, 'ingress', ...all, 'action', 'mirred', 'egress', 'redirect', 'dev', to)
  }
}
