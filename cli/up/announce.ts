// What `up` says when the node is ready, and what others need to reach it.

import { networkInterfaces } from 'node:os'
import type { RunnelNode } from '../../node/index.js'
import type { Output } from '../output.js'
import { columns } from '../text.js'
import type { Shims } from './shims.js'

export interface Ready {
  readonly name: string
  readonly device: string
  readonly address: string
  readonly home: string
  readonly listening: readonly string[]
  /** What other nodes give as `--upstream`. */
  readonly upstreams: readonly string[]
  /** Where a browser of this machine finds what is published under the name. */
  readonly site?: string
  /** The network interface, if there is one. */
  readonly tun?: string
  /** `HOST:PORT` where HTTP and DNS are served to programs of this machine. */
  readonly http: readonly string[]
  readonly dns: readonly string[]
  readonly pid: number
}

export function readyOf(node: RunnelNode, home: string, { site, http, dns }: Shims): Ready {
  const { name, device, address } = node.identity
  const listening = [...node.listening]
  const upstreams = listening.flatMap(reachable).map((place) => `${device}@${place}`)
  const shown = site === undefined ? {} : { site }
  const { interface: open } = node.tunnel.status
  const tun = open === undefined ? {} : { tun: open }
  return { name, device, address, home, listening, upstreams, ...shown, ...tun, http, dns, pid: process.pid }
}

export function announce(output: Output, ready: Ready): void {
  if (output.json) {
    output.record(ready)
    return
  }
  const rows = [
    ['name', ready.name],
    ['device', ready.device],
    ['address', ready.tun === undefined ? ready.address : `${ready.address}, on ${ready.tun}`],
    [
      'listening',
      ready.listening.join(', ') || 'on no address; others cannot connect to this node, it can connect to them',
    ],
    ...(ready.site === undefined ? [] : [['site', ready.site]]),
    ...ready.upstreams.map((upstream) => ['others use', `--upstream ${upstream}`]),
  ]
  for (const line of columns(rows)) output.line(line)
  output.line('ready')
}

export function lineOf(ready: Ready): string {
  return `${ready.name}, listening on ${ready.listening.join(', ') || 'no address'}`
}

/** An address of every interface where one listens on all of them; places shown are enough to choose from. */
function reachable(place: string): string[] {
  const match = /^(\[::\]|0\.0\.0\.0)(:\d+)$/.exec(place)
  if (match === null) return [place]
  const [, everywhere, port] = match
  const found: string[] = []
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) {
      // Link-local addresses mean nothing without the interface's name, which differs on the other host.
      if (internal || address.startsWith('fe80:')) continue
      if (family === 'IPv4') found.push(`${address}${port}`)
      else if (everywhere === '[::]') found.push(`[${address}]${port}`)
    }
  }
  const loopback = everywhere === '[::]' ? `[::1]${port}` : `127.0.0.1${port}`
  return found.length === 0 ? [loopback] : found.slice(0, 4)
}
