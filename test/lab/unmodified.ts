// Programs that know nothing of Runnel, on a host of a lab: ping, curl, and whatever asks for names as any program does.

import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import type { Host } from './lab.js'
import { collect } from './runnel.js'
import { until } from './until.js'
import type { Village } from './village.js'

/** Where a node with an interface is asked for names. */
export const names = '2001:21::53'

/** A node with an interface, and one that only sends on the packets of others. */
export const withInterface = { environment: { RUNNEL_TUN: 'tun%d' } }
export const withLabels = { environment: { RUNNEL_TUN: 'labels' } }

export interface Ran {
  readonly code: number | null
  readonly output: string
}

/** Runs a program to its end. */
export async function run(host: Host, command: string, args: readonly string[]): Promise<Ran> {
  const child = host.spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output: stdout() + stderr() }
}

/** On the hosts of a lab IPv6 is off; what a machine says to itself needs it on the loopback. */
export async function openLoopback(host: Host): Promise<void> {
  await run(host, 'sh', ['-c', 'echo 0 > /proc/sys/net/ipv6/conf/lo/disable_ipv6'])
}

/** Resolves when the node of a host answers questions about names, which is soon after it is ready. */
export async function namesAnswered(host: Host): Promise<void> {
  await until('names are answered', async () => {
    const { output } = await run(host, 'dig', ['+tries=1', '+time=1', `@${names}`, '-q', 'key', '-t', 'AAAA'])
    return output.includes('NOERROR')
  })
}

/** Runs a program that asks the node for names: in a namespace of mounts where resolv.conf says so. */
export async function resolving(village: Village, host: Host, line: readonly string[]): Promise<Ran> {
  const file = village.path('resolv.conf')
  // Another program may be reading it.
  if (!existsSync(file)) writeFileSync(file, `nameserver ${names}\noptions timeout:5 attempts:2\n`)
  const script = `mount --bind ${file} /etc/resolv.conf && exec "$@"`
  return run(host, 'unshare', ['--mount', 'sh', '-c', script, 'sh', ...line])
}
