// Runnel as a tunnel: `runnel up` at each place. Directly, a has b as its upstream; else both have the middle as theirs.

import { join } from 'node:path'
import { connect, type NodeClient } from '../../api/index.js'
import type { Child } from '../frame/children.js'
import { command } from '../runnel/node.js'
import { cables, type Place } from './line.js'
import { type Tunnel, type TunnelOptions, tunnelOf } from './tunnel.js'
import { until } from './until.js'

const port = 7254

export async function openRunnel({ line, way, directory, mtuBytes }: TunnelOptions): Promise<Tunnel> {
  const processes = new Map<Place, Child>()
  const top: Place = way === 'direct' ? 'b' : 'middle'
  let upstream = ''
  const home = (place: Place): string => join(directory, place)

  const start = (place: Place): Child => {
    const reached = { direct: cables.direct.b, middle: place === 'a' ? cables.near.middle : cables.far.middle }[way]
    const role =
      place === top ? ['--root', '--listen', `0.0.0.0:${port}`] : ['--upstream', `${upstream}@${reached}:${port}`]
    const mtu = mtuBytes === undefined ? [] : ['--tun-mtu', String(mtuBytes)]
    const tun = place === 'middle' ? ['--tun', 'labels'] : ['--tun', 'tun0', ...mtu]
    const args = ['up', '--home', home(place), '--log-level', 'warn', '--http', 'off', ...tun, ...role]
    const child = line.start(place, `runnel up (${place})`, command, args)
    processes.set(place, child)
    return child
  }
  const open = async (place: Place): Promise<NodeClient> => {
    const child = start(place)
    let client: NodeClient | undefined
    await until(async () => {
      client = await connect({ home: home(place) }).catch(() => undefined)
      return client !== undefined
    }, child)
    return client as NodeClient & object
  }
  const places: readonly Place[] = way === 'direct' ? ['b', 'a'] : ['middle', 'b', 'a']
  const clients = new Map<Place, NodeClient>()
  let address = ''
  try {
    for (const place of places) {
      const client = await open(place)
      clients.set(place, client)
      await client.wait({ for: 'ready' })
      if (place === top) upstream = (await client.status()).device
    }
    const far = clients.get('b') as NodeClient
    await far.caller.call('setRule', { action: 'allow', protocol: 'any', from: 'anybody' })
    const { name } = await far.id()
    const near = clients.get('a') as NodeClient
    await near.wait({ for: 'neighbour' })
    // What a look-up of the name by DNS asks for.
    address = (await near.caller.call('addresses', { link: name })).addresses[0]?.address ?? ''
  } finally {
    for (const client of clients.values()) await client.close()
  }
  return tunnelOf(address, processes, (place) => void start(place))
}
