// Commands in a network namespace.

import { execFileSync } from 'node:child_process'

/** A device in a namespace. */
export interface Plug {
  readonly namespace: string
  readonly device: string
}

/** Two devices of which each receives what the other sends. */
export interface Cable {
  readonly near: Plug
  readonly far: Plug
}

/** Runs a command to its end and gives its output. Throws with what it said when it fails. */
export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** `ip`, or `tc`, in a namespace. */
export function ip(namespace: string, ...args: readonly string[]): string {
  return run('ip', '-n', namespace, ...args)
}

export function tc(namespace: string, ...args: readonly string[]): string {
  return run('tc', '-n', namespace, ...args)
}

/** The command line that starts another one there, in its own process. */
export function entering(namespace: string): string[] {
  return ['nsenter', `--net=/run/netns/${namespace}`, '--']
}

/** The IPv4 address of a device. Throws where it has none. */
export function addressOf({ namespace, device }: Plug): string {
  const [shown] = JSON.parse(ip(namespace, '-4', '-j', 'address', 'show', 'dev', device)) as ShownAddresses[]
  const local = shown?.addr_info?.[0]?.local
  if (local === undefined) throw new Error(`${device} in ${namespace} has no address`)
  return local
}

export interface ShownAddresses {
  readonly address?: string
  readonly addr_info?: readonly {
    readonly local: string
    readonly prefixlen: number
    readonly scope: string
  }[]
}

/** Bytes that a device has received, by the kernel's counters. */
export function receivedBytes({ namespace, device }: Plug): number {
  const [shown] = JSON.parse(ip(namespace, '-s', '-j', 'link', 'show', 'dev', device)) as [
    { stats64: { rx: { bytes: number } } },
  ]
  return shown.stats64.rx.bytes
}
