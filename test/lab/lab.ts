// A network of hosts on this machine: network namespaces around one router where the rights allow it (root, or an
// unprivileged user namespace), plain loopback elsewhere. What it made is gone after close(), also after a failure.

import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'

export type LabKind = 'namespaces' | 'loopback'

export interface Host {
  readonly name: string
  /** Its address as the other hosts of the lab see it. */
  readonly address: string
  /** Starts a program on it; the child's pid is the program's own. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
  /** Bytes that its uplink carried, by the kernel's counters; undefined on plain loopback. */
  uplinkBytes(): { sent: number; received: number } | undefined
  /** Limits its uplink in both directions. No effect on plain loopback. */
  shape(megabitsPerSecond: number): void
  /** Takes its cable out, or puts it back. No effect on plain loopback. */
  plug(connected: boolean): void
}

export interface Lab {
  readonly kind: LabKind
  /** Why it is not made of namespaces, for whoever reads the result. */
  readonly reason: string
  readonly router: Host
  readonly hosts: ReadonlyMap<string, Host>
  host(name: string): Host
  close(): void
}

let labs = 0

/** Opens a lab of a router and these hosts, each with a cable of its own to the router. */
export function openLab(names: readonly string[]): Lab {
  const reason = whyNoNamespaces()
  return reason === undefined ? openNamespaces(names) : openLoopback(names, reason)
}

/** Why namespaces cannot be made here, or undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  const probe = `rnl${process.pid}p`
  try {
    ip('netns', 'add', probe)
    ip('netns', 'del', probe)
    return undefined
  } catch (cause) {
    return `network namespaces cannot be made (${(cause as Error).message.split('\n')[0]})`
  }
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
}

function openNamespaces(names: readonly string[]): Lab {
  labs += 1
  const prefix = `rnl${process.pid}x${labs}`
  const made: string[] = []
  const close = (): void => {
    process.removeListener('exit', close)
    for (const namespace of made.splice(0)) {
      try {
        ip('netns', 'del', namespace)
      } catch {
        // Already gone.
      }
    }
  }
  process.on('exit', close)
  const addNamespace = (name: string): string => {
    const namespace = `${prefix}-${name}`
    ip('netns', 'add', namespace)
    made.push(namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    return namespace
  }
  try {
    const routerNamespace = addNamespace('router')
    const hosts = new Map<string, Host>()
    names.forEach((name, index) => {
      const namespace = addNamespace(name)
      const port = `to-${name}`
      ip('-n', namespace, 'link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', port, 'netns', routerNamespace)
      ip('-n', namespace, 'addr', 'add', `10.77.${index + 1}.2/24`, 'dev', 'uplink')
      ip('-n', routerNamespace, 'addr', 'add', `10.77.${index + 1}.1/24`, 'dev', port)
      ip('-n', namespace, 'link', 'set', 'uplink', 'up')
      ip('-n', routerNamespace, 'link', 'set', port, 'up')
      ip('-n', namespace, 'route', 'add', 'default', 'via', `10.77.${index + 1}.1`)
      hosts.set(name, namespaceHost(name, namespace, `10.77.${index + 1}.2`, { namespace: routerNamespace, port }))
    })
    const router = namespaceHost('router', routerNamespace, '10.77.1.1', undefined)
    return { kind: 'namespaces', reason: '', router, hosts, host: (name) => known(hosts, name), close }
  } catch (error) {
    close()
    throw error
  }
}

function namespaceHost(
  name: string,
  namespace: string,
  address: string,
  cable: { namespace: string; port: string } | undefined,
): Host {
  const shapeEnd = (end: string, device: string, megabits: number): void => {
    const bucket = ['rate', `${megabits}mbit`, 'burst', '64kb', 'latency', '50ms']
    ip('netns', 'exec', end, 'tc', 'qdisc', 'replace', 'dev', device, 'root', 'tbf', ...bucket)
  }
  return {
    name,
    address,
    spawn: (command, args, options = {}) => spawn('ip', ['netns', 'exec', namespace, command, ...args], options),
    uplinkBytes: () => {
      if (cable === undefined) return undefined
      const count = (file: string): number =>
        Number(ip('netns', 'exec', namespace, 'cat', `/sys/class/net/uplink/statistics/${file}`))
      return { sent: count('tx_bytes'), received: count('rx_bytes') }
    },
    shape: (megabits) => {
      if (cable === undefined) throw new Error('the router has no uplink to shape')
      shapeEnd(namespace, 'uplink', megabits)
      shapeEnd(cable.namespace, cable.port, megabits)
    },
    plug: (connected) => {
      if (cable === undefined) throw new Error('the router has no uplink to unplug')
      ip('-n', cable.namespace, 'link', 'set', cable.port, connected ? 'up' : 'down')
    },
  }
}

function openLoopback(names: readonly string[], reason: string): Lab {
  const local = (name: string): Host => ({
    name,
    address: '127.0.0.1',
    spawn: (command, args, options = {}) => spawn(command, args, options),
    uplinkBytes: () => undefined,
    shape: () => {},
    plug: () => {},
  })
  const hosts = new Map(names.map((name) => [name, local(name)]))
  const host = (name: string): Host => known(hosts, name)
  return { kind: 'loopback', reason, router: local('router'), hosts, host, close: () => {} }
}

function known(hosts: ReadonlyMap<string, Host>, name: string): Host {
  const host = hosts.get(name)
  if (host === undefined) throw new Error(`the lab has no host ${name}`)
  return host
}
