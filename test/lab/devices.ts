// Devices with interfaces below a router that only sends on their packets: what tests of packets begin with.

import type { TrafficRule } from '../../api/index.js'
import type { Host } from './lab.js'
import { run, withInterface, withLabels } from './unmodified.js'
import { Village } from './village.js'

export interface DevicesOptions {
  /** Done before the first of them starts. */
  readonly prepare?: (village: Village) => Promise<void>
  /** What `up` is told besides, by host. */
  readonly args?: Readonly<Record<string, readonly string[]>>
}

/** Starts a device with an interface on each of these hosts, which reach nobody but the router. */
export async function openDevices(hosts: readonly string[], options: DevicesOptions = {}): Promise<Village> {
  const village = await Village.open(hosts, [], () => withLabels)
  try {
    await options.prepare?.(village)
    await Promise.all(hosts.map((host) => village.up(host, options.args?.[host] ?? [], withInterface)))
    return village
  } catch (error) {
    await village.close()
    throw error
  }
}

/** From here on all hosts but these reach each other's uplinks, as on the Internet. */
export async function openDirectly(village: Village, ...except: readonly string[]): Promise<void> {
  const router = village.host('router')
  await filter(router, {
    forward: except.flatMap((host) => [`iifname to-${host} drop`, `oifname to-${host} drop`]),
  })
  await run(router, 'sysctl', ['-qw', 'net.ipv4.ip_forward=1'])
}

/** The address of a device, as another one finds it by the name. */
export async function addressOf(village: Village, host: string, asker: string): Promise<string> {
  const { name } = await village.client(host).id()
  const { addresses } = await village.client(asker).addresses({ link: name })
  const [found] = addresses
  if (found === undefined) throw new Error(`nobody is known under the name of ${host}`)
  return found.address
}

/** Says what may come in to a device. */
export async function rule(village: Village, host: string, given: TrafficRule): Promise<void> {
  await village.client(host).caller.call('setRule', given)
}

/** How often something was counted, as `runnel status` shows it. */
export async function counted(village: Village, host: string, counter: string): Promise<number> {
  return (await village.client(host).status()).counters[counter] ?? 0
}

/** Replaces the packet filter of a host: rules of nftables by the hook that they stand at, before everything else there. */
export async function filter(host: Host, chains: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const texts = Object.entries(chains).map(([hook, lines]) => {
    return `chain ${hook} {\n type filter hook ${hook} priority -300\n${lines.join('\n')}\n}\n`
  })
  const table = `table inet lab\ndelete table inet lab\ntable inet lab {\n${texts.join('')}}\n`
  const { code, output } = await run(host, 'nft', [table])
  if (code !== 0) throw new Error(`nft refused ${table}: ${output}`)
}
