// Nebula as a tunnel: between the ends directly, or with the middle as lighthouse and relay.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from '../frame/children.js'
import { goProgram } from '../peers/go.js'
import { cables, type Place } from './line.js'
import { type Tunnel, type TunnelOptions, tunnelOf } from './tunnel.js'

const port = 7300
const addresses: Readonly<Record<Place, string>> = { a: 'fd88::a', middle: 'fd88::c', b: 'fd88::b' }

export async function openNebula({ line, way, directory, mtuBytes }: TunnelOptions): Promise<Tunnel> {
  const program = goProgram('nebula')
  const processes = new Map<Place, Child>()
  const path = (name: string): string => join(directory, name)
  const sign = (...args: string[]): void => {
    execFileSync(goProgram('nebula-cert'), args, { stdio: 'pipe' })
  }
  sign('ca', '-name', 'bench', '-version', '2', '-out-crt', path('ca.crt'), '-out-key', path('ca.key'))
  const places: readonly Place[] = way === 'direct' ? ['b', 'a'] : ['middle', 'b', 'a']
  const lighthouse: Place = way === 'direct' ? 'b' : 'middle'
  for (const place of places) {
    const files = ['-out-crt', path(`${place}.crt`), '-out-key', path(`${place}.key`)]
    const network = ['-name', place, '-version', '2', '-networks', `${addresses[place]}/64`]
    sign('sign', '-ca-crt', path('ca.crt'), '-ca-key', path('ca.key'), ...network, ...files)
    const reached = way === 'direct' ? cables.direct.b : place === 'a' ? cables.near.middle : cables.far.middle
    const isLighthouse = place === lighthouse
    const everything = [{ port: 'any', proto: 'any', host: 'any' }]
    writeFileSync(
      path(`${place}.yml`),
      // JSON is YAML.
      JSON.stringify({
        pki: { ca: path('ca.crt'), cert: path(`${place}.crt`), key: path(`${place}.key`) },
        static_host_map: isLighthouse ? {} : { [addresses[lighthouse]]: [`${reached}:${port}`] },
        lighthouse: { am_lighthouse: isLighthouse, interval: 10, hosts: isLighthouse ? [] : [addresses[lighthouse]] },
        relay: relayOf(place),
        listen: { host: '0.0.0.0', port },
        tun: { dev: 'neb', mtu: mtuBytes, disabled: place === 'middle' },
        firewall: { outbound: everything, inbound: everything },
        logging: { level: 'error' },
      }),
    )
  }
  const start = (place: Place): void => {
    processes.set(place, line.start(place, `nebula (${place})`, program, ['-config', path(`${place}.yml`)]))
  }
  for (const place of places) start(place)
  return tunnelOf(addresses.b, processes, start)

  function relayOf(place: Place): object {
    if (way === 'direct') return { use_relays: false }
    if (place === 'middle') return { am_relay: true }
    return { use_relays: true, relays: [addresses.middle] }
  }
}
