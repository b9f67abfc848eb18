// A network of hosts on this machine: network namespaces around one router where the rights allow it (root, or an
// unprivileged user namespace), plain loopback elsewhere. What it made is gone after close(), also after a failure.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { openNamespaces, whyNoNamespaces } from './namespaces.js'

export type LabKind = 'namespaces' | 'loopback'

export interface Host {
  readonly name: string
  /** Its address as the other hosts of the lab see it. */
  readonly address: string
  /** The router's address as this host sees it. */
  readonly routerAddress: string
  /** Starts a program on it; the child's pid is the program's own. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
  /** Bytes that its uplink carried since it was made, by the kernel's counters; undefined where there is none. */
  uplinkBytes(): { sent: number; received: number } | undefined
  /** Limits its uplink in both directions. No effect on plain loopback. */
  shape(megabitsPerSecond: number): void
  /** Takes its cable out, or puts it back. No effect on plain loopback. */
  plug(connected: boolean): void
  /** Loses all that it sends, or all that is sent to it, or nothing any more. No effect on plain loopback. */
  lose(direction: 'sent' | 'received', lost: boolean): void
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

/** Opens a lab of a router and these hosts, each with a cable of its own to the router. */
export function openLab(names: readonly string[]): Lab {
  const reason = whyNoNamespaces()
  return reason === undefined ? openNamespaces(names) : openLoopback(names, reason)
}

/** This machine itself, as a host. */
export function loopbackHost(name: string): Host {
  return {
    name,
    address: '127.0.0.1',
    routerAddress: '127.0.0.1',
    spawn: (command, args, options = {}) => spawn(command, args, options),
    uplinkBytes: () => undefined,
    shape: () => {},
    plug: () => {},
    lose: () => {},
  }
}

function openLoopback(names: readonly string[], reason: string): Lab {
  const hosts = new Map(names.map((name) => [name, loopbackHost(name)]))
  const host = (name: string): Host => hosts.get(name) ?? loopbackHost(name)
  return { kind: 'loopback', reason, router: loopbackHost('router'), hosts, host, close: () => {} }
}
