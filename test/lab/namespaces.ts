// Hosts that are network namespaces around one router, each with a virtual cable of its own to it. Nothing but what the
// nodes send crosses a cable: IPv6 is off and link addresses are known beforehand, so the kernel's counters count nodes.

import { execFileSync, spawn } from 'node:child_process'
import { ip, removeAbandoned, removeNamespace } from './ip.js'
import type { Host, Lab } from './lab.js'

let labs = 0

/** Without IPv6 a device says nothing by itself. Where /proc/sys cannot be written it stays on, at some bytes a minute. */
const quiet = 'for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done 2>/dev/null || true'

/** One cable: the host's end is the device `uplink` in `namespace`, the router's is `port`. */
interface Cable {
  readonly namespace: string
  readonly routerNamespace: string
  readonly port: string
  readonly hostAddress: string
  readonly routerAddress: string
}

/** Why namespaces cannot be made here, or undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  const probe = `rnl${process.pid}x0-probe`
  try {
    ip('netns', 'add', probe)
    ip('netns', 'del', probe)
    return undefined
  } catch (cause) {
    return `network namespaces cannot be made (${(cause as Error).message.split('\n').slice(0, 2).join(': ')})`
  }
}

export function openNamespaces(names: readonly string[]): Lab {
  removeAbandoned('rnl')
  labs += 1
  const prefix = `rnl${process.pid}x${labs}`
  const made: string[] = []
  const close = (): void => {
    process.removeListener('exit', close)
    for (const namespace of made.splice(0)) removeNamespace(namespace)
  }
  process.on('exit', close)
  const addNamespace = (name: string): string => {
    const namespace = `${prefix}-${name}`
    ip('netns', 'add', namespace)
    made.push(namespace)
    inside(namespace, 'sh', '-c', quiet)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    return namespace
  }
  try {
    const routerNamespace = addNamespace('router')
    const hosts = new Map<string, Host>()
    names.forEach((name, index) => {
      const cable = {
        namespace: addNamespace(name),
        routerNamespace,
        port: `to-${name}`,
        hostAddress: `10.77.${index + 1}.2`,
        routerAddress: `10.77.${index + 1}.1`,
      }
      layCable(cable)
      hosts.set(name, cabledHost(name, cable))
    })
    const router = hostIn('router', routerNamespace, '10.77.1.1', '10.77.1.1')
    return {
      kind: 'namespaces',
      reason: '',
      router,
      hosts,
      host: (name) => {
        const host = hosts.get(name)
        if (host === undefined) throw new Error(`the lab has no host ${name}`)
        return host
      },
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Not `ip netns exec`: that mounts /sys anew, which an unprivileged user may not everywhere. */
function enter(namespace: string, command: string, args: readonly string[]): [string, string[]] {
  return ['nsenter', [`--net=/run/netns/${namespace}`, '--', command, ...args]]
}

function inside(namespace: string, command: string, ...args: string[]): void {
  const [program, all] = enter(namespace, command, args)
  execFileSync(program, all, { stdio: ['ignore', 'pipe', 'pipe'] })
}

function layCable(cable: Cable): void {
  const { namespace, routerNamespace, port, hostAddress, routerAddress } = cable
  ip('-n', namespace, 'link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', port, 'netns', routerNamespace)
  ip('-n', namespace, 'addr', 'add', `${hostAddress}/24`, 'dev', 'uplink')
  ip('-n', routerNamespace, 'addr', 'add', `${routerAddress}/24`, 'dev', port)
  ip('-n', namespace, 'link', 'set', 'uplink', 'up')
  ip('-n', routerNamespace, 'link', 'set', port, 'up')
  ip('-n', namespace, 'route', 'add', 'default', 'via', routerAddress)
  acquaint(cable)
}

/** Tells each end the other's link address for good, so that neither ever asks. */
function acquaint({ namespace, routerNamespace, port, hostAddress, routerAddress }: Cable): void {
  const [hostLink, routerLink] = [linkAddress(namespace, 'uplink'), linkAddress(routerNamespace, port)]
  ip('-n', namespace, 'neigh', 'replace', routerAddress, 'lladdr', routerLink, 'dev', 'uplink', 'nud', 'permanent')
  ip('-n', routerNamespace, 'neigh', 'replace', hostAddress, 'lladdr', hostLink, 'dev', port, 'nud', 'permanent')
}

function linkAddress(namespace: string, device: string): string {
  const [{ address }] = JSON.parse(ip('-n', namespace, '-j', 'link', 'show', device)) as [{ address: string }]
  return address
}

function hostIn(name: string, namespace: string, address: string, routerAddress: string): Host {
  const none = (): never => {
    throw new Error(`${name} has no uplink`)
  }
  return {
    name,
    address,
    routerAddress,
    spawn: (command, args, options = {}) => spawn(...enter(namespace, command, args), options),
    uplinkBytes: () => undefined,
    shape: none,
    plug: none,
    lose: none,
  }
}

function cabledHost(name: string, cable: Cable): Host {
  const { namespace, routerNamespace, port, hostAddress, routerAddress } = cable
  let bucket: string[] | undefined
  return {
    ...hostIn(name, namespace, hostAddress, routerAddress),
    uplinkBytes: () => {
      const shown = JSON.parse(ip('-n', namespace, '-s', '-j', 'link', 'show', 'uplink')) as [
        { stats64: { rx: { bytes: number }; tx: { bytes: number } } },
      ]
      const { rx, tx } = shown[0].stats64
      return { sent: tx.bytes, received: rx.bytes }
    },
    shape: (megabits) => {
      bucket = ['rate', `${megabits}mbit`, 'burst', '64kb', 'latency', '50ms']
      inside(namespace, 'tc', 'qdisc', 'replace', 'dev', 'uplink', 'root', 'tbf', ...bucket)
      inside(routerNamespace, 'tc', 'qdisc', 'replace', 'dev', port, 'root', 'tbf', ...bucket)
    },
    lose: (direction, lost) => {
      const [where, device] = direction === 'sent' ? [namespace, 'uplink'] : [routerNamespace, port]
      const tc = (...args: string[]): void => inside(where, 'tc', 'qdisc', ...args)
      // A packet that is longer than the burst never leaves a token bucket.
      if (lost) tc('replace', 'dev', device, 'root', 'tbf', 'rate', '8bit', 'burst', '1', 'latency', '1ms')
      else if (bucket === undefined) tc('del', 'dev', device, 'root')
      else tc('replace', 'dev', device, 'root', 'tbf', ...bucket)
    },
    plug: (connected) => {
      ip('-n', routerNamespace, 'link', 'set', port, connected ? 'up' : 'down')
      // Taking a device down makes the kernel forget whom it knows there.
      if (connected) acquaint(cable)
    },
  }
}
